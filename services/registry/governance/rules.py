"""Rules of self-government as versioned data, and what a ballot is worth under them (R30; domain §3.4)."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from shared.record import Count, Given, Value
from shared.versions import Versioned, Versions, of_record

Body = Literal["GENERAL_ASSEMBLY", "COUNCIL", "STANDING_COUNCIL", "SUPERVISORY_BOARD"]
Matter = Literal["CHARTER", "FEE_STANDARD", "ELECTION", "OFFICERS", "SECRETARY_GENERAL", "TERM_EXTENSION", "BRANCH", "BUDGET", "WORK_REPORT",
                 "DISSOLUTION", "OTHER"]  # fmt: skip
Days = tuple[Annotated[int, Field(ge=1, le=730)], ...]
Share = Annotated[str, Field(pattern=r"^[1-9][0-9]?/[1-9][0-9]?$")]


class MatterRule(Value):
    """Who decides a reserved matter [重大事项], with how many present, how many in favour, and whether in secret."""

    bodies: Annotated[tuple[Body, ...], Field(min_length=1)]
    present_min: Share
    for_min: Share
    base: Literal["PRESENT", "ALL"]
    strict: bool
    secret: bool


class GovernanceRules(Versioned):
    """Notice, quorum, ballots, terms and their reminders; every share is a fraction, every term in days or years."""

    basis: str
    notice_days: dict[Body, int]
    quorum: dict[Body, Share]
    delegates_above_members: int
    delegates_min: Share
    matters: dict[Matter, MatterRule]
    term_years_max: int
    extension_years_max: int
    re_election_reminder_days: Days
    re_election_report_days: int
    seat_reminder_days: Days
    union_members_min: int


RULES: Versions[GovernanceRules] = Versions.load(Path(__file__).parent.parent / "data" / "governance", GovernanceRules)
rules_in_force = of_record(lambda: RULES, "GOVERNANCE", "rules_version")


Rules = Annotated[GovernanceRules, Given(rules_in_force)]


# ── ballots ───────────────────────────────────────────────────────────────────────────────────────
class Vote(Value):
    """How a matter was put to the vote: counts only, nobody's choice. `subject` refers to what was decided, such as a charter's id."""

    matter: Matter
    subject: Annotated[str, Field(max_length=120)] = ""
    secret: bool
    in_favour: Count
    against: Count = 0
    abstained: Count = 0


class Ballot(Vote):
    """A vote as it counts: `passed` by its own majority, `valid` if body, presence and secrecy were as the rule wants."""

    passed: bool
    valid: bool


def enough(part: int, whole: int, share: str, strict: bool = False) -> bool:
    """Whether `part` of `whole` reaches the share, or goes beyond it when strict; of nobody nothing is enough."""
    wanted = Fraction(share) * whole
    return whole > 0 and (part > wanted if strict else part >= wanted)


def counted(vote: Vote, body: Body, present: int, entitled: int, rules: GovernanceRules) -> Ballot:
    """What a vote is worth among so many present of so many entitled."""
    rule = rules.matters[vote.matter]
    passed = enough(vote.in_favour, present if rule.base == "PRESENT" else entitled, rule.for_min, rule.strict)
    proper = body in rule.bodies and enough(present, entitled, rule.present_min) and (vote.secret or not rule.secret)
    return Ballot(**vote.model_dump(), passed=passed, valid=proper)


def days_before(day: date, earlier: date) -> int:
    """Days from `earlier` to `day`."""
    return (day - earlier).days
