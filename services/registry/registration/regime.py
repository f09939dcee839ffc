"""Registration regimes [登记管理体制] as versioned data (R7, R13, R18, R19; domain §3.8).

What differs between places is said in `data/regimes/*.yaml`: who agrees beforehand, whose opinion is asked, how many members
and how much money are needed, whether similar scopes may stand side by side, which way the annual report goes. A regime may
also be a rule that sends each kind of organisation to another one (`delegates`), or a draft that is not switched on yet.
Which of them is in force is said by the files, and over them by what the authority has published (`publication.py`).
"""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field, model_validator

from services.registry.values import AnnualMode, MonthDay, OrganisationKind, ScopeBasis
from shared.record import Count, Refused, Role, Value
from shared.versions import BadRules, Versioned, Versions

Step = Literal["NAME_CHECK", "PREPARING", "SUPERVISOR_REVIEW", "ACCEPTED", "OPINIONS_SOUGHT", "DECIDED", "CERTIFIED", "FILINGS_PENDING"]
STEPS: tuple[Step, ...] = (
    "NAME_CHECK", "PREPARING", "SUPERVISOR_REVIEW", "ACCEPTED", "OPINIONS_SOUGHT", "DECIDED", "CERTIFIED", "FILINGS_PENDING",
)  # fmt: skip
NEEDED: frozenset[str] = frozenset({"PREPARING", "ACCEPTED", "DECIDED", "CERTIFIED", "FILINGS_PENDING"})
Paper = Literal["APPLICATION_FORM", "SUPERVISOR_APPROVAL", "CAPITAL_VERIFICATION", "PREMISES_PROOF", "FOUNDERS_IDENTITY", "DRAFT_CHARTER"]
Filing = Literal["SEAL", "BANK", "OFFICERS"]
AmendedGround = Literal["INDUSTRY_ADJUSTMENT", "PARALYSED_BY_BAD_MANAGEMENT"]  # of ending an association, beside those of art. 19


class Preapproval(Value):
    """Consent of the competent supervising unit before the authority is asked; any one of `roles` may give it."""

    required: bool = False
    roles: tuple[Role, ...] = ()


class OpinionRule(Value):
    """Whose opinion is sought [征求意见], within how many days, and what silence means: none against, or that it is waited for.

    A mandatory opinion is waited for; an optional one is asked only if the authority wishes."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    asked: Role = Field(validation_alias="from")
    mandatory: bool = False
    optional: bool = False
    days: Annotated[int, Field(ge=1, le=365)] = 10
    silence: Literal["NO_OBJECTION", "AWAITED"] = "NO_OBJECTION"


class MemberMinima(Value):
    """Art. 10: 50 persons or 30 units; where both are mixed, 50 in all."""

    unit_min: Count = 30
    individual_min: Count = 50
    mixed_min: Count = 50
    founders_min: Count = 1
    unit_only: bool = False
    one_per_home_region: bool = False

    def enough(self, units: int, persons: int) -> bool:
        if self.unit_only:
            return units >= self.unit_min and not persons
        return units >= self.unit_min or persons >= self.individual_min or units + persons >= self.mixed_min


class NonLocal(MemberMinima):
    """What a non-local chamber [异地商会] needs (§3.9): its own minima, one chamber to a home region [一地一会], and who registers it.

    Under the national rule of 2003 the province does, so that the area's own authority opens no case."""

    one_per_home_region: bool = True
    registered_at: Literal["PROVINCE", "COUNTY"] = "COUNTY"


class SameScope(Value):
    """Whether an association may be founded where one of the same scope exists [一业一会 / 一业多会]."""

    policy: Literal["ALLOW", "ALLOW_OVERLAP", "BLOCK_UNLESS_NECESSARY"]
    max_per_scope: Count | None = None


class Annual(Value):
    """The way of the annual report (§3.5): to whom first, and until which day of the following year."""

    mode: AnnualMode
    first_review: Role | None = None
    first_due: MonthDay | None = None
    due: MonthDay
    informed: tuple[Role, ...] = ()


class ChangeRule(Value):
    """Change of registered items: filed within so many days of the consent, or where nobody consents, of the resolution (art. 18).

    `consent_role` says that the supervising unit consents; where the federation supervises, it is the federation that does."""

    consent_role: Role | None = None
    days_after_consent: Annotated[int, Field(ge=1, le=365)] = 30


class PostAction(Value):
    """What follows the certificate when a certain body supervises (R13: the chamber joins the federation)."""

    action: Literal["GRANT_FIC_GROUP_MEMBERSHIP"]
    when_supervisor: Role


class Ending(Value):
    """Grounds on which an association is merged or ended, and whether a plan is needed (draft amendment of 2026)."""

    grounds: tuple[str, ...] = ()
    plan_required: bool = False


class Regime(Versioned):
    """One regime in one version. A case carries the version it was opened under to its end.

    `delegates` says whose rules hold for each kind of organisation, `delegates_class` for classes that go elsewhere than their kind;
    `through` names, in a case, the regime and version that were found that way."""

    status: Literal["DRAFT", "IN_FORCE", "RETIRED"]
    basis: str = Field(min_length=1, max_length=400)
    delegates: dict[str, str] = Field(default_factory=dict)
    delegates_class: dict[str, str] = Field(default_factory=dict)
    through: str | None = None
    roles: dict[str, Role] = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    preapproval: Preapproval = Preapproval()
    opinions: tuple[OpinionRule, ...] = ()
    members: MemberMinima = MemberMinima()
    non_local: NonLocal = NonLocal()
    fund_min_cny: Count = 30_000
    papers: tuple[Paper, ...] = ()
    filings: tuple[Filing, ...] = ("SEAL", "BANK", "OFFICERS")
    name_forms: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    name_check_working_days: Annotated[int, Field(ge=1, le=365)] = 20
    correction_working_days: Annotated[int, Field(ge=1, le=365)] = 5
    decision_days: Annotated[int, Field(ge=1, le=365)] = 60
    decision_reminder_days: tuple[int, ...] = ()
    same_scope: SameScope = SameScope(policy="BLOCK_UNLESS_NECESSARY")
    scope_bases: tuple[ScopeBasis, ...] = ()
    overlap_level: dict[ScopeBasis, Annotated[int, Field(ge=1, le=4)]] = Field(default_factory=dict)
    special_members: tuple[str, ...] = ()
    annual: Annual = Annual(mode="REPORT", due="05-31")
    change: ChangeRule = ChangeRule()
    post_actions: tuple[PostAction, ...] = ()
    ending: Ending = Ending()

    @model_validator(mode="after")
    def hangs_together(self) -> "Regime":
        """Raises: ValueError for steps out of order, a needed step missing, or parts that contradict each other."""
        if self.delegates:
            return self
        if [s for s in STEPS if s in self.steps] != list(self.steps) or not set(self.steps) >= NEEDED:
            raise ValueError(f"steps must follow {', '.join(STEPS)} and include {', '.join(sorted(NEEDED))}")
        if self.preapproval.required != ("SUPERVISOR_REVIEW" in self.steps) or self.preapproval.required > bool(self.preapproval.roles):
            raise ValueError("SUPERVISOR_REVIEW is a step exactly where a pre-approval is required, and somebody must give it")
        if any(not o.optional for o in self.opinions) and "OPINIONS_SOUGHT" not in self.steps:
            raise ValueError("opinions are to be sought, but there is no step for it")
        if not self.scope_bases or not self.papers or set(self.scope_bases) - set(self.overlap_level):
            raise ValueError("papers, scope bases and the level at which each overlaps must be named")
        return self

    @property
    def fund_min(self) -> int:
        """The least activity fund, in fen."""
        return self.fund_min_cny * 100

    def after(self, step: Step) -> Step:
        """The step that follows. Raises: ValueError for a step this regime lacks, IndexError after the last."""
        return self.steps[self.steps.index(step) + 1]

    def minima(self, home_region: str | None) -> MemberMinima:
        """Founders and members that are needed: those of a non-local chamber where a home region is named."""
        return self.non_local if home_region else self.members


def load(folder: Path) -> Versions[Regime]:
    """The regimes of a folder. Raises: BadRules, also where silence would do for an opinion that must be there, an opinion is both
    mandatory and optional, or a regime sends an organisation to one that is not there. (Cases opened earlier may hold what no new file may.)
    """
    regimes = Versions.load(folder, Regime)
    codes = {r.code for r in regimes.all() if not r.delegates}
    for regime in regimes.all():
        for rule in regime.opinions:
            if rule.mandatory != (rule.silence == "AWAITED") or (rule.mandatory and rule.optional):
                raise BadRules(
                    f"{regime.code} {regime.version}: an opinion is mandatory exactly where silence is waited out, and never optional then"
                )
        if unknown := {*regime.delegates.values(), *regime.delegates_class.values()} - codes:
            raise BadRules(
                f"{regime.code} {regime.version} sends organisations to {', '.join(sorted(unknown))}, which is no regime of its own"
            )
        if unknown := set(regime.ending.grounds) - set(get_args(AmendedGround)):
            raise BadRules(f"{regime.code} {regime.version}: nobody knows the ground {', '.join(sorted(unknown))}")
    return regimes


REGIMES: Versions[Regime] = load(Path(__file__).parent.parent / "data" / "regimes")


class Standing(Value):
    """What was published of one version: whether it is in force, and since when; it goes before what the file says."""

    code: str
    version: str
    in_force: bool
    effective_from: date


def in_force(
    day: date,
    code: str,
    kind: OrganisationKind,
    so_category: str = "",
    standings: Iterable[Standing] = (),
    regimes: Versions[Regime] = REGIMES,
) -> Regime | None:
    """The rules of this code on this day for an organisation of this kind and class; None for a draft or what is retired.

    Where the regime sends the organisation to another one, those rules come under its own name, with `through` saying whose they are.

    Raises: Refused (`no_rule_in_force`) when no version of that code exists on that day."""
    said = {(s.code, s.version): s for s in standings}
    regime = newest(day, code, said, regimes)
    to = regime and (regime.delegates_class.get(so_category) or regime.delegates.get(kind))
    if regime is None or not to:
        return regime
    rules = newest(day, to, said, regimes)
    own = {"code": regime.code, "version": regime.version, "effective_from": regime.effective_from, "effective_to": regime.effective_to}
    return rules and rules.model_copy(update=own | {"basis": regime.basis, "through": f"{rules.code} {rules.version}"})


def newest(day: date, code: str, said: dict[tuple[str, str], Standing], regimes: Versions[Regime]) -> Regime | None:
    """The version of a code that began last and is in force. Raises: Refused (`no_rule_in_force`)."""
    begun = list[tuple[date, bool, Regime]]()
    for regime in regimes.all():
        standing = said.get((regime.code, regime.version))
        since = standing.effective_from if standing else regime.effective_from
        if regime.code == code and since <= day and (regime.effective_to is None or day <= regime.effective_to):
            begun.append((since, standing.in_force if standing else regime.status == "IN_FORCE", regime))
    if not begun:
        raise Refused("no_rule_in_force", f"no version of {code} is in force on {day}", f"{day} 无有效版本：{code}", pointer="/regime")
    living = [(since, regime) for since, holds, regime in begun if holds]
    return max(living, key=lambda pair: pair[0])[1] if living else None


class AsksForRegime(Value):
    """What an application says about the rules it wants to be judged by."""

    kind: OrganisationKind
    regime: Annotated[str, Field(pattern=r"^[A-Z0-9_]{1,40}$")] = "XIXIAN_CURRENT"
