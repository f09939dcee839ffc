"""What blind chance does not find for a reward: a lead whose credit all three sides have confirmed, with money verified."""

from random import Random
from typing import Any

from services.matchmaking.leads.forms import Credit
from tests.matchmaking.samples import LOGISTICS, a_lead
from tests.walk import Hints


def landed(_: Any, dice: Random) -> dict[str, Any]:
    """A lead of one association, built or in production; nothing of it is due yet."""
    shares = (Credit(association=LOGISTICS, role="INFORMATION", permille=1000),)
    lead = a_lead(
        stage=dice.choice(("STARTED", "IN_PRODUCTION")), credits=shares, credit_confirmed=("INVESTOR", "NEW_CITY", "INVEST_DEPT"),
        paid_in=500_000_000, fixed_assets_verified=2_000_000_000,
    )  # fmt: skip
    return {"given.lead": lead, "given.there": []}


def confirmed(_: Any, dice: Random) -> dict[str, Any]:
    return landed(_, dice) | {"complete": True}


def produces(_: Any, dice: Random) -> dict[str, Any]:
    return landed(_, dice) | {"stage": "IN_PRODUCTION"}


REWARD = "matchmaking.leads.lead_reward"
LEADS: Hints = {
    f"{REWARD}.fall_due_with_funds": landed,
    f"{REWARD}.fall_due_with_credit": confirmed,
    f"{REWARD}.fall_due_with_production": produces,
}
