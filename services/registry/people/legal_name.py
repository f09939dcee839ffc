"""Name of the legal representative [法定代表人姓名]: what the register must publish of a person, kept apart from all it need not. Domain §7.4.

The register knows persons by reference. The one name the law makes public stands here, `Private`: in no event, no history and no read model;
the public answers ask for it when they are given. It goes when another person takes the office, or the association ends (PIPL art. 19, 47).
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from services.registry.acting import AssociationEnded
from services.registry.associations.association import Association, associations
from services.registry.associations.subject import association_concerned, living
from services.registry.jurisdiction import HandedOver, follows
from services.registry.values import AUTHORITY, PersonRef
from shared.district import District
from shared.names import Name
from shared.record import Call, Event, Given, Heard, Kind, Private, Read, Record
from shared.uscc import AssociationUscc

Stage = Literal["NAMED", "ERASED"]
PersonName = Annotated[Name, Field(max_length=30, description="as on the certificate [姓名]")]
Cause = Literal["ANOTHER_PERSON", "ASSOCIATION_ENDED", "ENTERED_IN_ERROR"]


class LegalName(Record):
    """Name of the legal representative [法定代表人姓名]"""

    stage: Stage
    association: str
    district: District
    person: PersonRef
    name: Annotated[str, Private] = ""


class LegalRepresentativeNamed(Event, to="NAMED"):
    """The name of this person was entered."""

    association: str
    district: District
    person: PersonRef
    name: Annotated[str, Private] = ""


class LegalRepresentativeNameErased(Event, to="ERASED"):
    """It is kept no longer."""

    association: str
    cause: Cause
    name: Annotated[str, Private] = ""


class LegalNameHandedOver(HandedOver):
    """It went with the association into another new city."""


class RepresentativeChanged(Heard, type="registry.associations.association_changed.v1"):
    uscc: str
    legal_representative: PersonRef


legal_names = Kind[LegalName, Stage](
    LegalName, "registry.people.legal_name", path="legal-representative-names", key=("association",), index=("district",),
    own={"ASSOCIATION": "association", "NEW_CITY": "district"},
)  # fmt: skip


def named(association: Association | None, name: str) -> LegalRepresentativeNamed:
    subject = living(association)
    return LegalRepresentativeNamed(association=subject.id, district=subject.district, person=subject.legal_representative, name=name)


@legal_names.opens(by=AUTHORITY)
def enter(
    call: Call, association: AssociationUscc, name: PersonName, subject: Annotated[Association | None, Given(association_concerned)]
) -> LegalRepresentativeNamed:
    """Enter the name of the legal representative as on the certificate [登记法定代表人姓名]; it is public from then on."""
    return named(subject, name)


async def of_the_record(read: Read, call: Call, record: LegalName, body: Any) -> Association | None:
    return await read.get(associations, record.association)


@legal_names.command(by=AUTHORITY, when=("NAMED", "ERASED"))
def correct(
    record: LegalName, call: Call, name: PersonName, subject: Annotated[Association | None, Given(of_the_record)]
) -> LegalRepresentativeNamed:
    """Correct the name, or enter that of who holds the office now [更正]."""
    return named(subject, name)


@legal_names.command(by=AUTHORITY, when="NAMED")
def erase(record: LegalName, call: Call) -> LegalRepresentativeNameErased:
    """Take out what was entered in error [删除]."""
    return LegalRepresentativeNameErased(association=record.association, cause="ENTERED_IN_ERROR")


@legal_names.on(RepresentativeChanged, when="NAMED", where=lambda e: {"id": e.uscc})
def erase_for_another(record: LegalName, call: Call, event: RepresentativeChanged) -> LegalRepresentativeNameErased | None:
    """Another person represents the association."""
    if event.legal_representative == record.person:
        return None
    return LegalRepresentativeNameErased(association=record.association, cause="ANOTHER_PERSON")


@legal_names.on(AssociationEnded, when="NAMED", where=lambda e: {"id": e.uscc})
def erase_for_ended(record: LegalName, call: Call, event: AssociationEnded) -> LegalRepresentativeNameErased:
    """The association has ended."""
    return LegalRepresentativeNameErased(association=record.association, cause="ASSOCIATION_ENDED")


follows(legal_names, LegalNameHandedOver)
