"""Of whom a duty or a decision speaks: the association a form names, or the one that asks for itself; and that it lives."""

from typing import Any

from services.registry.associations.association import LIVING, Association, associations
from shared.record import Call, Read, Refused


async def association_concerned(read: Read, call: Call, record: Any, body: Any) -> Association | None:
    """Given: the association the form or the event names; without a name, the one that asks."""
    named = getattr(body, "association", "") or getattr(body, "uscc", "") or call.organisation
    return await read.get(associations, named)


def living(association: Association | None) -> Association:
    """The association, which is on the register and has not ended. Raises: Refused `association_not_living`."""
    if association is None or association.stage not in LIVING:
        raise Refused("association_not_living", "no such association lives on the register", "登记簿中无此存续组织", pointer="/association")
    return association
