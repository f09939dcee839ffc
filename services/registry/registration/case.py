"""Registration case [成立登记], R1, R7, R13, R18, R19: founding an association under the regime in force; domain §3.1–3.3, §3.8.

Until the certificate gives it a credit code, the lead enterprise acts for the association to be. Complete papers are accepted
papers: from that day the authority has sixty days. A name is held from the first day, distinct within its district.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from services.registry.associations.association import LIVING, Association, associations
from services.registry.registration.application import (
    Application,
    Consent,
    FiledPaper,
    NameApproved,
    NameCheckOverdue,
    NameProposed,
    NameRejected,
    OpinionAsked,
    OpinionHeld,
    Papers,
    PapersReturned,
    PapersSubmitted,
    RefusalGround,
    RegistrationWithdrawn,
    ScopeOverlapAssessed,
    SupervisorConsented,
    SupervisorDeclined,
)  # fmt: skip
from services.registry.registration.holdings import held_by_others
from services.registry.registration.naming import (
    SimilarName,
    Taken,
    check_home,
    check_name,
    distinct,
    home_key,
    name_claim,
    refuse_same_home,
    refuse_same_name,
    refuse_same_person,
    similar_names,
)  # fmt: skip
from services.registry.registration.publication import regime_asked_for
from services.registry.registration.regime import Filing, Regime
from services.registry.registration.scope import Overlap, overlaps
from services.registry.values import AUTHORITY, end_of
from shared.district import District
from shared.names import Name, comparison_key
from shared.record import Call, Count, Event, Fen, Given, Kind, Line, Malformed, Read, Record, Refused, Role, Text
from shared.workdays import working_days_after

Stage = Literal["NAME_CHECK", "PREPARING", "SUPERVISOR_REVIEW", "ACCEPTED", "OPINIONS_SOUGHT", "DECIDED", "CERTIFIED",
                "FILINGS_PENDING", "ACTIVE", "REFUSED", "WITHDRAWN"]  # fmt: skip
UNDECIDED: tuple[Stage, ...] = ("NAME_CHECK", "PREPARING", "SUPERVISOR_REVIEW", "ACCEPTED", "OPINIONS_SOUGHT")
PENDING: tuple[Stage, ...] = (*UNDECIDED, "DECIDED")  # on the way, and not yet in the register
ADVISERS: tuple[Role, ...] = (
    "INDUSTRY_DEPT",
    "SUPERVISING_UNIT",
    "FIC",
    "PARTY_WORK",
    "SO_ADMIN",
    "NEW_CITY",
    "INVEST_DEPT",
    "ASSOC_DEVELOPMENT_BODY",
)
STATE_ORGAN = "11"  # credit codes of state organs begin so; one among the founders is a warning (R49)


class Case(Record):
    """Registration case [成立登记]"""

    stage: Stage
    application: Application
    applicant: str
    district: District
    regime: Regime  # the version the case was opened under, to its end
    opened_on: date
    name: str
    name_claim: str | None
    legal_claim: str | None
    home_claim: str | None = None
    name_rejected: str | None = None
    similar: tuple[SimilarName, ...] = ()
    state_organ_founders: tuple[str, ...] = ()
    papers: tuple[FiledPaper, ...] = ()
    defects: tuple[str, ...] = ()
    unit_members: Count = 0
    individual_members: Count = 0
    registered_fund: Fen = 0
    papers_complete_on: date | None = None
    consent: Consent | None = None
    overlaps: tuple[Overlap, ...] = ()
    asked: tuple[OpinionAsked, ...] = ()
    opinions: tuple[OpinionHeld, ...] = ()
    decide_by: date | None = None
    reminded_on: date | None = None
    overdue: bool = False
    decided_on: date | None = None
    ground: RefusalGround | None = None
    uscc: str | None = None
    filed: tuple[Filing, ...] = ()


class RegistrationCaseOpened(Event):
    """An application came in; `stage` is the first step of its regime."""

    stage: Literal["NAME_CHECK", "PREPARING"]
    application: Application
    applicant: str
    district: District
    regime: Regime
    opened_on: date
    name: str
    name_claim: str
    legal_claim: str
    home_claim: str | None = None
    similar: tuple[SimilarName, ...]
    state_organ_founders: tuple[str, ...]
    plan: str | None


cases = Kind[Case, Stage](
    Case, "registry.registration.case", path="registration-cases", unique=("name_claim", "legal_claim", "home_claim", "uscc"),
    index=("applicant", "district", "name_claim", "legal_claim", "home_claim"),
    own={"ENTERPRISE": "applicant", "NEW_CITY": "district"}, readers=("SO_ADMIN",),
)  # fmt: skip


# ── what the rules are given ──────────────────────────────────────────────────────────────────────
async def what_is_taken(read: Read, call: Call, case: Case | None, body: Any) -> Taken:
    """Given: who holds the name proposed last, the legal representative, the home region."""
    form: Application = case.application if case else body
    name = getattr(body, "name", None) or (case.name if case else form.name)
    home = form.home_region if case is None or case.home_claim else None
    return await held_by_others(
        read, form.district, name=name, person=form.legal_representative, home_region=home, own=case.id if case else ""
    )


async def names_taken(read: Read, call: Call, case: Case, body: Any) -> Taken:
    """Given: who holds the name proposed last; nobody else is asked about."""
    return await held_by_others(read, case.district, name=getattr(body, "name", None) or case.name, own=case.id)


async def neighbours(read: Read, call: Call, case: Case, body: object) -> list[Association]:
    """Given: the associations registered in the same division."""
    return await read.find(associations, district=case.district, stage=LIVING)


def similar_scopes(case: Case, peers: list[Association]) -> tuple[Overlap, ...]:
    form = case.application
    return overlaps(form.scope_basis, form.scope_term, form.gbt4754, case.regime.overlap_level, peers)


# ── the name ──────────────────────────────────────────────────────────────────────────────────────
@cases.opens(by="ENTERPRISE")
def apply(call: Call, form: Application, regime: Annotated[Regime | None, Given(regime_asked_for)],
          taken: Annotated[Taken, Given(what_is_taken)]) -> RegistrationCaseOpened:  # fmt: skip
    """Apply for the registration of an association, and hold its name [申请成立、名称预审]."""
    if regime is None:
        raise Refused("regime_not_in_force", f"{form.regime} is not in force", f"{form.regime} 登记体制未生效", pointer="/regime")
    if form.scope_basis not in regime.scope_bases:
        raise Refused(
            "scope_basis_not_allowed",
            f"{regime.code} knows no {form.scope_basis}",
            "该登记体制不接受此业务范围划分方式",
            pointer="/scope_basis",
        )
    check_name(form.name, form.kind, form.level, form.district)
    home = claim_home(form, regime, taken)
    refuse_same_name(form.name, taken)
    refuse_same_person(taken)
    first: Any = regime.steps[0]
    return RegistrationCaseOpened(
        stage=first, application=form, applicant=call.organisation, district=form.district, regime=regime, opened_on=call.today, name=form.name,
        name_claim=name_claim(form.name, form.district), legal_claim=form.legal_representative, home_claim=home, similar=similar_names(form.name, taken.names),
        state_organ_founders=tuple(f for f in (call.organisation, *form.founders) if f.startswith(STATE_ORGAN)), plan=form.plan,
    )  # fmt: skip


def claim_home(form: Application, regime: Regime, taken: Taken) -> str | None:
    """By what a non-local chamber is the only one of its home region, where the regime allows but one. Raises: Refused."""
    if form.home_region is None:
        return None
    if form.kind != "CHAMBER":
        raise Malformed("no_home_region", "only a chamber has a home region", "只有商会可以填写原籍地", pointer="/home_region")
    if regime.non_local.registered_at == "PROVINCE":
        raise Refused(
            "registered_with_province", "under this regime the province registers non-local chambers", "该登记体制下异地商会由省级登记管理机关登记",
            pointer="/home_region",
        )  # fmt: skip
    check_home(form.name, form.home_region)
    if not regime.non_local.one_per_home_region:
        return None
    refuse_same_home(taken)
    return f"{form.district}~{home_key(form.home_region)}"


@cases.command(by=AUTHORITY, when="NAME_CHECK")
def approve_name(case: Case, call: Call, taken: Annotated[Taken, Given(names_taken)], acknowledged: tuple[Line, ...] = ()) -> NameApproved:
    """The name may be used [核准名称]; each name like it must be acknowledged by the officer who looked at it."""
    if case.name_rejected is not None:
        raise Refused("name_rejected", "this name was rejected; another must be proposed", "该名称已被驳回，请重新申报")
    return NameApproved(name=case.name, similar=distinct(case.name, taken, acknowledged))


@cases.command(by=AUTHORITY, when="NAME_CHECK")
def reject_name(case: Case, call: Call, reason: Text) -> NameRejected:
    """The name may not be used [驳回名称]."""
    if case.name_rejected is not None:
        raise Refused("name_rejected", "this name was rejected already", "该名称已被驳回")
    return NameRejected(name=case.name, name_rejected=reason)


@cases.command(by="ENTERPRISE", when="NAME_CHECK")
def propose_name(case: Case, call: Call, name: Name, taken: Annotated[Taken, Given(names_taken)]) -> NameProposed:
    """Propose another name [重新申报名称]."""
    check_name(name, case.application.kind, case.application.level, case.district)
    if case.application.home_region:
        check_home(name, case.application.home_region)
    refuse_same_name(name, taken)
    return NameProposed(name=name, name_claim=name_claim(name, case.district), similar=similar_names(name, taken.names))


@cases.clock(when="NAME_CHECK", at=lambda case: end_of(working_days_after(case.opened_on, case.regime.name_check_working_days)))
def press_for_name(case: Case, call: Call) -> NameCheckOverdue:
    """Twenty working days have passed."""
    return NameCheckOverdue(name=case.name)


# ── the papers ────────────────────────────────────────────────────────────────────────────────────
@cases.command(by="ENTERPRISE", when="PREPARING")
def submit_papers(
    case: Case, call: Call, form: Papers, peers: Annotated[list[Association], Given(neighbours)]
) -> list[PapersSubmitted | ScopeOverlapAssessed]:
    """Hand in all papers [提交材料] (art. 11); members and fund must reach the minima (art. 10)."""
    rule, units, persons = case.regime, form.unit_members, form.individual_members
    if missing := sorted(set(rule.papers) - {p.kind for p in form.papers}):
        raise Refused(
            "papers_missing", f"still missing: {', '.join(missing)}", f"缺少材料：{'、'.join(missing)}", pointer="/papers", missing=missing
        )
    least = rule.minima(case.application.home_region)
    if persons and least.unit_only:
        raise Refused("units_only", "a non-local chamber has unit members only", "异地商会只吸收单位会员", pointer="/individual_members")
    if not least.enough(units, persons):
        raise Refused("too_few_members", f"{least.unit_min} units, {least.individual_min} persons, or {least.mixed_min} of both are needed",
                      f"需有 {least.unit_min} 个以上单位会员，或 {least.individual_min} 个以上个人会员，混合的总数不少于 {least.mixed_min} 个")  # fmt: skip
    if len({case.applicant, *case.application.founders}) < least.founders_min:
        raise Refused("too_few_founders", f"{least.founders_min} founders are needed", f"发起人不得少于 {least.founders_min} 个")
    if form.registered_fund < rule.fund_min:
        raise Refused(
            "fund_too_small",
            f"at least {rule.fund_min_cny} CNY are needed",
            f"注册资金不得少于 {rule.fund_min_cny} 元",
            pointer="/registered_fund",
        )
    reviewed = "SUPERVISOR_REVIEW" in rule.steps
    complete = None if reviewed else call.today
    submitted = PapersSubmitted(
        stage="SUPERVISOR_REVIEW" if reviewed else "ACCEPTED", papers=form.papers, unit_members=units, individual_members=persons,
        registered_fund=form.registered_fund, papers_complete_on=complete, decide_by=complete and complete + timedelta(days=rule.decision_days),
        consent_of=(tuple(r for r in rule.preapproval.roles if fits_form(case, r)) or rule.preapproval.roles) if reviewed else (),
    )  # fmt: skip
    return [submitted, ScopeOverlapAssessed(scope_basis=case.application.scope_basis, overlaps=similar_scopes(case, peers))]


@cases.command(by=AUTHORITY, when="ACCEPTED")
def return_papers(case: Case, call: Call, defects: tuple[Line, ...]) -> PapersReturned:
    """Say at once, within five working days, all that is wanting [一次性告知补正]."""
    if not defects:
        raise Malformed("no_defects", "say what is wanting", "请列明需要补正的内容", pointer="/defects")
    days = case.regime.correction_working_days
    if case.papers_complete_on and call.today > working_days_after(case.papers_complete_on, days):
        raise Refused(
            "too_late_to_return", f"after {days} working days papers count as accepted", f"逾 {days} 个工作日未告知补正，视为受理"
        )
    return PapersReturned(defects=defects)


@cases.command(by=("SUPERVISING_UNIT", "FIC"), when="SUPERVISOR_REVIEW")
def consent(case: Case, call: Call, document: Line) -> SupervisorConsented:
    """The competent unit agrees [业务主管单位审查同意]; with its paper all papers are complete."""
    supervises(case, call.role)
    if not fits_form(case, call.role):
        forms = case.regime.name_forms[call.role]
        raise Refused(
            "name_form_of_supervisor", f"under {call.role} the name ends in {', '.join(forms)}", "名称的组织形式与业务主管单位不符"
        )
    role: Any = call.role
    given = Consent(role=role, organisation=call.organisation, document=document, consent_on=call.today)
    return SupervisorConsented(
        consent=given, papers_complete_on=call.today, decide_by=call.today + timedelta(days=case.regime.decision_days)
    )


@cases.command(by=("SUPERVISING_UNIT", "FIC"), when="SUPERVISOR_REVIEW")
def decline_consent(case: Case, call: Call, reason: Text) -> SupervisorDeclined:
    """The competent unit does not agree [业务主管单位不同意]; the founders may mend and submit again."""
    role: Any = supervises(case, call.role)
    return SupervisorDeclined(role=role, reason=reason)


def fits_form(case: Case, role: str) -> bool:
    """Whether the name ends as names do under this supervising unit; a regime may leave that open."""
    forms = case.regime.name_forms.get(role)
    return not forms or comparison_key(case.name).endswith(forms)


def supervises(case: Case, role: str) -> str:
    if role not in case.regime.preapproval.roles:
        raise Refused("not_the_supervisor", f"under {case.regime.code} {role} does not supervise", "该登记体制下本单位不是业务主管单位")
    return role


@cases.command(by="ENTERPRISE", when=UNDECIDED)
def withdraw(case: Case, call: Call, reason: Text) -> RegistrationWithdrawn:
    """Give up the application [撤回申请]."""
    return RegistrationWithdrawn(plan=case.application.plan, reason=reason)
