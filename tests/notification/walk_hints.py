"""Where the blind walk of `tests/test_records.py` would not find the way: what the sender says of its own attempt, and whom a later step
of a case or a match concerns, which only its opening says."""

from random import Random
from typing import Any

from services.notification.ledger.addressees import Addressee
from services.notification.ledger.telling import notices
from tests.walk import ASSOCIATIONS, Hints


def of_this_attempt(notice: Any, dice: Random) -> dict[str, Any]:
    return {"attempt": notice.attempts}


def somebody(_: Any, dice: Random) -> dict[str, Any]:
    """One who is reached by both channels, and one who has no address."""
    to = Addressee(
        organisation=dice.choice(ASSOCIATIONS), category=dice.choice(("STATUTORY", "DUTY")), urgency=dice.choice(("NORMAL", "EXTRA_URGENT")),
        channels=("IN_APP", "EMAIL"), template="annual_report_overdue", template_version="1", rules_version="1",
        values={"association": "甲", "year": "2025", "due": "2026-03-31"}, escalate_to=("dept:so-admin", "dept:approval"), has_address=True,
    )  # fmt: skip
    return {"given.told": [to, to.model_copy(update={"organisation": "elsewhere", "has_address": False})]}


HINTS: Hints = {f"notification.ledger.notice.{move}": of_this_attempt for move in ("accept", "fail", "doubt")} | {
    f"{notices.name}.{name}": somebody for name, move in notices.moves.items() if move.heard
}
