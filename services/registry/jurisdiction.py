"""What goes with an association into another new city [登记管辖移交], R2: files are handed over whole, whatever stage they are in.

A record that names the district it was opened under is read, and decided on, by the officials of that district. When the register says
that the association is under another, so do its records: the old new city loses sight of them, the new one gains it.
"""

from typing import Any

from shared.district import District
from shared.record import Call, Event, Heard, Kind


class JurisdictionTransferred(Heard, type="registry.associations.association_jurisdiction_transferred.v1"):
    uscc: str
    district: District


class HandedOver(Event):
    """A record has gone with its association; `district` is the one it is under now."""

    association: str
    district: District


def follows(kind: Kind[Any, Any], told: type[HandedOver]) -> None:
    """Let the records of this kind go where their association goes, and tell it by this event."""

    def follow(record: Any, call: Call, event: JurisdictionTransferred) -> HandedOver | None:
        """The association is under another new city now [随登记管辖移交]."""
        return None if record.district == event.district else told(association=event.uscc, district=event.district)

    follow.__annotations__["return"] = told | None
    field = "id" if kind.key == ("association",) else "association"
    kind.on(JurisdictionTransferred, when=kind.stages, where=lambda e: {field: e.uscc})(follow)
