"""Agency bookkeeping [代理记账]: a licensed firm keeps the books of a small association until the contract runs out (R32)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.finance.rules import AccountingRules, rules_in_force
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import begin_of, end_of
from shared.district import District
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import EnterpriseUscc

Stage = Literal["ACTIVE", "EXPIRED", "TERMINATED"]


class Engagement(Value):
    """`licence_no`: number of the agency's bookkeeping licence [代理记账许可证书编号]; the last day counts."""

    agency: EnterpriseUscc
    licence_no: Line
    begins_on: date
    ends_on: date


class BookkeepingContract(Record):
    """Agency bookkeeping contract [代理记账合同]"""

    stage: Stage
    association: str
    district: District
    agency: str
    licence_no: str
    begins_on: date
    ends_on: date
    engaged_on: date
    reminder_days: tuple[int, ...]
    rules_version: str
    claim: str | None
    terminated_on: date | None = None
    reason: str | None = None


class BookkeepingAgencyEngaged(Event, to="ACTIVE", effective="begins_on"):
    """A licensed agency keeps the books from `begins_on` to `ends_on`."""

    association: str
    district: District
    agency: str
    licence_no: str
    begins_on: date
    ends_on: date
    engaged_on: date
    reminder_days: tuple[int, ...]
    rules_version: str
    claim: str


class BookkeepingContractExpiring(Event):
    """So many days are left of it."""

    association: str
    ends_on: date
    days_left: int


class BookkeepingContractExpired(Event, to="EXPIRED"):
    """Its last day has passed."""

    association: str
    agency: str
    ends_on: date
    claim: None = None


class BookkeepingContractTerminated(Event, to="TERMINATED", effective="terminated_on"):
    """It was ended before its time."""

    association: str
    agency: str
    terminated_on: date
    reason: str
    claim: None = None


bookkeeping_contracts = Kind[BookkeepingContract, Stage](
    BookkeepingContract, "registry.finance.bookkeeping_contract", path="bookkeeping-contracts", unique=("claim",), index=("association", "agency"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "REG_AUTHORITY", "SUPERVISING_UNIT"),
)  # fmt: skip


async def running_contracts(read: Read, call: Call, record: object, body: object) -> list[BookkeepingContract]:
    """Given: the contract of the association that asks, while it runs."""
    return await read.find(bookkeeping_contracts, association=call.organisation, stage="ACTIVE")


@bookkeeping_contracts.opens(by="ASSOCIATION")
def engage(call: Call, form: Engagement, rules: Annotated[AccountingRules, Given(rules_in_force)],
           association: Annotated[Association | None, Given(association_concerned)],
           running: Annotated[list[BookkeepingContract], Given(running_contracts)]) -> BookkeepingAgencyEngaged:  # fmt: skip
    """Enter a contract with a licensed agency [委托代理记账]; one at a time, and not one that is over."""
    subject = living(association)
    if not form.begins_on <= form.ends_on or form.ends_on < call.today:
        raise Malformed("dates_out_of_order", "it ends after it begins, and not before today", "合同期限不正确", pointer="/ends_on")
    if running:
        raise Refused(
            "contract_running", f"a contract runs until {running[0].ends_on}", f"现有代理记账合同至 {running[0].ends_on} 到期，不可重复登记"
        )
    return BookkeepingAgencyEngaged(
        **form.model_dump(), association=call.organisation, district=subject.district, engaged_on=call.today,
        reminder_days=rules.contract_reminder_days, rules_version=rules.version, claim=call.organisation,
    )  # fmt: skip


@bookkeeping_contracts.command(by="ASSOCIATION", when="ACTIVE")
def terminate(contract: BookkeepingContract, call: Call, terminated_on: date, reason: Text) -> BookkeepingContractTerminated:
    """End it before its time [解除合同]."""
    if not contract.begins_on <= terminated_on <= min(call.today, contract.ends_on):
        raise Malformed(
            "dates_out_of_order", "within its term, and not in the future", "日期应在合同期内且不晚于今日", pointer="/terminated_on"
        )
    return BookkeepingContractTerminated(
        association=contract.association, agency=contract.agency, terminated_on=terminated_on, reason=reason
    )


def reminders(contract: BookkeepingContract) -> list[datetime]:
    days = (contract.ends_on - timedelta(days=n) for n in contract.reminder_days)
    return [begin_of(d) for d in days if d > contract.engaged_on]


@bookkeeping_contracts.clock(when="ACTIVE", at=reminders)
def remind(contract: BookkeepingContract, call: Call) -> BookkeepingContractExpiring:
    """Time to renew it or to look for another agency."""
    left = max(0, (contract.ends_on - call.today).days)
    return BookkeepingContractExpiring(association=contract.association, ends_on=contract.ends_on, days_left=left)


@bookkeeping_contracts.clock(when="ACTIVE", at=lambda c: end_of(c.ends_on))
def expire(contract: BookkeepingContract, call: Call) -> BookkeepingContractExpired:
    """Its last day has passed."""
    return BookkeepingContractExpired(association=contract.association, agency=contract.agency, ends_on=contract.ends_on)


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class BookkeepingContractHandedOver(HandedOver):
    """Agency bookkeeping contract: gone with its association to another new city."""


follows(bookkeeping_contracts, BookkeepingContractHandedOver)
