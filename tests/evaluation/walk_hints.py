"""What careful people send to evaluation, where the blind walk of `tests/test_records.py` would not find the way."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from services.evaluation.facts.fact import Fact
from services.evaluation.rating.application import RatingApplication
from services.evaluation.rating.assessment import for_panel
from services.evaluation.rating.round import RatingRound
from services.evaluation.rulebook.rulebook import rulebook_of, rulebooks
from services.evaluation.rulebook.scoring import Mark
from tests.walk import START, Hints

MEMBERS = ("committee:01", "committee:02", "committee:03")
RULES = {"rulebook": "XX-IND-1/2026.1", "rule_set": "R2011", "downgrade_on": ["UNQUALIFIED", "BASICALLY_QUALIFIED_TWICE"],
         "reminder_months": [12, 6], "certificate_from": "3A", "certificate_return_days": 15, "bar_months": 24}  # fmt: skip


def round_open(_: Any, dice: Random) -> dict[str, Any]:
    """A round that stays open for as long as a walk strays."""
    opens = START.date()
    return {"number": dice.randint(1, 9), "opens_on": opens, "closes_on": opens.replace(year=opens.year + 1)}


def application_in_time(_: Any, dice: Random) -> dict[str, Any]:
    year = START.date().replace(month=1, day=1)
    opened = RatingRound(stage="OPEN", code="2026-1", year=2026, title="2026年第一批", rulebook=rulebooks().all()[0].ref, rule_set=dice.choice(("R2011", "R2026")),
                         profile="STANDARD", local_gate=dice.random() < 0.5, opens_on=year, closes_on=year.replace(year=2030))  # fmt: skip
    return {"round": "2026-1", "papers": ["申报表.pdf"], "given.named": [opened], "given.earlier": [], "given.applied": 0}


def sound_facts(application: RatingApplication, dice: Random) -> dict[str, Any]:
    last = application.year - 1
    facts = [
        Fact(key="registered_on", year=2015, value="2015-05-04", sources=("e1",), events=1),
        Fact(key="annual.conclusion", year=last, value="QUALIFIED", sources=("e2",), events=1),
        Fact(key="members.joined", year=2016, value=dice.choice((40, 120)), sources=("e3",), events=120),
    ]
    return {"findings": [], "procedure": dice.choice(("PAPER",) * 9 + ("ON_SITE",)), "given.facts": facts}


def some_facts(application: RatingApplication, dice: Random) -> dict[str, Any]:
    return {"given.facts": [Fact(key="lead.accepted", year=application.year - 1, value=dice.randint(1, 12))]}


def corrected(application: RatingApplication, dice: Random) -> dict[str, Any]:
    return {"reason": "更正", **some_facts(application, dice)}


def self_marks(application: RatingApplication, dice: Random) -> dict[str, Any]:
    book = rulebooks().all()[0]
    return {"marks": [Mark(code=i.code, points=Decimal(int(i.points))) for i in book.indicators], "claimed_grade": "3A"}


def experts(application: RatingApplication, dice: Random) -> dict[str, Any]:
    free = [p for n in range(1, 20) if (p := f"panel:{n:02}") not in application.recused]
    return {"panel": free[:1] if application.procedure == "PAPER" else free[:3]}


def beginning(application: RatingApplication, dice: Random) -> dict[str, Any]:
    return {"visit_on": date(2026, 9, 1), **experts(application, dice), **some_facts(application, dice)}


def expert_marks(application: RatingApplication, dice: Random) -> dict[str, Any]:
    book = rulebook_of(application.rulebook)
    codes = for_panel(application, book, social=application.stage == "SOCIAL_EVALUATED")
    part = dice.choice((0.5, 1.0))
    marks = [Mark(code=c, points=Decimal(int(float(i.points) * part))) for c in sorted(codes) if (i := book.indicator(c))]
    return {"marks": marks} if marks else {}


def society(application: RatingApplication, dice: Random) -> dict[str, Any]:
    answers = [{"question": "Q10", "counts": [18, 12, 4, 1, 1]}]
    return {"survey": {"members": 120, "respondents": 36, "answers": answers}, "party_status": "ORGANISATION",
            "coverage": {"members": 30, "universe": 100, "source": "登记库", "dated": START.date()},
            "opinions": {"registration": 90, "industry": 80, "party": 85}}  # fmt: skip


def report(application: RatingApplication, dice: Random) -> dict[str, Any]:
    vetoes = [{"code": "FRAUD", "evidence": "核查报告"}] if dice.random() < 0.2 else []
    return {"opinion": "建议", "bonuses": [{"code": "PROVINCIAL_AWARD", "evidence": "文件"}], "vetoes": vetoes}


def sitting(application: RatingApplication, dice: Random) -> dict[str, Any]:
    return {"members": MEMBERS, "present": dice.choice((MEMBERS, MEMBERS[:2]))}


def review_sitting(application: RatingApplication, dice: Random) -> dict[str, Any]:
    members = tuple(f"committee:1{n}" for n in range(3))
    return {"motion": dice.choice(("2A", "NONE", application.grade)), "members": members, "present": members}


def choice(application: RatingApplication, dice: Random) -> dict[str, Any]:
    return {"choice": dice.choice(("FOR", "FOR", "FOR", "AGAINST"))}


def annual_check(held: Any, dice: Random) -> dict[str, Any]:
    year = dice.choice((2026, 2027, 2028))
    return {"association": held.association, "year": year, "conclusion": dice.choice(("UNQUALIFIED", "BASICALLY_QUALIFIED", "QUALIFIED"))}


def confirmed(_: Any, dice: Random) -> dict[str, Any]:
    """A grade of the oldest rules, newly confirmed."""
    return {
        "about": "application-1", "association": "51611100PDY00001XA", "round": "2026-1", "grade": dice.choice(("3A", "2A", "1A")), "score": "712.5",
        "confirmed_on": START.date(), "valid_from": START.date(), "valid_to": START.date().replace(year=2031), "rules": RULES,
        "basic_years": dice.choice(((), (2025,))),
    }  # fmt: skip


def newer(held: Any, dice: Random) -> dict[str, Any]:
    return {**confirmed(held, dice), "about": "application-2", "association": held.association}


ROUND, APPLICATION, GRADE = "evaluation.rating.round", "evaluation.rating.application", "evaluation.grades.grade"
HINTS: Hints = {
    f"{ROUND}.open": round_open,
    f"{APPLICATION}.apply": application_in_time,
    f"{APPLICATION}.check_eligibility": sound_facts,
    f"{APPLICATION}.submit_self_assessment": self_marks,
    f"{APPLICATION}.begin_assessment": beginning,
    f"{APPLICATION}.fill_panel": experts,
    f"{APPLICATION}.recompute_indicators": corrected,
    f"{APPLICATION}.give_scores": expert_marks,
    f"{APPLICATION}.evaluate_socially": society,
    f"{APPLICATION}.propose": report,
    f"{APPLICATION}.convene": sitting,
    f"{APPLICATION}.vote": choice,
    f"{APPLICATION}.convene_review": review_sitting,
    f"{APPLICATION}.vote_on_review": choice,
    f"{GRADE}.weigh_annual_check": annual_check,
    f"{GRADE}.grant": confirmed,
    f"{GRADE}.give_way": newer,
}
