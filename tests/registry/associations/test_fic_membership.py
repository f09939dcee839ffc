"""Group membership in the federation (R13)."""

import pytest

from services.registry.associations import fic_membership as f
from services.registry.associations.fic_membership import fic_memberships
from shared.record import Refused
from tests.registry.examples import AIR, MARCH_2, after, association, by

NAME = "西咸新区航空物流商会"


def joined():
    heard = f.CertificateIssued(about="case-1", uscc=AIR, name=NAME, registered_on=MARCH_2, post_actions=("GRANT_FIC_GROUP_MEMBERSHIP",))
    return fic_memberships.open(f.join_by_certificate(by("PLATFORM"), heard), "member-1")


def test_it_follows_from_the_certificate_where_the_regime_says_so_and_only_there() -> None:
    assert (joined().stage, joined().member, joined().granted_on) == ("ACTIVE", AIR, MARCH_2)
    plain = f.CertificateIssued(about="case-1", uscc=AIR, name=NAME, registered_on=MARCH_2)
    assert f.join_by_certificate(by("PLATFORM"), plain) is None


def test_the_federation_takes_in_whom_it_supervises() -> None:
    for holder, code in (
        (None, "association_not_working"),
        (association("REVOKED"), "association_not_working"),
        (association(), "not_supervised_by_fic"),
    ):
        with pytest.raises(Refused) as no:
            f.grant(by("FIC"), AIR, holder)
        assert no.value.code == code
    assert f.grant(by("FIC"), AIR, association(affiliation="FIC", supervising_unit="dept:fic")).member == AIR


def test_it_ends_with_the_supervision_with_the_association_or_by_the_federation() -> None:
    stays = f.SupervisingUnitAssigned(about=AIR, uscc=AIR, affiliation="FIC")
    assert f.leave_with_supervision(joined(), by("PLATFORM"), stays) is None
    goes = f.SupervisingUnitAssigned(about=AIR, uscc=AIR, affiliation="GOV_DEPT")
    for event in (
        f.end(joined(), by("FIC"), "违反章程"),
        f.leave_with_supervision(joined(), by("PLATFORM"), goes),
        f.leave_when_decoupled(joined(), by("PLATFORM"), f.AssociationDecoupled(about=AIR, uscc=AIR)),
        f.leave_at_the_end(joined(), by("PLATFORM"), f.AssociationDeregistered(about=AIR, uscc=AIR)),
        f.leave_when_revoked(joined(), by("PLATFORM"), f.AssociationRegistrationRevoked(about=AIR, uscc=AIR)),
    ):
        record = after(fic_memberships, joined(), event)
        assert (record.stage, record.member, record.ended_on) == ("ENDED", None, MARCH_2)
