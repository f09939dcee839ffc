"""A rating case driven through its moves as the engine would: role, scope, stage, rule, then the events applied."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

from services.evaluation.facts.fact import Fact
from services.evaluation.rating import assessment, decision
from services.evaluation.rating.application import RatingApplication, applications
from services.evaluation.rating.assessment import for_panel
from services.evaluation.rating.round import RatingRound
from services.evaluation.rulebook.rulebook import RuleSetCode, rulebook_of, rulebooks
from services.evaluation.rulebook.scoring import Mark
from shared.record import SHANGHAI, Call, Event, Kind, Move

MOVES = (assessment, decision)  # the moves of the case come with their files
ASSOCIATION, OTHER = "51611100PDY00001XA", "51611100PDY000028A"
OFFICE = "dept:so-admin"
PANEL = ("panel:01", "panel:02", "panel:03")
COMMITTEE = tuple(f"committee:{n:02}" for n in range(1, 8))
REVIEWERS = tuple(f"committee:{n:02}" for n in range(11, 16))
MONDAY = datetime(2026, 9, 7, 10, 0, tzinfo=SHANGHAI)
DUTIES_KEPT = tuple(  # books, statements, Party building, disclosure, social-responsibility reports, promises, mediation: nothing to find fault with
    Fact(key=key, year=year, value=value, sources=(f"e-{key}",), events=1)
    for key, value in (
        ("registered_fund", 3_000_000), ("net_assets", 9_000_000), ("income", 20_000_000), ("acct.npo", True), ("acct.separate", True), ("acct.kind", "OWN"),
        ("acct.statements_on_time", 12), ("party.activities", 12), ("party.key_staff", 3), ("party.key_staff_share", "0.3"),
        ("disc.required", 6), ("disc.published", 6), ("disc.on_time", 6), ("csr.published", "ON_TIME"),
        ("commit.items", 5), ("commit.due", 2), ("commit.kept", 2), ("med.accepted", 1), ("med.closed_60d", 1),
    )
    for year in (2024, 2025)
)  # fmt: skip
GOOD_FACTS = (
    *DUTIES_KEPT,
    Fact(key="registered_on", year=2021, value="2021-03-11", sources=("e-registered",), events=1),
    Fact(key="annual.mode", year=2021, value="CHECK", sources=("e-registered",), events=1),
    Fact(key="annual.conclusion", year=2024, value="QUALIFIED", sources=("e-check-24",), events=1),
    Fact(key="annual.conclusion", year=2025, value="QUALIFIED", sources=("e-check-25",), events=1),
    Fact(key="members.joined", year=2021, value=120, sources=("e-member",), events=120),
    Fact(key="lead.accepted", year=2025, value=4, sources=("e-lead",), events=4),
)
SOCIETY: dict[str, Any] = {
    "survey": {"members": 120, "respondents": 36, "answers": [{"question": "Q10", "counts": [18, 12, 4, 1, 1]}]},
    "coverage": {"members": 15, "universe": 100, "source": "登记库", "dated": "2026-08-31"},
    "opinions": {"registration": 80, "industry": 90, "party": 100},
    "party_status": "ORGANISATION",
}


def a_call(role: str, organisation: str = "", now: datetime = MONDAY) -> Call:
    return Call(role, organisation, now, uuid5(UUID(int=0), f"{role}{organisation}{now}"))


def decided(kind: Kind[Any, Any], record: Any, name: str, call: Call, body: Mapping[str, Any], given: Mapping[str, Any]) -> list[Event]:
    move: Move = kind.moves[name]
    return kind.decide(record, move, move.body.model_validate(dict(body)), call, dict(given))


def a_round(**change: Any) -> RatingRound:
    fields: dict[str, Any] = {
        "id": "2026-1", "stage": "OPEN", "code": "2026-1", "year": 2026, "title": "2026年第一批", "rulebook": rulebooks().all()[0].ref, "rule_set": "R2026",
        "profile": "STANDARD", "local_gate": False, "opens_on": "2026-09-01", "closes_on": "2026-09-30",
    }  # fmt: skip
    return RatingRound.model_validate(fields | change)


class Case:
    """One application and its clock. Each method is what one person does; `told` gathers the events."""

    def __init__(self, *, rule_set: RuleSetCode = "R2026", facts: Sequence[Fact] = GOOD_FACTS, **round_: Any) -> None:
        self.now, self.facts, self.told = MONDAY, tuple(facts), list[Event]()
        self.round = a_round(rule_set=rule_set, **round_)
        given = {"named": [self.round], "earlier": [], "applied": 0}
        (event,) = decided(
            applications, None, "apply", a_call("ASSOCIATION", ASSOCIATION), {"round": "2026-1", "papers": ["申报表.pdf"]}, given
        )
        self.record: RatingApplication = applications.open(event, "application-1")
        self.told.append(event)

    def do(
        self, name: str, role: str = "SO_ADMIN", organisation: str = OFFICE, given: Mapping[str, Any] | None = None, **body: Any
    ) -> list[Event]:
        events = decided(applications, self.record, name, a_call(role, organisation, self.now), body, given or {})
        self.record = applications.evolve(self.record, events)
        self.told += events
        return events

    def wait(self, **span: int) -> "Case":
        """Let time pass, ringing on the way what is due."""
        until = self.now + timedelta(**span)
        fired: dict[str, datetime] = {}
        while due := [pair for pair in applications.clocks(self.record, fired) if pair[0] <= until]:
            at, move = due[0]
            events = applications.decide(self.record, move, move.body(), a_call("CLOCK", now=at))
            self.record, self.told, fired[move.name] = applications.evolve(self.record, events), [*self.told, *events], at
        self.now = until
        return self

    def names(self) -> list[str]:
        return [type(e).__name__ for e in self.told]

    # whole stretches of the way
    def eligible(self, procedure: str = "ON_SITE", findings: Sequence[str] = ()) -> "Case":
        named = [{"code": code, "evidence": "卷宗"} for code in findings]
        self.do("check_eligibility", procedure=procedure, findings=named, given={"facts": list(self.facts)})
        return self

    def self_assessed(self, procedure: str = "ON_SITE") -> "Case":
        self.eligible(procedure).do(
            "submit_self_assessment", "ASSOCIATION", ASSOCIATION, marks=[{"code": "2.2.6", "points": "12.5"}], claimed_grade="3A"
        )
        return self

    def with_panel(self, procedure: str = "ON_SITE", panel: Sequence[str] = PANEL) -> "Case":
        self.self_assessed(procedure).do("begin_assessment", panel=panel, visit_on="2026-09-14", given={"facts": list(self.facts)})
        return self

    def marks(self, share: str = "1") -> list[Mark]:
        """This share of the points of everything the panel has to mark now."""
        book = rulebook_of(self.record.rulebook)
        codes = for_panel(self.record, book, social=self.record.stage == "SOCIAL_EVALUATED")
        found = [i for i in book.indicators if i.code in codes]
        return [Mark(code=i.code, points=Decimal(int(i.points * 10 * Fraction(share))) / 10) for i in found]

    def marked(self, share: str = "1") -> "Case":
        for expert in self.record.panel:
            self.do("give_scores", "PANEL", expert, marks=self.marks(share))
        return self

    def asked(self, share: str = "1", **society: Any) -> "Case":
        self.with_panel().marked(share).do("evaluate_socially", **{**SOCIETY, **society})
        return self

    def proposed(self, share: str = "1", *, bonuses: Sequence[str] = (), vetoes: Sequence[str] = (), **society: Any) -> "Case":
        found: dict[str, Any] = {
            group: [{"code": c, "evidence": "卷宗"} for c in codes] for group, codes in (("bonuses", bonuses), ("vetoes", vetoes))
        }
        self.asked(share, **society).marked(share).do("propose", opinion="专家组意见", **found)
        return self

    def convened(self, present: Sequence[str] = COMMITTEE) -> "Case":
        self.do("convene", members=COMMITTEE, present=present)
        return self

    def vote(self, *members: str, choice: str = "FOR", on: str = "vote") -> "Case":
        for member in members:
            self.do(on, "COMMITTEE", member, choice=choice)
        return self

    def publicised(self, share: str = "1", **more: Any) -> "Case":
        self.proposed(share, **more).convened().vote(*COMMITTEE[:4]).do("publicise")
        return self

    def under_review(self, share: str = "1") -> "Case":
        self.publicised(share).do("request_review", "ASSOCIATION", ASSOCIATION, reason="第3.4.1项计分有误")
        return self


def at(year: int, month: int, day: int, hour: int = 0) -> datetime:
    """A moment in Xixian, as UTC."""
    return datetime(year, month, day, hour, tzinfo=SHANGHAI).astimezone(UTC)
