"""Accounting system [会计制度]: which rules the books follow, whether they are kept apart, and who keeps them (R31; indicators 2.4.1, 2.4.2)."""

from datetime import date
from typing import Annotated, Literal

from services.registry.associations.association import Association
from services.registry.associations.subject import association_concerned, living
from services.registry.finance.bookkeeping_contract import BookkeepingContract, running_contracts
from services.registry.finance.rules import AccountingRules, rules_in_force
from services.registry.jurisdiction import HandedOver, follows
from shared.district import District
from shared.record import Call, Event, Given, Kind, Malformed, Record, Refused, Value

Stage = Literal["ADOPTED"]
Standard = Literal["NPO", "ENTERPRISE", "OTHER"]
AccountantKind = Literal["OWN", "AGENCY", "NONE"]


class Adoption(Value):
    """NPO is the accounting system for non-profits; OWN means a separate accountant and cashier."""

    standard: Standard
    separate_books: bool
    accountant_kind: AccountantKind
    adopted_on: date


class AccountingStatus(Record):
    """Accounting system of an association [会计制度执行情况]"""

    stage: Stage
    association: str
    district: District
    standard: Standard
    separate_books: bool
    accountant_kind: AccountantKind
    adopted_on: date
    rules_version: str


class AccountingSystemAdopted(Event, to="ADOPTED", effective="adopted_on"):
    """How the books are kept from this day on; said again with every change."""

    association: str
    district: District
    standard: Standard
    separate_books: bool
    accountant_kind: AccountantKind
    adopted_on: date
    rules_version: str


accounting_statuses = Kind[AccountingStatus, Stage](
    AccountingStatus, "registry.finance.accounting_status", path="accounting-statuses", key=("association",), index=("standard", "accountant_kind"),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"}, readers=("SO_ADMIN", "REG_AUTHORITY", "SUPERVISING_UNIT"),
)  # fmt: skip

Rules = Annotated[AccountingRules, Given(rules_in_force)]
Running = Annotated[list[BookkeepingContract], Given(running_contracts)]


@accounting_statuses.opens(by="ASSOCIATION")
def adopt(call: Call, form: Adoption, rules: Rules, association: Annotated[Association | None, Given(association_concerned)],
          running: Running) -> AccountingSystemAdopted:  # fmt: skip
    """State how the books are kept [执行会计制度]."""
    subject = living(association)
    checked(form, call, subject.registered_on, running)
    return AccountingSystemAdopted(
        **form.model_dump(), association=call.organisation, district=subject.district, rules_version=rules.version
    )


@accounting_statuses.command(by="ASSOCIATION", when="ADOPTED")
def change(status: AccountingStatus, call: Call, form: Adoption, running: Running) -> AccountingSystemAdopted:
    """State a change [变更会计制度]; not before the day of the last one."""
    checked(form, call, status.adopted_on, running)
    return AccountingSystemAdopted(
        **form.model_dump(), association=status.association, district=status.district, rules_version=status.rules_version
    )


def checked(form: Adoption, call: Call, since: date, running: list[BookkeepingContract]) -> None:
    """Raises: Malformed for a day before `since` or to come; Refused where an agency is named and no contract runs."""
    if not since <= form.adopted_on <= call.today:
        raise Malformed("dates_out_of_order", f"between {since} and today", f"日期应在 {since} 与今日之间", pointer="/adopted_on")
    if form.accountant_kind == "AGENCY" and not running:
        raise Refused("no_contract", "enter the contract with the agency first", "请先登记代理记账合同", pointer="/accountant_kind")


# ── into another new city ─────────────────────────────────────────────────────────────────────────
class AccountingStatusHandedOver(HandedOver):
    """Accounting system of an association: gone with its association to another new city."""


follows(accounting_statuses, AccountingStatusHandedOver)
