"""The association that acts: fetched once, asked whether it may act, and heard when it ends. For records of every room of the registry."""

from collections.abc import Sequence
from datetime import date

from services.registry.associations.association import Association, associations
from shared.record import Call, Heard, Read, Refused
from shared.uscc import AssociationUscc


class AssociationEnded(
    Heard,
    type="registry.associations.association_deregistered.v1",
    upcasts={"registry.associations.association_registration_revoked.v1": dict},
):
    """Deregistered, or the registration revoked: for what hangs on an association the same."""

    uscc: str
    ended_on: date


async def acting(read: Read, call: Call, record: object, body: object) -> Association | None:
    """Given: the association that acts."""
    return await read.get(associations, call.organisation)


def able(association: Association | None, stages: Sequence[str] = ("REGISTERED", "ACTIVE", "SUSPENDED")) -> Association:
    """The association, when it stands in the register in one of these stages. Raises: Refused (`association_not_active`)."""
    if association is None or association.stage not in stages:
        raise Refused("association_not_active", "this association cannot do that now", "该组织当前不能办理此事项")
    return association


__all__ = ["Association", "AssociationEnded", "AssociationUscc", "able", "acting"]
