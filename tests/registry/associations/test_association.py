"""Associations in the register (R1–R4, R19; domain §3.3): entered, active, changed, transferred, decoupled, ended."""

from datetime import date, timedelta

import pytest
from pydantic import ValidationError

from services.registry.associations import association as a
from services.registry.associations import decoupling, ending
from services.registry.associations.association import associations
from services.registry.procedures import PROCEDURES
from services.registry.registration.certificate import Certificate, issue_certificate
from shared.record import SHANGHAI, Malformed, Refused
from tests.registry.examples import AI, AIR, MARCH_2, OTHER, after, association, by, decided, papers_for


def change(record=None, case: str = "change-1", late: bool = False, announced=(), **items):
    """What the register makes of an approved change."""
    event = a.ChangeApproved(about=case, association=AIR, proposed=a.ProposedItems(**items), consent_on=MARCH_2, filed_on=MARCH_2, late=late,
                             announced=announced)  # fmt: skip
    return a.change(record or association(), by("PLATFORM"), event)


# ── birth ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_register_enters_what_the_certificate_says() -> None:
    issued = issue_certificate(decided(), by("REG_AUTHORITY"), Certificate(uscc=AIR), None)
    event = a.register(by("PLATFORM"), a.CertificateIssued.read(a.CertificateIssued.type, "case-1", issued.public()))
    record = associations.open(event, "ignored")
    assert (record.id, record.stage) == (AIR, "REGISTERED")
    assert record.name_claim == "XX~西咸新区航空物流协会"


def test_it_is_active_when_the_filings_are_complete() -> None:
    heard = a.RegistrationCompleted(about="case-1", uscc=AIR, completed_on=MARCH_2)
    (event,) = a.activate(association("REGISTERED"), by("PLATFORM"), heard)
    assert (event.uscc, event.name, event.activated_on) == (AIR, "西咸新区航空物流协会", MARCH_2)
    fic = association("REGISTERED", supervising_unit="dept:fic", affiliation="FIC", annual_first_review="FIC", change_consent_role="FIC")
    _, assigned = a.activate(fic, by("PLATFORM"), heard)
    assert (assigned.supervising_unit, assigned.affiliation, assigned.change_consent_role) == ("dept:fic", "FIC", "FIC")


# ── classification and place ──────────────────────────────────────────────────────────────────────
def test_classes_are_the_fourteen_of_the_statistics() -> None:
    form = associations.moves["classify"].body
    assert form.model_validate({"so_category": "14", "gbt4754": ["C3825"]}).gbt4754 == ("3825",)
    for wrong in ({"so_category": "15", "gbt4754": ["56"]}, {"so_category": "00", "gbt4754": ["56"]}, {"so_category": "01", "gbt4754": []}):
        with pytest.raises(ValidationError):
            form.model_validate(wrong)
    assert after(associations, association(), a.classify(association(), by("SO_ADMIN"), "07", ("88",), True)).priority_list


def test_a_transfer_moves_level_district_and_the_claim_of_the_name() -> None:
    heard = a.TransferAccepted(about="transfer-1", association=AIR, level="NEW_CITY", district="XX-KG")
    moved = after(associations, association(), a.transfer(association(), by("PLATFORM"), heard))
    assert (moved.level, moved.district, moved.name_claim) == ("NEW_CITY", "XX-KG", "XX-KG~西咸新区航空物流协会")


def test_a_new_city_sees_its_own_only() -> None:
    from dataclasses import replace

    mine = replace(by("NEW_CITY"), district="XX-KG")
    associations.admit(association(level="NEW_CITY", district="XX-KG"), mine)
    with pytest.raises(Refused) as no:
        associations.admit(association(), mine)
    assert no.value.code == "not_found"


# ── change registration ───────────────────────────────────────────────────────────────────────────
def test_a_change_says_what_is_new_how_all_items_stand_and_by_which_case() -> None:
    (event,) = change(scope="航空物流与临空产业服务")
    assert (event.changed, event.name, event.announced, event.case) == (("scope",), "西咸新区航空物流协会", False, "change-1")
    (event,) = change(name="西咸新区空运协会", announced=("name",))
    assert (event.name_claim, event.announced) == ("XX~西咸新区空运协会", True)
    assert change(legal_representative=OTHER)[0].legal_claim == OTHER


def test_late_changes_are_counted() -> None:
    record = after(associations, association(), change(domicile="示范路 2 号", late=True))
    assert (record.domicile, record.changes, record.late_changes) == ("示范路 2 号", 1, 1)
    record = after(associations, record, change(record, domicile="示范路 3 号"))
    assert (record.changes, record.late_changes) == (2, 1)


def test_another_supervising_unit_reviews_and_consents_from_now_on() -> None:
    under = association(supervising_unit="dept:supervising", affiliation="GOV_DEPT", annual_first_review="SUPERVISING_UNIT",
                        change_consent_role="SUPERVISING_UNIT")  # fmt: skip
    record = after(associations, under, change(under, supervising_unit="dept:fic", affiliation="FIC"))
    assert (record.supervising_unit, record.affiliation) == ("dept:fic", "FIC")
    assert (record.annual_first_review, record.change_consent_role) == ("FIC", "FIC")
    free = after(associations, association(), change(supervising_unit="dept:fic", affiliation="FIC"))
    assert (free.affiliation, free.annual_first_review, free.change_consent_role) == ("FIC", None, None)  # its regime knows no review


# ── origin and decoupling ─────────────────────────────────────────────────────────────────────────
def separate(record, separations, without: str = ""):
    papers = papers_for("DECOUPLING", items=separations, without=without)
    return decoupling.separate(record, by("SO_ADMIN"), separations, papers, PROCEDURES.in_force(MARCH_2, "DECOUPLING"))


def test_each_separation_is_shown_by_its_papers() -> None:
    record = association(decoupling="PENDING")
    (told,) = separate(record, ("ASSETS_AND_FINANCE",))
    assert [p.kind for p in told.papers] == ["ASSETS_INVENTORY", "SEPARATE_ACCOUNTS"]
    with pytest.raises(Refused) as no:
        separate(record, ("ASSETS_AND_FINANCE",), without="SEPARATE_ACCOUNTS")
    assert (no.value.code, no.value.more["missing"]) == ("papers_missing", ["SEPARATE_ACCOUNTS"])


def test_what_arose_of_itself_has_nothing_to_cut() -> None:
    record = after(associations, association(), decoupling.record_origin(association(), by("SO_ADMIN"), "TRANSFERRED", date(2017, 1, 1)))
    assert (record.origin, record.decoupling) == ("TRANSFERRED", "NOT_APPLICABLE")
    with pytest.raises(Refused) as no:
        separate(record, ("FUNCTIONS",))
    assert no.value.code == "nothing_to_decouple"
    with pytest.raises(Malformed):
        decoupling.record_origin(record, by("SO_ADMIN"), "TRANSFERRED", MARCH_2 + timedelta(days=1))


def test_five_separations_make_it_decoupled_without_supervising_unit() -> None:
    record = association(
        supervising_unit="dept:supervising", affiliation="GOV_DEPT", annual_mode="CHECK", annual_first_review="SUPERVISING_UNIT"
    )
    record = after(associations, record, decoupling.record_origin(record, by("SO_ADMIN"), "GOV_INITIATED"))
    assert record.decoupling == "PENDING"
    record = after(associations, record, separate(record, decoupling.SEPARATIONS[:4]))
    assert record.decoupling == "PENDING"
    with pytest.raises(Refused) as no:
        separate(record, ("ORGANISATION",))
    assert no.value.code == "already_separated"
    record = after(associations, record, separate(record, decoupling.SEPARATIONS[4:]))
    assert (record.decoupling, record.supervising_unit, record.annual_first_review) == ("DONE", None, None)


# ── suspension, liquidation, revocation ───────────────────────────────────────────────────────────
def test_suspended_and_let_act_again() -> None:
    record = after(associations, association(), a.suspend(association(), by("SO_ADMIN"), "限期整改"))
    assert (record.stage, record.suspended_for) == ("SUSPENDED", "限期整改")
    assert after(associations, record, a.resume(record, by("SO_ADMIN"))).suspended_for is None


RULES = PROCEDURES.in_force(MARCH_2, "DEREGISTRATION")
REVOKING = PROCEDURES.in_force(MARCH_2, "REVOCATION")


def start(record, ground: str = "SELF_DISSOLUTION", role: str = "ASSOCIATION", amended=None, plan=None):
    return ending.start_liquidation(record, by(role), ground, MARCH_2, RULES, amended or {}, plan)


def liquidating(ended: date | None = MARCH_2, **other):
    record = association(supervising_unit="dept:supervising", **other)
    record = after(associations, record, start(record))
    return after(associations, record, ending.finish_liquidation(record, by("ASSOCIATION"), ended, RULES)) if ended else record


def test_a_merger_or_split_is_applied_for_as_such() -> None:
    with pytest.raises(Refused) as no:
        start(association(), "MERGER_OR_SPLIT")
    assert no.value.code == "goes_by_reorganisation"


def test_the_grounds_of_the_amendment_count_only_where_it_is_in_force_for_the_authority_and_by_a_plan() -> None:
    amended = {"PARALYSED_BY_BAD_MANAGEMENT": True}
    for role, said in (("REG_AUTHORITY", {}), ("ASSOCIATION", amended)):
        with pytest.raises(Refused) as no:
            start(association(), "PARALYSED_BY_BAD_MANAGEMENT", role, said, "方案")
        assert no.value.code == "ground_not_in_force"
    with pytest.raises(Malformed) as missing:
        start(association(), "PARALYSED_BY_BAD_MANAGEMENT", "REG_AUTHORITY", amended)
    assert missing.value.code == "plan_missing"
    begun = start(association(), "PARALYSED_BY_BAD_MANAGEMENT", "REG_AUTHORITY", amended, "方案")
    assert (begun.ending_ground, begun.amended_ground, begun.plan) == ("OTHER", "PARALYSED_BY_BAD_MANAGEMENT", "方案")


def test_what_was_merged_has_its_place_taken_when_it_is_struck_off() -> None:
    heard = ending.ReorganisationApproved(about="merger-1", association=AIR, survivor=AI, dissolves=True, approved_on=MARCH_2)
    record = after(associations, association(), ending.dissolve_into_others(association(), by("PLATFORM"), heard))
    assert (record.stage, record.ending_ground, record.successor, record.taken_over_by()) == ("LIQUIDATING", "MERGER_OR_SPLIT", AI, "")
    record = after(associations, record, ending.finish_liquidation(record, by("ASSOCIATION"), MARCH_2, RULES))
    gone, merged = ending.deregister(record, by("REG_AUTHORITY"), PAPERS[:2], BACK, RULES)
    assert isinstance(gone, ending.AssociationDeregistered)
    assert (merged.uscc, merged.merged_into) == (AIR, AI)
    record = after(associations, record, [gone, merged])
    assert (record.stage, record.taken_over_by()) == ("DEREGISTERED", AI)


def test_a_split_that_leaves_the_association_does_not_end_it() -> None:
    heard = ending.ReorganisationApproved(about="split-1", association=AIR, survivor=None, dissolves=False, approved_on=MARCH_2)
    assert ending.dissolve_into_others(association(), by("PLATFORM"), heard) is None


PAPERS = ("APPLICATION", "LIQUIDATION_REPORT", "CONSENT")
BACK = ("CERTIFICATE", "SEAL", "VOUCHERS")


def test_fifteen_days_after_the_liquidation_somebody_is_pressed() -> None:
    ((due, move),) = associations.clocks(liquidating(), {})
    assert (due.astimezone(SHANGHAI).date(), move.name) == (MARCH_2 + timedelta(days=16), "press_for_deregistration")
    assert associations.clocks(liquidating(ended=None), {}) == []


@pytest.mark.parametrize(("days", "late"), [(15, False), (16, True)])
def test_struck_off_in_fifteen_days_or_late(days: int, late: bool) -> None:
    (event,) = ending.deregister(liquidating(), by("REG_AUTHORITY", MARCH_2 + timedelta(days=days)), PAPERS, BACK, RULES)
    assert event.late is late
    record = after(associations, liquidating(), event)
    assert (record.stage, record.name_claim, record.legal_claim) == ("DEREGISTERED", None, None)


def test_no_deregistration_before_the_liquidation_has_ended_or_with_a_paper_missing() -> None:
    with pytest.raises(Refused) as no:
        ending.deregister(liquidating(ended=None), by("REG_AUTHORITY"), PAPERS, BACK, RULES)
    assert no.value.code == "liquidation_not_ended"
    for papers, back in ((PAPERS[:2], BACK), (PAPERS, BACK[1:])):
        with pytest.raises(Refused) as no:
            ending.deregister(liquidating(), by("REG_AUTHORITY"), papers, back, RULES)
        assert no.value.code == "papers_missing"


def test_no_activity_for_a_year_counts_from_the_certificate() -> None:
    young = association(registered_on=date(2025, 3, 3))
    with pytest.raises(Refused) as no:
        ending.revoke(young, by("REG_AUTHORITY", MARCH_2), "NO_ACTIVITY_ONE_YEAR", "1号", REVOKING)
    assert no.value.code == "year_not_over"
    assert ending.revoke(young, by("REG_AUTHORITY", date(2026, 3, 3)), "NO_ACTIVITY_ONE_YEAR", "1号", REVOKING)
    assert ending.revoke(young, by("REG_AUTHORITY", MARCH_2), "FRAUD", "1号", REVOKING).revocation_ground == "FRAUD"


def test_what_was_revoked_is_struck_off_when_certificate_and_seal_are_back() -> None:
    record = after(associations, association(), ending.revoke(association(), by("REG_AUTHORITY"), "GRAVE_BREACH", "1号", REVOKING))
    assert (record.stage, record.name_claim) == ("REVOKED", None)
    with pytest.raises(Refused):
        ending.strike_off_revoked(record, by("REG_AUTHORITY"), ("SEAL",), REVOKING)
    assert (
        after(associations, record, ending.strike_off_revoked(record, by("REG_AUTHORITY"), ("SEAL", "CERTIFICATE"), REVOKING)).stage
        == "DEREGISTERED"
    )
