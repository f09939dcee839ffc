"""Staff in numbers [工作人员概况], R41; domain §4.4 (2.3): one record an association, brought up to date by it; nobody is named."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.registry.acting import able, acting
from services.registry.associations.association import Association
from shared.record import Call, Event, Given, Kind, Malformed, Record, Value

Stage = Literal["CURRENT"]
Heads = Annotated[int, Field(ge=0, le=10_000)]


class Numbers(Value):
    """Heads on a day; `covered`: full-time staff with both contract and insurance; `training_hours`: of all staff in the year so far."""

    as_of: date
    fulltime: Heads
    parttime: Heads
    under45: Heads
    with_contract: Heads
    with_insurance: Heads
    covered: Heads
    qualified: Heads = 0
    training_hours: Annotated[int, Field(ge=0, le=1_000_000)]

    @model_validator(mode="after")
    def adds_up(self) -> "Numbers":
        if self.under45 > self.fulltime + self.parttime or self.qualified > self.fulltime + self.parttime:
            raise ValueError("more than there are staff")
        if max(self.with_contract, self.with_insurance) > self.fulltime or self.covered > min(self.with_contract, self.with_insurance):
            raise ValueError("more with contract or insurance than there are full-time staff")
        return self


class StaffSummary(Record):
    """Staff summary [工作人员概况]"""

    stage: Stage
    association: str
    numbers: Numbers


class StaffSummaryUpdated(Event, to="CURRENT"):
    """The numbers of staff as they are now [更新人员情况]."""

    association: str
    numbers: Numbers
    year: int


staff_summaries = Kind[StaffSummary, Stage](
    StaffSummary, "registry.people.staff_summary", path="staff-summaries", key=("association",), index=("association",),
    own={"ASSOCIATION": "association"}, readers=("SO_ADMIN", "REG_AUTHORITY"),
)  # fmt: skip


def told(association: str, numbers: Numbers, today: date) -> StaffSummaryUpdated:
    if numbers.as_of > today:
        raise Malformed("in_the_future", "not after today", "日期不能晚于今天", pointer="/as_of")
    return StaffSummaryUpdated(association=association, numbers=numbers, year=numbers.as_of.year)


@staff_summaries.opens(by="ASSOCIATION")
def report(call: Call, form: Numbers, association: Annotated[Association | None, Given(acting)]) -> StaffSummaryUpdated:
    """Say for the first time how many there are [填报人员情况]."""
    return told(able(association).uscc, form, call.today)


@staff_summaries.command(by="ASSOCIATION", when="CURRENT")
def update(summary: StaffSummary, call: Call, form: Numbers) -> StaffSummaryUpdated:
    """Bring the numbers up to date [更新]."""
    if form.as_of < summary.numbers.as_of:
        raise Malformed("older_than_known", "these numbers are older than the known ones", "数据日期早于已报数据", pointer="/as_of")
    return told(summary.association, form, call.today)
