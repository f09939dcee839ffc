"""Rules of inspections, rectification orders and penalties as versioned data (R27; domain §1.10, §3.6)."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from shared.record import Call, Fen, Read, Role
from shared.versions import Versioned, Versions

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


async def rules_in_force(read: Read, call: Call, record: Any, body: object) -> SupervisionRules:
    """Given: the rules the record was opened under, or those in force today."""
    return RULES.get("SUPERVISION", record.rules_version) if record else RULES.in_force(call.today)
