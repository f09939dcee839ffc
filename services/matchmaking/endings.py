"""How an association comes to its end, as the records of several rooms hear it, and what a day may be."""

from datetime import date
from typing import Annotated

from pydantic import Field

from shared.record import Call, Heard, Refused

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 12, 31))]


class AssociationEnded(
    Heard,
    type="registry.associations.association_deregistered.v1",
    upcasts={"registry.associations.association_registration_revoked.v1": dict},
):
    """Deregistered, or the registration revoked: for what hangs on an association the same."""

    uscc: str


def must_have_happened(day: date, call: Call, since: date | None = None) -> None:
    """Raises: Refused for a day that is still ahead, or lies before what it follows upon."""
    if day > call.today:
        raise Refused("date_ahead", "this day is still ahead", "日期不得晚于今日")
    if since is not None and day < since:
        raise Refused("date_too_early", f"it cannot have been before {since}", f"日期不得早于 {since}")


def must_be_ahead(day: date, call: Call) -> None:
    """Raises: Refused for a plan whose day is over."""
    if day < call.today:
        raise Refused("date_past", "a plan looks ahead", "计划日期不得早于今日")
