"""The fact store: what each event heard leaves behind, in the year it speaks of."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel

from services.evaluation.facts import heard as h
from services.evaluation.facts.fact import Fact, Facts, facts_of
from services.evaluation.facts.projection import LADDER, PROJECTIONS
from services.evaluation.rulebook.rulebook import rulebooks
from shared.record import Call, Heard

A, B = "51611100PDY00001XA", "51611100PDY000028A"
BOOK = rulebooks().get("XX-IND-1", "2026.1")
Row = dict[str, Any]


class Memory:
    """Effects kept in plain dictionaries, with the few update operators the projection uses."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Row]] = {}

    def update(self, collection: str, id_: str, change: dict[str, Any], *, upsert: bool = True) -> None:
        row = self.rows.setdefault(collection, {}).setdefault(id_, {"_id": id_})
        assert set(change) <= {"$set", "$inc", "$push"}
        row.update(change.get("$set", {}))
        for field, by in change.get("$inc", {}).items():
            row[field] = row.get(field, 0) + by
        for field, push in change.get("$push", {}).items():
            row[field] = [*row.get(field, []), *push["$each"]][push["$slice"] :]

    async def one(self, collection: str, id_: str) -> Row | None:
        return self.rows.get(collection, {}).get(id_)

    @property
    def facts(self) -> dict[tuple[str, int], Any]:
        return {(r["key"], r["year"]): r["value"] for r in self.rows.get("facts", {}).values()}


class Store:
    """Hears events one by one, as the engine would hand them over."""

    def __init__(self) -> None:
        self.memory, self.heard = Memory(), 0

    def hear(self, *events: Heard, on: date = date(2025, 6, 1)) -> "Store":
        for event in events:
            self.heard += 1
            call = Call(
                "PLATFORM", "", datetime(on.year, on.month, on.day, 4, tzinfo=UTC), UUID(int=self.heard), causation=f"event-{self.heard}"
            )
            with suppress(StopIteration):  # nothing here waits, so it comes to its end at once; an event loop for each would cost seconds
                PROJECTIONS[type(event)](event, call, self.memory).send(None)  # type: ignore[arg-type,attr-defined]
                raise AssertionError(f"{type(event).__name__} waits for something")
        return self

    @property
    def facts(self) -> dict[tuple[str, int], Any]:
        return self.memory.facts


def registered() -> h.AssociationRegistered:
    return h.AssociationRegistered(
        uscc=A, name="西咸新区航空物流协会", level="NEW_AREA", district="XX", registered_on=date(2021, 3, 11), registered_fund=3_000_000
    )


def test_a_registration_gives_day_fund_and_mode() -> None:
    store = Store().hear(registered())
    assert store.facts == {("registered_on", 2021): "2021-03-11", ("registered_fund", 2021): 3_000_000, ("annual.mode", 2021): "CHECK"}
    assert store.memory.rows["associations"][A]["name"] == "西咸新区航空物流协会"


def test_changes_are_counted_and_those_filed_late_among_them() -> None:
    on_time = h.AssociationChanged(uscc=A, applied_on=date(2024, 5, 1), registered_fund=5_000_000, name="新名")
    late = h.AssociationChanged(uscc=A, applied_on=date(2024, 9, 1), late=True)
    store = Store().hear(registered(), on_time, late)
    assert (store.facts["changes.total", 2024], store.facts["changes.late", 2024]) == (2, 1)
    assert store.facts["registered_fund", 2024] == 5_000_000
    assert store.memory.rows["associations"][A]["name"] == "新名"


def test_members_count_in_the_year_they_joined_or_left_whenever_it_was_told() -> None:
    store = Store().hear(
        h.MemberExited(association=A, left_on=date(2025, 2, 1), exit_reason="RELOCATED"),
        h.MemberJoined(association=A, joined_on=date(2023, 1, 1)),
        h.MemberJoined(association=A, joined_on=date(2023, 2, 1)),
        h.MemberExited(association=A, left_on=date(2025, 3, 1)),
        h.MemberExited(association=A, left_on=date(2025, 3, 1), exit_reason="a reason of tomorrow"),
    )
    assert store.facts == {("members.joined", 2023): 2, ("exits[RELOCATED]", 2025): 1, ("exits[OTHER]", 2025): 2}


def test_the_annual_report_belongs_to_the_year_it_reports_on() -> None:
    store = Store().hear(
        h.AnnualReportOpened(association=A, year=2024, due=date(2025, 3, 31)),
        h.AnnualReportOverdue(association=A, year=2024, due=date(2025, 3, 31)),
        h.AnnualReportSubmitted(association=A, year=2024, due=date(2025, 3, 31), submitted_on=date(2025, 4, 2)),
        h.AnnualCheckConcluded(association=A, year=2024, conclusion="QUALIFIED"),
        h.AnnualCheckConcluded(association=A, year=2024, conclusion="BASICALLY_QUALIFIED"),
    )
    assert store.facts == {
        ("annual.due", 2024): "2025-03-31",
        ("annual.submitted_on", 2024): "2025-04-02",
        ("annual.conclusion", 2024): "BASICALLY_QUALIFIED",
    }


def test_lists_and_suspension_are_as_they_stand_and_the_moves_are_counted() -> None:
    store = Store().hear(
        h.AbnormalListingAdded(association=A, listed_on=date(2024, 7, 1)),
        h.AbnormalListingRemoved(association=A, removed_on=date(2025, 1, 5)),
        h.SeriousViolationListed(association=A, listed_on=date(2024, 8, 1)),
        h.SeriousViolationRemoved(association=A, removed_on=date(2024, 9, 1)),
        h.AssociationSuspended(uscc=A),
        h.AssociationResumed(uscc=A),
        h.AssociationEnded(uscc=A),
    )
    assert store.facts == {
        ("listing.abnormal", 2024): True, ("listing.abnormal_moves", 2024): 1, ("listing.abnormal", 2025): False, ("listing.abnormal_moves", 2025): 1,
        ("listing.serious", 2024): False, ("status.suspended", 2025): False, ("status.ended", 2025): True,
    }  # fmt: skip


def stage(code: str) -> h.LeadStageAdvanced:
    return h.LeadStageAdvanced(about="lead-1", stage=code)


SHARED = h.LeadCreditAssigned(
    about="lead-1",
    credits=[
        h.LeadCredit(association=A, permille=600),
        h.LeadCredit(association=B, permille=300),
        h.LeadCredit(association=B, permille=100),
    ],
)


@pytest.mark.parametrize("order", [(SHARED, stage("SIGNED")), (stage("SIGNED"), SHARED)], ids=["credit first", "stage first"])
def test_everyone_with_a_share_sees_the_project_grow_in_whatever_order_it_is_told(order: tuple[Heard, ...]) -> None:
    store = Store().hear(stage("NEGOTIATING"), *order).hear(stage("STARTED"), stage("REGISTERED"), on=date(2026, 2, 1))
    kept = {(r["association"], r["key"], r["year"]): r["value"] for r in store.memory.rows["facts"].values()}
    assert kept == {
        (A, "lead.share[lead-1]", 2025): "0.6", (B, "lead.share[lead-1]", 2025): "0.4",
        (A, "lead.stage[lead-1]", 2025): "SIGNED", (B, "lead.stage[lead-1]", 2025): "SIGNED",
        (A, "lead.stage[lead-1]", 2026): "STARTED", (B, "lead.stage[lead-1]", 2026): "STARTED",
    }  # fmt: skip


def test_a_project_without_credit_gives_nobody_a_fact() -> None:
    assert Store().hear(stage("SIGNED"), stage("IN_PRODUCTION")).facts == {}


def test_leads_offers_matches_and_partnerships_are_counted() -> None:
    store = Store().hear(
        h.InvestmentLeadAccepted(association=A), h.ServiceOfferPublished(owner=A), h.MatchFulfilled(association=A),
        h.MatchAccepted(association=A, accepted_by=("f",)), h.MatchAccepted(association=A, accepted_by=("f", A)), h.MatchAccepted(association=None, accepted_by=("f", "g")),
        h.CrossRegionPartnershipFormed(association=A, formed_on=date(2024, 1, 1)),
        h.ExchangeHeld(association=A, held_on=date(2024, 2, 1)), h.ExchangeHeld(association=A, held_on=date(2024, 3, 1)),
    )  # fmt: skip
    assert store.facts == {
        ("lead.accepted", 2025): 1, ("offers.active", 2025): 1, ("match.accepted", 2025): 1, ("match.fulfilled", 2025): 1,
        ("partners.formed", 2024): 1, ("partners.exchanges", 2024): 2,
    }  # fmt: skip


def test_its_own_grades_come_back_as_facts_for_the_next_round() -> None:
    store = Store().hear(h.EvaluationCompleted(association=A, grade="3A", valid_from=date(2026, 1, 1), valid_to=date(2030, 12, 31)))
    assert (store.facts["rating.grade", 2025], store.facts["rating.valid_to", 2025]) == ("3A", "2030-12-31")
    store.hear(h.RatingDowngraded(association=A, grade="2A"))
    assert store.facts["rating.grade", 2025] == "2A"
    store.hear(h.RatingRevoked(association=A, barred_until=date(2027, 6, 1)))
    assert (store.facts["rating.grade", 2025], store.facts["rating.barred_until", 2025]) == ("NONE", "2027-06-01")
    store.hear(h.RatingExpired(association=A), on=date(2031, 1, 1))
    assert store.facts["rating.grade", 2031] == "NONE"


def test_a_row_names_its_last_sources_and_counts_them_all() -> None:
    store = Store().hear(*(h.MemberJoined(association=A, joined_on=date(2025, 1, 1)) for _ in range(25)))
    (fact,) = facts_of(list(store.memory.rows["facts"].values()))
    assert fact == Fact(key="members.joined", year=2025, value=25, sources=tuple(f"event-{n}" for n in range(6, 26)), events=25)


# ── duties kept ───────────────────────────────────────────────────────────────────────────────────
def disclosed(
    item: str = "CHARTER", on: date = date(2025, 3, 1), due: date = date(2025, 3, 31), overdue: bool = False
) -> h.DisclosurePublished:
    return h.DisclosurePublished(
        association=A, item=item, fact_on=date(2025, 2, 20), due=due, published_on=on, on_time=on <= due, was_overdue=overdue
    )


def test_an_item_is_required_once_whether_in_time_or_after_it_was_missed() -> None:
    late = disclosed("AUDIT_SUMMARY", on=date(2025, 8, 1), due=date(2025, 6, 30), overdue=True)
    missed = h.DisclosureOverdue(association=A, due=date(2025, 6, 30))
    store = Store().hear(disclosed(), missed, late, missed)
    assert [store.facts[f"disc.{n}", 2025] for n in ("required", "published", "on_time")] == [3, 2, 1]


def test_the_fee_standard_says_how_many_days_it_took() -> None:
    assert Store().hear(disclosed("FEE_STANDARD")).facts["fee.published_days", 2025] == 9


def test_a_statement_of_a_month_counts_once_and_that_of_a_year_tells_what_is_owned() -> None:
    def filed(period: str, on_time: bool = True, again: bool = False, net: int = 5) -> h.FinancialStatementFiled:
        figures = h.StatementFigures(income=7)
        return h.FinancialStatementFiled(association=A, period=period, figures=figures, net_assets=net, on_time=on_time, again=again)

    store = Store().hear(
        filed("2025-01"), filed("2025-02", on_time=False), filed("2025-01", again=True), filed("2025", net=-5), filed("2024")
    )
    assert store.facts == {
        ("acct.statements_on_time", 2025): 1, ("net_assets", 2025): 0, ("income", 2025): 7, ("net_assets", 2024): 5, ("income", 2024): 7,
    }  # fmt: skip


def test_the_end_of_an_old_contract_heard_late_does_not_end_the_new_one() -> None:
    def engaged(contract: str, on: date) -> h.BookkeepingAgencyEngaged:
        return h.BookkeepingAgencyEngaged(about=contract, association=A, begins_on=on)

    over = h.BookkeepingContractExpired(about="old", association=A, ends_on=date(2025, 6, 30))
    store = Store().hear(engaged("old", date(2024, 7, 1)), engaged("new", date(2025, 7, 1)), over)
    assert store.facts["agency.valid", 2025] is True
    store.hear(h.BookkeepingContractTerminated(about="new", association=A, terminated_on=date(2025, 9, 1)))
    assert (store.facts["agency.valid", 2025], store.facts["agency.valid", 2024]) == (False, True)


def test_promises_that_stand_are_counted_across_the_years() -> None:
    store = Store().hear(*(h.ServiceCommitmentPublished(association=A, since=date(2024, 1, 1)) for _ in range(3)))
    store.hear(h.ServiceCommitmentWithdrawn(association=A, withdrawn_on=date(2025, 1, 1)))
    assert (store.facts["commit.items", 2024], store.facts["commit.items", 2025]) == (3, 2)


def test_party_building_in_counts_and_share() -> None:
    counts = h.PartyCounts(year=2025, key_staff_count=0, key_staff_members_count=0, activities=12)
    store = Store().hear(
        h.PartyOrganisationEstablished(association=A, since=date(2024, 5, 1)), h.PartyStatusReported(association=A, counts=counts)
    )
    assert (store.facts["party.status", 2024], store.facts["party.key_staff_share", 2025]) == ("ORGANISATION", "0")
    store.hear(h.PartyCoverageEnded(association=A), on=date(2026, 1, 2))
    assert store.facts["party.status", 2026] == "NONE"


# ── charter, organs, people, fees ─────────────────────────────────────────────────────────────────
def test_a_charter_is_adopted_approved_and_counts_its_party_clauses() -> None:
    store = Store().hear(
        h.CharterAdopted(association=A, adopted_on=date(2025, 3, 1), adopted_ok=True),
        h.CharterApproved(association=A, approved_on=date(2025, 4, 1), party_clauses=("PARTY_LEADERSHIP", "PARTY_ORGANISATION")),
    )
    assert {k: store.facts[k, 2025] for k in ("charter.adopted_ok", "charter.approved", "charter.party_clauses")} == {
        "charter.adopted_ok": True, "charter.approved": True, "charter.party_clauses": 2,
    }  # fmt: skip


def assembly(as_charter: bool, present: int, on: date = date(2025, 3, 1)) -> h.GeneralAssemblyHeld:
    return h.GeneralAssemblyHeld(
        association=A, held_on=on, as_charter=as_charter, present=present, entitled=50, reserved=2, reserved_valid=1
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_proper_assembly_a_year_is_enough_and_every_ballot_counts(order: tuple[int, int]) -> None:
    both = (assembly(True, 40), assembly(False, 10))
    facts = Store().hear(*(both[n] for n in order)).facts
    assert (facts["ga.held", 2025], facts["ga.attendance_ratio", 2025]) == (True, "0.8")
    assert (facts["ballots.reserved", 2025], facts["ballots.valid", 2025]) == (4, 2)


def test_the_council_is_counted_and_its_standing_council_not() -> None:
    def met(body: str, budget: bool) -> h.CouncilMeetingHeld:
        return h.CouncilMeetingHeld(
            association=A, body=body, held_on=date(2025, 3, 1), budget_approved=budget, reserved=1, reserved_valid=1
        )

    facts = Store().hear(met("COUNCIL", True), met("STANDING_COUNCIL", False), met("COUNCIL", False)).facts
    assert (facts["council.count", 2025], facts["budget.approved", 2025], facts["ballots.valid", 2025]) == (2, True, 3)


OLD, NEW = date(2020, 6, 1), date(2025, 6, 1)  # ends of two terms
TERM = {"association": A, "body": "COUNCIL", "term_ends_on": NEW}
DUE, OVERDUE = h.ReElectionDue(**TERM), h.ReElectionOverdue(**TERM)  # type: ignore[arg-type]
EXTENDED = h.TermExtensionApproved(**TERM)  # type: ignore[arg-type]


def elected(on: date, ends: date = NEW, body: str = "COUNCIL") -> h.ReElectionCompleted:
    return h.ReElectionCompleted(association=A, body=body, term_ends_on=ends, elected_on=on)


@pytest.mark.parametrize(
    ("told", "points"),
    [
        ((), 0), ((DUE,), 0), ((DUE, elected(NEW)), 20), ((DUE, elected(date(2025, 1, 2))), 20), ((DUE, OVERDUE), 0),
        ((DUE, OVERDUE, elected(date(2025, 11, 28))), 6), ((DUE, OVERDUE, elected(date(2025, 11, 29))), 0),
        ((DUE, EXTENDED, elected(date(2026, 5, 1))), 14), ((EXTENDED, elected(date(2026, 5, 1))), 14),
        ((elected(date(2025, 5, 1), body="SUPERVISORY_BOARD"),), 20),
    ],
)  # fmt: skip
def test_each_term_is_judged_by_its_own_re_election(told: tuple[Heard, ...], points: int) -> None:
    """The term before was extended and re-elected in time: that helps nobody whose next term is overdue."""
    store = Store().hear(h.ReElectionDue(association=A, body="COUNCIL", term_ends_on=OLD), elected(date(2020, 5, 1), OLD), *told)
    part = next(i for i in BOOK.indicators if i.code == "2.2.4").parts[0]
    award = part.award(Facts(facts_of(list(store.memory.rows["facts"].values())), (2024, 2025), date(2026, 6, 30)))
    assert award == (points if told and told[0].body == "COUNCIL" else 20)  # type: ignore[attr-defined]


def test_a_first_term_that_runs_is_in_time_and_those_that_follow_are_told_by_the_re_election() -> None:
    first = h.GoverningBodyElected(association=A, body="COUNCIL", term_from=date(2024, 5, 1), term_to=date(2029, 5, 1))
    second = h.GoverningBodyElected(association=A, body="COUNCIL", term_from=date(2029, 5, 1), term_to=date(2034, 5, 1))
    facts = Store().hear(first, elected(date(2029, 5, 1), date(2029, 5, 1)), second).facts
    assert facts == {("term.due", 2024): "2029-05-01", ("term.due", 2029): "2029-05-01", ("term.done", 2029): "2029-05-01"}


def test_seats_their_attendance_and_the_year_they_end_in() -> None:
    def attended(seat: str, meetings: int, there: int, on: date) -> h.GovernanceAttendanceRecorded:
        return h.GovernanceAttendanceRecorded(about=seat, association=A, held_on=on, meetings=meetings, attended=there)

    store = Store().hear(
        *(h.GovernanceSeatAppointed(about=seat, association=A, term_from=date(2024, 1, 1)) for seat in ("s-1", "s-2")),
        attended("s-1", 2, 2, date(2024, 5, 1)), attended("s-2", 2, 1, date(2024, 6, 1)),
        h.GovernanceSeatEnded(about="s-2", association=A), attended("s-1", 3, 2, date(2025, 3, 1)),
    )  # fmt: skip
    assert (store.facts["seat.count", 2024], store.facts["seat.attendance", 2024]) == (2, "0.75")
    assert (store.facts["seat.count", 2025], store.facts["seat.attendance", 2025]) == (1, "0.666667")


def test_officers_are_on_file_until_others_are_elected_and_not_filed() -> None:
    chosen = h.OfficeBearersElected(
        association=A, term_from=date(2024, 5, 1), lr_elected=True, lr_age_ok=False, lr_terms=3, lr_other_association=True, supervisors=0
    )
    facts = Store().hear(chosen, h.OfficeBearersFiled(association=A, filed_on=date(2024, 5, 20))).facts
    assert [facts[k, 2024] for k in ("lr.elected", "lr.age_ok", "lr.terms", "lr.other_assoc", "supervisor.exists")] == [
        True, False, 3, True, False,
    ]  # fmt: skip
    assert facts["filings.valid[OFFICERS]", 2024] is True
    store = Store().hear(h.OfficerFilingOverdue(association=A, file_by=date(2025, 1, 3)), h.FilingAccepted(uscc=A, filing="BANK"))
    assert store.facts == {("filings.valid[OFFICERS]", 2025): False, ("filings.valid[BANK_ACCOUNT]", 2025): True}


def test_the_secretary_general_who_goes_takes_nothing_from_the_one_who_came() -> None:
    def appointed(who: str, on: date) -> h.SecretaryGeneralAppointed:
        return h.SecretaryGeneralAppointed(about=who, association=A, term_from=on, fulltime=True, by_council=True)

    gone = h.SecretaryGeneralReleased(about="p-1", association=A, released_on=date(2025, 6, 1))
    alone = Store().hear(appointed("p-1", date(2024, 6, 1)), gone).facts
    assert (alone["secgen.fulltime", 2024], alone["secgen.fulltime", 2025]) == (True, False)
    followed = Store().hear(appointed("p-1", date(2024, 6, 1)), appointed("p-2", date(2025, 5, 30)), gone).facts
    assert followed["secgen.fulltime", 2025] is True


def test_fees_are_due_when_charged_less_what_was_waived() -> None:
    facts = Store().hear(
        *(h.MembershipFeeCharged(association=A, year=2025, amount=200_000) for _ in range(3)),
        h.MembershipFeePaid(association=A, year=2025, received=200_000), h.MembershipFeePaid(association=A, year=2025, received=50_000),
        h.MembershipFeeWaived(association=A, year=2025, amount=200_000, paid=50_000),
    ).facts  # fmt: skip
    assert (facts["fee.due", 2025], facts["fee.paid", 2025]) == (450_000, 250_000)


def test_activities_count_in_the_year_they_were_held() -> None:
    held = (h.ActivityHeld(association=A, held_on=date(year, 5, 6)) for year in (2024, 2025, 2025))
    facts = Store().hear(*held).facts
    assert (facts["act.count", 2024], facts["act.count", 2025]) == (1, 2)


def test_a_brand_counts_for_every_organiser_by_its_level_and_below_the_area_for_none() -> None:
    store = Store().hear(
        h.BrandEventHeld(associations=(A, B), level="NATIONAL", held_on=date(2025, 5, 6)),
        h.BrandEventHeld(associations=(A,), level="NEW_CITY", held_on=date(2025, 5, 7)),
        h.ExhibitionEditionReported(association=A, level="NEW_AREA"),
    )
    rows = {(r["association"], r["key"]): r["value"] for r in store.memory.rows["facts"].values()}
    assert rows == {
        (A, "act.brand[PROVINCIAL_OR_HIGHER]"): 1, (B, "act.brand[PROVINCIAL_OR_HIGHER]"): 1, (A, "act.brand[NEW_AREA]"): 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("told", "data"),
    [
        ("regions.promotion_conference_held", {"held_on": "2026-01-01"}),
        ("regions.delegation_visited", {"held_on": "2026-01-01"}),
        ("conference.promotion_event_held", {"type": "MATCHING_CONFERENCE", "held_at": "2025-12-31T17:30:00Z"}),
    ],
)
def test_conferences_delegations_and_matching_conferences_are_promotion_events_on_their_day_in_xixian(
    told: str, data: dict[str, str]
) -> None:
    heard = h.PromotionConferenceHeld.read(f"matchmaking.{told}.v1", "event-1", {"associations": [A], **data})
    store = Store().hear(heard)
    assert store.facts["promo.events", 2026] == 1


def test_a_founding_charter_is_an_approved_one() -> None:
    assert Store().hear(h.FoundingCharterApproved(association=A, approved_on=date(2025, 4, 1))).facts["charter.approved", 2025] is True


def test_standards_by_level_and_role_and_verified_activities_of_governance() -> None:
    day = date(2025, 5, 6)

    def published(level: str, role: str) -> h.StandardPublished:
        return h.StandardPublished(association=A, level=level, role=role, published_on=day)

    facts = (
        Store()
        .hear(
            published("NATIONAL", "LEAD"), published("LOCAL", "PARTICIPANT"), published("GROUP", "LEAD"), published("ENTERPRISE", "LEAD"),
            h.GovernanceActivityVerified(association=A, held_on=day),
        )
        .facts
    )  # fmt: skip
    assert facts == {
        ("std[INTERNATIONAL_OR_NATIONAL,LEAD]", 2025): 1, ("std[INDUSTRY_OR_LOCAL,PART]", 2025): 1, ("std[GROUP]", 2025): 1, ("gov.activities", 2025): 1,
    }  # fmt: skip


def test_what_is_written_is_what_was_announced_and_fits_the_dictionary() -> None:
    """Every event heard, drawn with everything it can carry, writes keys of `FEEDS` and values of the dictionary's units."""
    assert set(PROJECTIONS) == set(h.FEEDS)
    samples: dict[str, Any] = {
        "year": 2024, "conclusion": "QUALIFIED", "grade": "3A", "stage": LADDER[0], "annual_mode": "REPORT", "exit_reason": "MERGED",
        "occasion": "RE_ELECTION", "period": "2024", "item": "FEE_STANDARD", "figures": {"income": 1}, "net_assets": 1, "on_time": True,
        "was_overdue": False, "separate_books": True, "again": False,
        "counts": {"year": 2024, "key_staff_count": 4, "key_staff_members_count": 1, "activities": 3},
        "registered_fund": 1, "late": True, "association": A, "uscc": A, "owner": A, "accepted_by": (A, "f"), "filing": "BANK",
        **dict.fromkeys(("adopted_ok", "as_charter", "budget_approved", "lr_elected", "lr_age_ok", "lr_other_association", "fulltime", "by_council",
                         "secret_ballot"), True),
        "level": "NATIONAL", "role": "LEAD", "associations": (A,), "provider": A, "reopened": 0,
        "party_clauses": ("PARTY_LEADERSHIP",), "present": 40, "entitled": 50, "reserved": 2, "reserved_valid": 1, "body": "COUNCIL", "meetings": 2,
        "attended": 1, "lr_terms": 1, "supervisors": 1, "credited": 8, "tier_count": 4, "amount": 1, "received": 1, "paid": 1,
        "numbers": {"fulltime": 3, "parttime": 1, "under45": 2, "covered": 3, "training_hours": 24},
    }  # fmt: skip
    for event in PROJECTIONS:
        fields = {n: samples.get(n, sample(f.annotation)) for n, f in event.model_fields.items()}
        store = Store().hear(SHARED) if event is h.LeadStageAdvanced else Store()
        before = set(store.facts)
        store.hear(event.model_validate(fields | {"about": "lead-1"}))
        keys = {k.split("[")[0] + "[*]" if k.startswith("lead.s") else k for k, _ in set(store.facts) - before}
        assert bool(keys) is bool(h.FEEDS[event]), event.__name__
        assert keys <= set(h.FEEDS[event]), event.__name__
        assert not BOOK.dictionary.unfit(facts_of(list(store.memory.rows.get("facts", {}).values()))), event.__name__


def sample(annotation: Any) -> Any:
    if annotation in (date, date | None):
        return date(2024, 5, 1)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {}
    return [{"association": A, "permille": 1000}] if "LeadCredit" in str(annotation) else "x"


def test_a_mediation_counts_in_the_year_it_was_taken_and_as_closed_within_sixty_days_or_not() -> None:
    def case(closed_on: date) -> tuple[h.MediationCaseAccepted, h.MediationClosed]:
        taken = date(2025, 12, 1)
        closed = h.MediationClosed(association=A, accepted_on=taken, closed_on=closed_on)
        return h.MediationCaseAccepted(association=A, accepted_on=taken), closed

    facts = Store().hear(*case(date(2026, 1, 30)), *case(date(2026, 1, 31))).facts
    assert facts == {("med.accepted", 2025): 2, ("med.closed_60d", 2025): 1}


def test_a_service_an_association_promised_counts_once_and_the_counter_has_no_grade() -> None:
    def resolved(provider: str, late: int, reopened: int) -> h.ServiceRequestResolved:
        due = date(2025, 5, 6)
        return h.ServiceRequestResolved(provider=provider, due_on=due, resolved_on=due + timedelta(days=late), reopened=reopened)

    facts = Store().hear(resolved(A, 0, 0), resolved(A, 1, 0), resolved(A, 0, 1), resolved("dept:so-admin", 0, 0)).facts
    assert facts == {("commit.due", 2025): 2, ("commit.kept", 2025): 1}
