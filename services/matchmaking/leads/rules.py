"""Rules of investment leads as versioned data (`data/lead_rules.yaml`), and what follows from them. Domain §6.1–6.3."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

from pydantic import model_validator

from services.matchmaking.leads.forms import Credit, CreditRole, Investor, Project, ProjectKind, Suspect, Works
from services.matchmaking.months import months_after
from shared.industry import section
from shared.names import comparison_key, similarity
from shared.record import Fen, Malformed, Refused
from shared.versions import Versioned, Versions, of_record
from shared.workdays import working_days_after

WHOLE = 1000  # thousandths


class LeadRules(Versioned):
    """Admission, deadlines, protection and default credit; amounts in fen, likeness 0…1."""

    min_amount: Fen
    large_amount: Fen
    large_fixed_assets: Fen
    excluded: frozenset[ProjectKind]
    response_working_days: int
    screening_working_days: int
    screening_working_days_large: int
    feedback_working_days: int
    follow_up_working_days: int
    hold_months: int
    silence_days: int
    similar_investor: float
    similar_project: float
    credit_permille: dict[CreditRole, int]
    no_start: frozenset[Works]
    dispute_working_days: int
    dispute_answer_working_days: int
    dispute_decide_working_days: int
    mandate_filing_working_days: int
    mandate_signing_days: int

    @model_validator(mode="after")
    def credit_is_whole(self) -> "LeadRules":
        if sum(self.credit_permille.values()) != WHOLE:
            raise ValueError("the default credit does not add up to 1000")
        return self

    def admit(self, introducer: str, investor: Investor, project: Project) -> None:
        """Raises: Refused for a project that is not counted [IN2], is too small, or is reported by its own investor or by an organ [IN4]."""
        if project.kind in self.excluded:
            raise Refused(
                "project_not_counted", f"{project.kind} projects are not counted", "财政投资、住宅、纯网点及已落地企业增资项目不计入"
            )
        if project.amount_total < self.min_amount:
            least = self.min_amount // 1_000_000
            raise Refused("amount_too_small", f"the programme begins at {least} times 10,000 CNY", f"投资总额低于本计划下限 {least} 万元")
        if project.amount_fixed_assets > project.amount_total:
            raise Malformed("fixed_assets_exceed_total", "fixed assets exceed the whole amount", "固定资产投资大于总投资",
                            pointer="/project/amount_fixed_assets")  # fmt: skip
        if investor.uscc == introducer or introducer.startswith("1"):
            raise Refused("not_a_referrer", "an investor or a public body is no referrer", "投资方及机关事业单位不得作为引荐人")

    def large(self, project: Project) -> bool:
        """From 100 million CNY, or manufacturing with 60 million of fixed assets [IN1]."""
        heavy = section(project.gbt4754) == "C" and project.amount_fixed_assets >= self.large_fixed_assets
        return project.amount_total >= self.large_amount or heavy

    def response_due(self, now: datetime) -> datetime:
        return working_days_after(now, self.response_working_days)

    def screening_due(self, now: datetime, project: Project) -> datetime:
        return working_days_after(now, self.screening_working_days_large if self.large(project) else self.screening_working_days)

    def feedback_due(self, now: datetime) -> datetime:
        return working_days_after(now, self.feedback_working_days)

    def follow_up_due(self, now: datetime) -> datetime:
        return working_days_after(now, self.follow_up_working_days)

    def silent_at(self, now: datetime) -> datetime:
        """When a negotiation counts as abandoned unless somebody follows it up."""
        return now + timedelta(days=self.silence_days)

    def held_until(self, day: date) -> date:
        """The last day of the first report's protection."""
        return months_after(day, self.hold_months)

    def dispute_until(self, linked: datetime) -> datetime:
        """Until when a referrer may dispute that its lead was linked."""
        return working_days_after(linked, self.dispute_working_days)

    def dispute_answer_by(self, filed: datetime) -> datetime:
        return working_days_after(filed, self.dispute_answer_working_days)

    def dispute_decide_by(self, filed: datetime) -> datetime:
        return working_days_after(filed, self.dispute_decide_working_days)

    def credits_of(self, introducer: str) -> tuple[Credit, ...]:
        """The default: one referrer has both roles. Only an association earns credit; an agency is paid under its own mandate (§6.3)."""
        if not introducer.startswith("51"):
            return ()
        return tuple(Credit(association=introducer, role=role, permille=share) for role, share in sorted(self.credit_permille.items()))


class Reported(Protocol):
    """What duplicate detection reads of a lead."""

    @property
    def id(self) -> str: ...
    @property
    def investor(self) -> Investor: ...
    @property
    def project(self) -> Project: ...


def project_key(investor: Investor, project: Project) -> str:
    """By what two reports are the same project: the comparison keys of investor and title."""
    return f"{comparison_key(investor.name)}|{comparison_key(project.title)}"


def suspects_among(lead: Reported, others: Iterable[Reported], rules: LeadRules) -> tuple[Suspect, ...]:
    """Leads of a like investor (by code or name) and a like title, the likest first, at most 20."""
    found = []
    for other in others:
        if other.id == lead.id:
            continue
        same_code = lead.investor.uscc is not None and lead.investor.uscc == other.investor.uscc
        investor = 1.0 if same_code else similarity(lead.investor.name, other.investor.name)
        project = similarity(lead.project.title, other.project.title)
        if investor >= rules.similar_investor and project >= rules.similar_project:
            found.append(Suspect(lead=other.id, investor_permille=round(investor * WHOLE), project_permille=round(project * WHOLE)))
    return tuple(sorted(found, key=lambda s: (-s.investor_permille - s.project_permille, s.lead))[:20])


def whole(credits_: Sequence[Credit]) -> tuple[Credit, ...]:
    """The shares as they stand. Raises: Refused unless they make 1000, each association once a role, each an association's code."""
    if sum(c.permille for c in credits_) != WHOLE:
        raise Refused("credit_not_whole", "the shares must add up to 1000 thousandths", "贡献份额之和须为 1000‰")
    if len({(c.association, c.role) for c in credits_}) != len(credits_):
        raise Refused("credit_twice", "an association has a role once", "同一协会同一角色只能登记一次")
    if any(not c.association.startswith("51") for c in credits_):
        raise Refused("credit_not_association", "credit goes to associations; an agency is paid under its mandate", "贡献只能归属协会商会")
    return tuple(credits_)


@cache
def lead_rules() -> Versions[LeadRules]:
    """Every version, read once. Raises: BadRules."""
    return Versions.load(Path(__file__).parents[1] / "data" / "lead_rules.yaml", LeadRules)


rules_of = of_record(lead_rules, "LEAD")
