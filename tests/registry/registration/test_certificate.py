"""Registration case: certificate and filings (art. 12, 16; domain §3.3)."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.registry.registration.application import FilingAccepted, RegistrationCompleted
from services.registry.registration.case import cases
from services.registry.registration.certificate import AssociationEnded, Certificate, file, free_claims, issue_certificate
from shared.record import Malformed, Refused
from tests.registry.examples import AIR, MARCH_2, accepted, after, association, by, decided
from tests.registry.regimes import WENZHOU_FIC


def certified():
    case = decided()
    return after(cases, case, issue_certificate(case, by("REG_AUTHORITY"), Certificate(uscc=AIR), None))


def test_the_certificate_says_all_the_register_needs() -> None:
    event = issue_certificate(decided(), by("REG_AUTHORITY"), Certificate(uscc=AIR), None)
    assert (event.uscc, event.name, event.registered_fund, event.registered_on) == (AIR, "西咸新区航空物流协会", 3_000_000, MARCH_2)
    assert (event.regime_code, event.regime_version, event.annual_mode, event.annual_due) == ("DIRECT", "2012-07", "REPORT", "05-31")
    assert (event.supervising_unit, event.affiliation, event.post_actions) == (None, "NONE", ())
    assert certified().stage == "CERTIFIED"


def test_a_chamber_under_the_federation_joins_it() -> None:
    from services.registry.registration.application import Consent

    consent = Consent(role="FIC", organisation="dept:fic", document="1号", consent_on=MARCH_2)
    case = decided().model_copy(update={"regime": WENZHOU_FIC, "consent": consent})
    event = issue_certificate(case, by("REG_AUTHORITY"), Certificate(uscc=AIR), None)
    assert (event.supervising_unit, event.affiliation, event.post_actions) == ("dept:fic", "FIC", ("GRANT_FIC_GROUP_MEMBERSHIP",))


def test_a_paper_certificate_keeps_its_date_but_none_of_tomorrow() -> None:
    older = Certificate(uscc=AIR, registered_on=date(2018, 5, 4))
    assert issue_certificate(decided(), by("REG_AUTHORITY"), older, None).registered_on == date(2018, 5, 4)
    with pytest.raises(Malformed):
        issue_certificate(decided(), by("REG_AUTHORITY"), Certificate(uscc=AIR, registered_on=MARCH_2 + timedelta(days=1)), None)


@pytest.mark.parametrize("wrong", ["51611100PDY000087E", "91611100PDY00001X6", "51100000500000024G", "5161"])
def test_the_credit_code_is_checked_and_is_that_of_an_association(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Certificate(uscc=wrong)


def test_a_credit_code_is_given_once() -> None:
    with pytest.raises(Refused) as no:
        issue_certificate(decided(), by("REG_AUTHORITY"), Certificate(uscc=AIR), association())
    assert no.value.code == "code_taken"
    assert ("uscc",) in cases.unique


def test_no_certificate_without_a_decision() -> None:
    move = cases.moves["issue_certificate"]
    with pytest.raises(Refused) as no:
        cases.decide(accepted(), move, Certificate(uscc=AIR), by("REG_AUTHORITY"), {"holder": None})
    assert no.value.code == "wrong_stage"


def test_filings_one_by_one_make_the_association_active_with_the_last() -> None:
    case = certified()
    case = after(cases, case, file(case, by("REG_AUTHORITY"), ("SEAL",)))
    assert (case.stage, case.filed) == ("FILINGS_PENDING", ("SEAL",))
    with pytest.raises(Refused) as no:
        file(case, by("REG_AUTHORITY"), ("BANK", "SEAL"))
    assert no.value.code == "already_on_file"
    events = file(case, by("REG_AUTHORITY"), ("BANK", "OFFICERS"))
    assert [type(e) for e in events] == [FilingAccepted, FilingAccepted, RegistrationCompleted]
    assert after(cases, case, events).stage == "ACTIVE"


def test_filings_together() -> None:
    case = certified()
    assert after(cases, case, file(case, by("REG_AUTHORITY"), ("SEAL", "BANK", "OFFICERS"))).stage == "ACTIVE"
    with pytest.raises(Malformed):
        file(case, by("REG_AUTHORITY"), ("SEAL", "SEAL"))


def test_the_name_is_free_when_the_association_is_struck_off() -> None:
    case = certified()
    heard = AssociationEnded(about=AIR, uscc=AIR, ended_on=date(2026, 3, 2))
    case = after(cases, case, free_claims(case, by("PLATFORM"), heard))
    assert (case.name_claim, case.legal_claim) == (None, None)
    assert free_claims(case, by("PLATFORM"), heard) is None
