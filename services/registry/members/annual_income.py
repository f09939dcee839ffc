"""Income of a year by its sources [经费来源], R6: dues, donations, purchases of the government, services, other; drafted, filed, audited.

Who lives of one source is at risk when it dries up: the largest share is told with the filing, and whether it is a dependence.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.registry.acting import able, acting
from services.registry.associations.association import Association
from services.registry.members.fee_rules import FeeRules, Rules
from shared.record import Call, Event, Fen, Given, Kind, Line, Malformed, Record, Refused, Value
from shared.uscc import Uscc

Stage = Literal["DRAFT", "FILED", "AUDITED"]
Source = Literal["DUES", "DONATIONS", "GOV_PURCHASE", "SERVICES", "OTHER"]
Year = Annotated[int, Field(ge=2000, le=2100)]


class Mix(Value):
    """What came in from each source in the year, in fen."""

    dues: Fen
    donations: Fen
    gov_purchase: Fen
    services: Fen
    other: Fen

    @property
    def total(self) -> int:
        """All of it, in fen."""
        return self.dues + self.donations + self.gov_purchase + self.services + self.other

    def shares(self) -> dict[Source, int]:
        """Permille of each source, rounded down; all zero where nothing came in."""
        amounts: dict[Source, int] = {"DUES": self.dues, "DONATIONS": self.donations, "GOV_PURCHASE": self.gov_purchase, "SERVICES": self.services,
                                      "OTHER": self.other}  # fmt: skip
        return {s: a * 1000 // self.total if self.total else 0 for s, a in amounts.items()}


class AnnualIncome(Record):
    """Income of a year [年度收入结构]"""

    stage: Stage
    association: str
    year: int
    mix: Mix
    filed_on: date | None = None
    audited_on: date | None = None
    auditor: str | None = None
    document: str | None = None
    rules_version: str


class AnnualIncomeDrafted(Event, to="DRAFT"):
    association: str
    year: int
    mix: Mix
    rules_version: str


class AnnualIncomeRevised(Event):
    association: str
    year: int
    mix: Mix


class AnnualFinanceFiled(Event, to="FILED", effective="filed_on"):
    """The income of the year is filed [报送年度收入]; shares in permille; `dependent`: one source exceeds what is sound."""

    association: str
    year: int
    mix: Mix
    total: int
    dues_permille: int
    largest: Source
    largest_permille: int
    dependent: bool
    filed_on: date


class AnnualFinanceAudited(Event, to="AUDITED", effective="audited_on"):
    """An auditor has confirmed it, with the figures found [审计]. `changed`: they differ from those filed."""

    association: str
    year: int
    mix: Mix
    total: int
    largest: Source
    largest_permille: int
    dependent: bool
    changed: bool
    audited_on: date
    auditor: str
    document: str


annual_incomes = Kind[AnnualIncome, Stage](
    AnnualIncome, "registry.members.annual_income", path="annual-incomes", key=("association", "year"), index=("association", "year"),
    own={"ASSOCIATION": "association"}, readers=("SO_ADMIN", "REG_AUTHORITY"),
)  # fmt: skip


def leaning(mix: Mix, rules: FeeRules) -> tuple[Source, int, bool]:
    """The largest source, its share in permille, and whether the association depends on it."""
    source, share = max(mix.shares().items(), key=lambda pair: pair[1])
    return source, share, share >= rules.dependence_permille


@annual_incomes.opens(by="ASSOCIATION")
def draft(call: Call, year: Year, mix: Mix, association: Annotated[Association | None, Given(acting)], rules: Rules) -> AnnualIncomeDrafted:
    """Put down what came in [填报年度收入]."""
    of = able(association)
    if not of.registered_on.year <= year <= call.today.year:
        raise Malformed("year_out_of_range", "a year since the registration, and not in the future", "年度不正确", pointer="/year")
    return AnnualIncomeDrafted(association=of.uscc, year=year, mix=mix, rules_version=rules.version)


@annual_incomes.command(by="ASSOCIATION", when="DRAFT")
def revise(income: AnnualIncome, call: Call, mix: Mix) -> AnnualIncomeRevised:
    """Correct the figures [修改]."""
    return AnnualIncomeRevised(association=income.association, year=income.year, mix=mix)


@annual_incomes.command(by="ASSOCIATION", when="DRAFT")
def file(income: AnnualIncome, call: Call, rules: Rules) -> AnnualFinanceFiled:
    """File it, once the year is over [报送]."""
    if call.today.year <= income.year:
        raise Refused("year_not_over", "the year is not over yet", "该年度尚未结束")
    source, share, dependent = leaning(income.mix, rules)
    return AnnualFinanceFiled(association=income.association, year=income.year, mix=income.mix, total=income.mix.total,
                              dues_permille=income.mix.shares()["DUES"], largest=source, largest_permille=share, dependent=dependent,
                              filed_on=call.today)  # fmt: skip


@annual_incomes.command(by="ASSOCIATION", when="FILED")
def audit(income: AnnualIncome, call: Call, mix: Mix, auditor: Uscc, document: Line, rules: Rules) -> AnnualFinanceAudited:
    """Put down what the auditor has found [登记审计结果]; `auditor` is the firm, `document` its report in the document store."""
    source, share, dependent = leaning(mix, rules)
    return AnnualFinanceAudited(association=income.association, year=income.year, mix=mix, total=mix.total, largest=source, largest_permille=share,
                                dependent=dependent, changed=mix != income.mix, audited_on=call.today, auditor=auditor, document=document)  # fmt: skip
