"""Associations in the register (R1–R4, R19; domain §3.3): entered, active, changed, transferred, decoupled, ended."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.registry.associations import association as a
from services.registry.associations import decoupling, ending
from services.registry.associations.association import associations
from services.registry.registration.certificate import Certificate, issue_certificate
from services.registry.registration.naming import Taken
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, OTHER, after, association, by, decided


def change(record=None, **form):
    dated = {"consent_on": MARCH_2, "applied_on": MARCH_2} | form
    return a.change(record or association(), by("REG_AUTHORITY", date(2026, 5, 1)), a.Change(**dated), Taken())


# ── birth ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_register_enters_what_the_certificate_says() -> None:
    issued = issue_certificate(decided(), by("REG_AUTHORITY"), Certificate(uscc=AIR), None)
    event = a.register(by("PLATFORM"), a.CertificateIssued.read(a.CertificateIssued.type, "case-1", issued.public()))
    record = associations.open(event, "ignored")
    assert (record.id, record.stage) == (AIR, "REGISTERED")
    assert record.name_claim == "XX~西咸新区航空物流协会"


def test_it_is_active_when_the_filings_are_complete() -> None:
    event = a.activate(association("REGISTERED"), by("PLATFORM"), a.RegistrationCompleted(about="case-1", uscc=AIR, completed_on=MARCH_2))
    assert (event.uscc, event.name, event.activated_on) == (AIR, "西咸新区航空物流协会", MARCH_2)


# ── classification and place ──────────────────────────────────────────────────────────────────────
def test_classes_are_the_fourteen_of_the_statistics() -> None:
    form = associations.moves["classify"].body
    assert form.model_validate({"so_category": "14", "gbt4754": ["C3825"]}).gbt4754 == ("3825",)
    for wrong in ({"so_category": "15", "gbt4754": ["56"]}, {"so_category": "00", "gbt4754": ["56"]}, {"so_category": "01", "gbt4754": []}):
        with pytest.raises(ValidationError):
            form.model_validate(wrong)
    assert after(associations, association(), a.classify(association(), by("SO_ADMIN"), "07", ("88",), True)).priority_list


def test_a_transfer_moves_level_district_and_the_claim_of_the_name() -> None:
    moved = after(associations, association(), a.transfer(association(), by("REG_AUTHORITY"), "NEW_CITY", "XX-KG"))
    assert (moved.level, moved.district, moved.name_claim) == ("NEW_CITY", "XX-KG", "XX-KG~西咸新区航空物流协会")
    for level, district, code in (("NEW_AREA", "XX", "already_there"), ("NEW_CITY", "XX", "level_and_district")):
        with pytest.raises(Refused) as no:
            a.transfer(association(), by("REG_AUTHORITY"), level, district)
        assert no.value.code == code


def test_a_new_city_sees_its_own_only() -> None:
    from dataclasses import replace

    mine = replace(by("NEW_CITY"), district="XX-KG")
    associations.admit(association(level="NEW_CITY", district="XX-KG"), mine)
    with pytest.raises(Refused) as no:
        associations.admit(association(), mine)
    assert no.value.code == "not_found"


# ── change registration ───────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(("days", "late"), [(0, False), (30, False), (31, True)])
def test_a_change_filed_later_than_thirty_days_after_consent_is_marked_late(days: int, late: bool) -> None:
    event = change(domicile="示范路 2 号", applied_on=MARCH_2 + timedelta(days=days))
    assert event.late is late
    record = after(associations, association(), event)
    assert (record.domicile, record.changes, record.late_changes) == ("示范路 2 号", 1, int(late))


def test_a_change_says_what_is_new_and_how_all_items_stand() -> None:
    event = change(scope="航空物流与临空产业服务")
    assert (event.changed, event.name, event.announced) == (("scope",), "西咸新区航空物流协会", False)
    assert change(legal_representative=OTHER).announced
    assert change(legal_representative=OTHER).legal_claim == OTHER


@pytest.mark.parametrize(
    "wrong",
    [
        {"consent_on": date(2024, 3, 1)},
        {"consent_on": date(2026, 3, 3), "applied_on": date(2026, 3, 2)},
        {"applied_on": date(2026, 5, 2)},
    ],
)
def test_dates_go_in_order(wrong) -> None:
    with pytest.raises(Malformed):
        change(scope="新范围", **wrong)


def test_a_change_that_changes_nothing_is_none() -> None:
    with pytest.raises(ValidationError):
        a.Change(consent_on=MARCH_2, applied_on=MARCH_2)
    with pytest.raises(Refused) as no:
        change(scope="航空物流行业服务")
    assert no.value.code == "nothing_changes"


def test_a_new_name_obeys_the_naming_rules_and_those_like_it_are_acknowledged() -> None:
    with pytest.raises(Refused) as no:
        change(name="西安航空物流协会")
    assert no.value.code == "name_prefix"
    call, taken = by("REG_AUTHORITY", MARCH_2), Taken(names=(("西咸新区空运产业协会", AI),))
    form = {"name": "西咸新区空运协会", "consent_on": MARCH_2, "applied_on": MARCH_2}
    with pytest.raises(Refused) as no:
        a.change(association(), call, a.Change(**form), taken)
    assert no.value.code == "similar_names_not_acknowledged"
    event = a.change(association(), call, a.Change(**form, acknowledged=("西咸新区空运产业协会",)), taken)
    assert (event.name_claim, event.announced) == ("XX~西咸新区空运协会", True)


def test_a_new_representative_represents_nobody_else() -> None:
    form = a.Change(legal_representative=OTHER, consent_on=MARCH_2, applied_on=MARCH_2)
    with pytest.raises(Refused) as no:
        a.change(association(), by("REG_AUTHORITY"), form, Taken(represents=(AI,)))
    assert no.value.code == "legal_representative_taken"


# ── origin and decoupling ─────────────────────────────────────────────────────────────────────────
def test_what_arose_of_itself_has_nothing_to_cut() -> None:
    record = after(associations, association(), decoupling.record_origin(association(), by("SO_ADMIN"), "TRANSFERRED", date(2017, 1, 1)))
    assert (record.origin, record.decoupling) == ("TRANSFERRED", "NOT_APPLICABLE")
    with pytest.raises(Refused) as no:
        decoupling.separate(record, by("SO_ADMIN"), ("FUNCTIONS",))
    assert no.value.code == "nothing_to_decouple"
    with pytest.raises(Malformed):
        decoupling.record_origin(record, by("SO_ADMIN"), "TRANSFERRED", MARCH_2 + timedelta(days=1))


def test_five_separations_make_it_decoupled_without_supervising_unit() -> None:
    record = association(
        supervising_unit="dept:supervising", affiliation="GOV_DEPT", annual_mode="CHECK", annual_first_review="SUPERVISING_UNIT"
    )
    record = after(associations, record, decoupling.record_origin(record, by("SO_ADMIN"), "GOV_INITIATED"))
    assert record.decoupling == "PENDING"
    record = after(associations, record, decoupling.separate(record, by("SO_ADMIN"), decoupling.SEPARATIONS[:4]))
    assert record.decoupling == "PENDING"
    with pytest.raises(Refused) as no:
        decoupling.separate(record, by("SO_ADMIN"), ("ORGANISATION",))
    assert no.value.code == "already_separated"
    record = after(associations, record, decoupling.separate(record, by("SO_ADMIN"), decoupling.SEPARATIONS[4:]))
    assert (record.decoupling, record.supervising_unit, record.annual_first_review) == ("DONE", None, None)


# ── suspension, liquidation, revocation ───────────────────────────────────────────────────────────
def test_suspended_and_let_act_again() -> None:
    record = after(associations, association(), a.suspend(association(), by("SO_ADMIN"), "限期整改"))
    assert (record.stage, record.suspended_for) == ("SUSPENDED", "限期整改")
    assert after(associations, record, a.resume(record, by("SO_ADMIN"))).suspended_for is None


def liquidating(ended: date | None = MARCH_2):
    record = association(supervising_unit="dept:supervising")
    record = after(associations, record, ending.start_liquidation(record, by("ASSOCIATION"), "SELF_DISSOLUTION", MARCH_2))
    return after(associations, record, ending.finish_liquidation(record, by("ASSOCIATION"), ended)) if ended else record


PAPERS = ("APPLICATION", "LIQUIDATION_REPORT", "CONSENT")
BACK = ("CERTIFICATE", "SEAL", "VOUCHERS")


def test_fifteen_days_after_the_liquidation_somebody_is_pressed() -> None:
    ((due, move),) = associations.clocks(liquidating(), {})
    assert (due.astimezone(SHANGHAI).date(), move.name) == (MARCH_2 + timedelta(days=16), "press_for_deregistration")
    assert associations.clocks(liquidating(ended=None), {}) == []


@pytest.mark.parametrize(("days", "late"), [(15, False), (16, True)])
def test_struck_off_in_fifteen_days_or_late(days: int, late: bool) -> None:
    event = ending.deregister(liquidating(), by("REG_AUTHORITY", MARCH_2 + timedelta(days=days)), PAPERS, BACK)
    assert event.late is late
    record = after(associations, liquidating(), event)
    assert (record.stage, record.name_claim, record.legal_claim) == ("DEREGISTERED", None, None)


def test_no_deregistration_before_the_liquidation_has_ended_or_with_a_paper_missing() -> None:
    with pytest.raises(Refused) as no:
        ending.deregister(liquidating(ended=None), by("REG_AUTHORITY"), PAPERS, BACK)
    assert no.value.code == "liquidation_not_ended"
    for papers, back in ((PAPERS[:2], BACK), (PAPERS, BACK[1:])):
        with pytest.raises(Refused) as no:
            ending.deregister(liquidating(), by("REG_AUTHORITY"), papers, back)
        assert no.value.code == "papers_missing"


def test_no_activity_for_a_year_counts_from_the_certificate() -> None:
    young = association(registered_on=date(2025, 3, 3))
    with pytest.raises(Refused) as no:
        ending.revoke(young, by("REG_AUTHORITY", MARCH_2), "NO_ACTIVITY_ONE_YEAR", "1号")
    assert no.value.code == "year_not_over"
    assert ending.revoke(young, by("REG_AUTHORITY", date(2026, 3, 3)), "NO_ACTIVITY_ONE_YEAR", "1号")
    assert ending.revoke(young, by("REG_AUTHORITY", MARCH_2), "FRAUD", "1号").revocation_ground == "FRAUD"


def test_what_was_revoked_is_struck_off_when_certificate_and_seal_are_back() -> None:
    record = after(associations, association(), ending.revoke(association(), by("REG_AUTHORITY"), "GRAVE_BREACH", "1号"))
    assert (record.stage, record.name_claim) == ("REVOKED", None)
    with pytest.raises(Refused):
        ending.strike_off_revoked(record, by("REG_AUTHORITY"), ("SEAL",))
    assert (
        after(associations, record, ending.strike_off_revoked(record, by("REG_AUTHORITY"), ("SEAL", "CERTIFICATE"))).stage == "DEREGISTERED"
    )
