"""Public notices of the register [公告], domain §3.3: founding, deregistration, revocation, change of name, domicile or representative
(art. 23). They follow from what the register tells, say who is concerned and what is new, and name no person.
"""

from datetime import date
from typing import Annotated, Literal

from services.registry.associations.association import Association, associations
from shared.record import Call, Event, Given, Heard, Kind, Read, Record

Stage = Literal["PUBLISHED"]
Subject = Literal["FOUNDING", "CHANGE", "DEREGISTRATION", "REVOCATION"]
PUBLIC_ITEMS = ("name", "domicile", "legal_representative")


class PublicNotice(Record):
    """Public notice [公告]"""

    stage: Stage
    subject: Subject
    association: str
    name: str
    district: str
    items: tuple[str, ...]
    new_name: str | None
    new_domicile: str | None
    published_on: date


class PublicNoticePublished(Event, to="PUBLISHED", effective="published_on"):
    """`items` are what has changed; of a representative only that there is another."""

    subject: Subject
    association: str
    name: str
    district: str
    items: tuple[str, ...] = ()
    new_name: str | None = None
    new_domicile: str | None = None
    published_on: date


public_notices = Kind[PublicNotice, Stage](
    PublicNotice, "registry.associations.public_notice", path="public-notices", index=("association", "subject", "district"), readers=("PUBLIC", "SO_ADMIN"),
)  # fmt: skip


class AssociationRegistered(Heard, type="registry.associations.association_registered.v1"):
    uscc: str
    name: str
    district: str


class AssociationChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str
    name: str
    domicile: str
    changed: tuple[str, ...] = ()
    announced: bool = False


class AssociationDeregistered(Heard, type="registry.associations.association_deregistered.v1"):
    uscc: str


class AssociationRegistrationRevoked(Heard, type="registry.associations.association_registration_revoked.v1"):
    uscc: str


async def spoken_of(
    read: Read, call: Call, record: object, event: AssociationChanged | AssociationDeregistered | AssociationRegistrationRevoked
) -> Association | None:
    """Given: the association an event speaks of."""
    return await read.get(associations, event.uscc)


@public_notices.opens_on(AssociationRegistered)
def announce_founding(call: Call, event: AssociationRegistered) -> PublicNoticePublished:
    """An association was founded [成立公告]."""
    return PublicNoticePublished(
        subject="FOUNDING", association=event.uscc, name=event.name, district=event.district, published_on=call.today
    )


@public_notices.opens_on(AssociationChanged)
def announce_change(
    call: Call, event: AssociationChanged, holder: Annotated[Association | None, Given(spoken_of)]
) -> PublicNoticePublished | None:
    """Name, domicile or representative have changed [变更公告]."""
    if not event.announced or holder is None:
        return None
    items = tuple(i for i in event.changed if i in PUBLIC_ITEMS)
    return PublicNoticePublished(
        subject="CHANGE", association=event.uscc, name=event.name, district=holder.district, items=items,
        new_name=event.name if "name" in items else None, new_domicile=event.domicile if "domicile" in items else None, published_on=call.today,
    )  # fmt: skip


@public_notices.opens_on(AssociationDeregistered)
def announce_end(
    call: Call, event: AssociationDeregistered, holder: Annotated[Association | None, Given(spoken_of)]
) -> PublicNoticePublished | None:
    """An association was struck off [注销公告]."""
    if holder is None:
        return None
    return PublicNoticePublished(
        subject="DEREGISTRATION", association=event.uscc, name=holder.name, district=holder.district, published_on=call.today
    )


@public_notices.opens_on(AssociationRegistrationRevoked)
def announce_revocation(
    call: Call, event: AssociationRegistrationRevoked, holder: Annotated[Association | None, Given(spoken_of)]
) -> PublicNoticePublished | None:
    """A registration was revoked [撤销登记公告]."""
    if holder is None:
        return None
    return PublicNoticePublished(
        subject="REVOCATION", association=event.uscc, name=holder.name, district=holder.district, published_on=call.today
    )
