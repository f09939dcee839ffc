"""Rules of inspections, rectification orders and penalties as versioned data (R27; domain §1.10, §3.6)."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from shared.record import Fen, Role
from shared.versions import Versioned, Versions, of_record

PenaltyKind = Literal["WARNING", "FINE", "CONFISCATION", "SUSPENSION", "REVOCATION"]
Days = Annotated[int, Field(ge=1, le=366)]
SUPERVISORS: tuple[Role, ...] = ("SO_ADMIN", "REG_AUTHORITY", "NEW_CITY")  # a new city within its district (R2)


class SupervisionRules(Versioned):
    """Working days for a result and for asking for a hearing, reminders of an order, and which penalties may be heard; fines in fen."""

    basis: str
    entry_working_days: Days
    reminder_days: tuple[Days, ...]
    half_time: bool
    hearing_working_days: Days
    hearing_kinds: tuple[PenaltyKind, ...]
    hearing_fine_fen: Fen
    review_days: Days

    def may_be_heard(self, kind: PenaltyKind, amount: int) -> bool:
        """Whether the association may ask for a hearing before this penalty is imposed."""
        return kind in self.hearing_kinds or (kind in ("FINE", "CONFISCATION") and amount >= self.hearing_fine_fen)


RULES: Versions[SupervisionRules] = Versions.load(Path(__file__).parent.parent / "data" / "supervision", SupervisionRules)
rules_in_force = of_record(lambda: RULES, "SUPERVISION", "rules_version")
