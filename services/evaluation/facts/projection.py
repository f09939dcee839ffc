"""The fact store: one row per association, key and year, written by the events heard (domain §4.4).

A row `{_id: association~key~year, association, key, year, value, sources, events, changed_at}` belongs to the day the event
speaks of, not to the day it arrived; so late events find their year. Counting is safe because the inbox lets every event
take effect once.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from services.evaluation.facts import heard as h
from services.evaluation.facts.derived import ratio_text
from services.evaluation.facts.fact import FACTS, SOURCES_KEPT, Scalar
from shared.record import Call, Heard

if TYPE_CHECKING:
    from shared.engine import Effects

ASSOCIATIONS, PROJECTS = "associations", "lead_projects"
LADDER = ("SIGNED", "REGISTERED", "STARTED", "IN_PRODUCTION")  # the stages that score, lowest first (domain §4.4, 3.4.2)


class FactWriter:
    """Writes the facts one event gives, each row with the event as its source."""

    def __init__(self, call: Call, effects: "Effects", association: str) -> None:
        self._call, self._effects, self._association = call, effects, association

    def set(self, key: str, day: date, value: Scalar) -> None:
        self._write(key, day.year, {"$set": {"value": value}})

    def add(self, key: str, day: date, by: int = 1) -> None:
        self._write(key, day.year, {"$inc": {"value": by}})

    def _write(self, key: str, year: int, change: dict[str, dict[str, Any]]) -> None:
        event = self._call.causation or str(self._call.id)
        place = {"association": self._association, "key": key, "year": year}
        change["$set"] = change.get("$set", {}) | place | {"changed_at": self._call.now}
        change["$inc"] = change.get("$inc", {}) | {"events": 1}
        change["$push"] = {"sources": {"$each": [event], "$slice": -SOURCES_KEPT}}
        self._effects.update(FACTS, f"{self._association}~{key}~{year}", change, upsert=True)


async def enter_association(heard: h.AssociationRegistered, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.uscc)
    facts.set("registered_on", heard.registered_on, heard.registered_on.isoformat())
    facts.set("registered_fund", heard.registered_on, heard.registered_fund)
    facts.set("annual.mode", heard.registered_on, heard.annual_mode)
    effects.update(ASSOCIATIONS, heard.uscc, {"$set": {"name": heard.name, "level": heard.level, "district": heard.district}}, upsert=True)


async def count_change(heard: h.AssociationChanged, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.uscc)
    facts.add("changes.total", heard.applied_on)
    facts.add("changes.late", heard.applied_on, int(heard.late))
    if heard.registered_fund is not None:
        facts.set("registered_fund", heard.applied_on, heard.registered_fund)
    if heard.name is not None:
        effects.update(ASSOCIATIONS, heard.uscc, {"$set": {"name": heard.name}}, upsert=True)


async def note_suspension(heard: h.AssociationSuspended | h.AssociationResumed, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.uscc).set("status.suspended", call.today, isinstance(heard, h.AssociationSuspended))


async def note_end(heard: h.AssociationEnded, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.uscc).set("status.ended", call.today, True)


async def count_joining(heard: h.MemberJoined, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("members.joined", heard.joined_on)


async def count_exit(heard: h.MemberExited, call: Call, effects: "Effects") -> None:
    reason = heard.exit_reason if heard.exit_reason in h.EXIT_REASONS else h.NEUTRAL_WHEN_UNKNOWN
    FactWriter(call, effects, heard.association).add(f"exits[{reason}]", heard.left_on)


async def note_annual_due(heard: h.AnnualReportOpened | h.AnnualReportOverdue, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).set("annual.due", date(heard.year, 12, 31), heard.due.isoformat())


async def note_annual_report(heard: h.AnnualReportSubmitted, call: Call, effects: "Effects") -> None:
    facts, year = FactWriter(call, effects, heard.association), date(heard.year, 12, 31)
    facts.set("annual.due", year, heard.due.isoformat())
    facts.set("annual.submitted_on", year, heard.submitted_on.isoformat())


async def note_annual_check(heard: h.AnnualCheckConcluded, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).set("annual.conclusion", date(heard.year, 12, 31), heard.conclusion)


async def note_abnormal_listing(heard: h.AbnormalListingAdded | h.AbnormalListingRemoved, call: Call, effects: "Effects") -> None:
    facts, added = FactWriter(call, effects, heard.association), isinstance(heard, h.AbnormalListingAdded)
    day = heard.listed_on if isinstance(heard, h.AbnormalListingAdded) else heard.removed_on
    facts.set("listing.abnormal", day, added)
    facts.add("listing.abnormal_moves", day)


async def note_serious_listing(heard: h.SeriousViolationListed | h.SeriousViolationRemoved, call: Call, effects: "Effects") -> None:
    listed = isinstance(heard, h.SeriousViolationListed)
    day = heard.listed_on if isinstance(heard, h.SeriousViolationListed) else heard.removed_on
    FactWriter(call, effects, heard.association).set("listing.serious", day, listed)


async def count_lead(heard: h.InvestmentLeadAccepted, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("lead.accepted", call.today)


async def note_project_stage(heard: h.LeadStageAdvanced, call: Call, effects: "Effects") -> None:
    """The highest stage of a project counts, for everyone who has a share of its credit."""
    if heard.stage not in LADDER:
        return
    project = await effects.one(PROJECTS, heard.about) or {}
    if project.get("stage") in LADDER and LADDER.index(project["stage"]) >= LADDER.index(heard.stage):
        return
    effects.update(PROJECTS, heard.about, {"$set": {"stage": heard.stage}}, upsert=True)
    for association in project.get("shares", {}):
        FactWriter(call, effects, association).set(f"lead.stage[{heard.about}]", call.today, heard.stage)


async def note_project_credit(heard: h.LeadCreditAssigned, call: Call, effects: "Effects") -> None:
    """Shares are frozen at the signature; they may be told before or after the stage itself."""
    shares: dict[str, int] = {}
    for credit in heard.credits:
        shares[credit.association] = shares.get(credit.association, 0) + credit.permille
    project = await effects.one(PROJECTS, heard.about) or {}
    effects.update(PROJECTS, heard.about, {"$set": {"shares": shares}}, upsert=True)
    for association, permille in shares.items():
        facts = FactWriter(call, effects, association)
        facts.set(f"lead.share[{heard.about}]", call.today, ratio_text(Fraction(permille, 1000)))
        if "stage" in project:
            facts.set(f"lead.stage[{heard.about}]", call.today, project["stage"])


async def count_offer(heard: h.ServiceOfferPublished, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.owner).add("offers.active", call.today)


async def count_match(heard: h.MatchAccepted | h.MatchFulfilled, call: Call, effects: "Effects") -> None:
    """A match counts once, with the second consent, whoever proposed it."""
    if isinstance(heard, h.MatchAccepted) and len(set(heard.accepted_by)) < 2:
        return
    if heard.association:
        key = "match.accepted" if isinstance(heard, h.MatchAccepted) else "match.fulfilled"
        FactWriter(call, effects, heard.association).add(key, call.today)


async def count_partnership(heard: h.CrossRegionPartnershipFormed, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("partners.formed", heard.formed_on)


async def count_exchange(heard: h.ExchangeHeld, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("partners.exchanges", heard.held_on)


async def note_grade(heard: h.EvaluationCompleted | h.RatingDowngraded, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    facts.set("rating.grade", call.today, heard.grade)
    if isinstance(heard, h.EvaluationCompleted):
        facts.set("rating.valid_from", call.today, heard.valid_from.isoformat())
        facts.set("rating.valid_to", call.today, heard.valid_to.isoformat())


async def note_grade_lost(heard: h.RatingRevoked | h.RatingExpired, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    facts.set("rating.grade", call.today, "NONE")
    if isinstance(heard, h.RatingRevoked) and heard.barred_until:
        facts.set("rating.barred_until", call.today, heard.barred_until.isoformat())


# ── duties kept with the registry ─────────────────────────────────────────────────────────────────
async def note_party(heard: h.PartyInstructorAssigned | h.PartyOrganisationEstablished, call: Call, effects: "Effects") -> None:
    status = "ORGANISATION" if isinstance(heard, h.PartyOrganisationEstablished) else "INSTRUCTOR"
    FactWriter(call, effects, heard.association).set("party.status", heard.since, status)


async def note_party_gone(heard: h.PartyCoverageEnded, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).set("party.status", call.today, "NONE")


async def note_party_counts(heard: h.PartyStatusReported, call: Call, effects: "Effects") -> None:
    facts, counts = FactWriter(call, effects, heard.association), heard.counts
    year = date(counts.year, 12, 31)
    facts.set("party.activities", year, counts.activities)
    facts.set("party.key_staff", year, counts.key_staff_members_count)
    share = Fraction(counts.key_staff_members_count, counts.key_staff_count) if counts.key_staff_count else Fraction(0)
    facts.set("party.key_staff_share", year, ratio_text(share))


async def note_books(heard: h.AccountingSystemAdopted, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    facts.set("acct.npo", heard.adopted_on, heard.standard == "NPO")
    facts.set("acct.separate", heard.adopted_on, heard.separate_books)
    facts.set("acct.kind", heard.adopted_on, heard.accountant_kind)


async def note_statement(heard: h.FinancialStatementFiled, call: Call, effects: "Effects") -> None:
    """A month's counts once if it came in time; a year's tells what was owned, and one filed again replaces it. Debts above what is
    owned are a net worth of nothing: a fact in fen is never below zero."""
    facts, year = FactWriter(call, effects, heard.association), date(int(heard.period[:4]), 12, 31)
    if "-" in heard.period:
        facts.add("acct.statements_on_time", year, int(heard.on_time and not heard.again))
        return
    facts.set("net_assets", year, max(0, heard.net_assets))
    facts.set("income", year, heard.figures.income)


async def note_audit(heard: h.AuditReportFiled, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    if heard.occasion == "YEARLY":
        facts.set("audit.yearly", date(int(heard.period[:4]), 12, 31), True)
    elif heard.occasion in ("RE_ELECTION", "LEGAL_REPRESENTATIVE_CHANGE"):
        facts.set("audit.reelection", heard.audited_on, True)


async def note_agency(heard: h.BookkeepingAgencyEngaged, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    facts.set("agency.valid", heard.begins_on, True)
    facts.set("acct.kind", heard.begins_on, "AGENCY")
    effects.update(ASSOCIATIONS, heard.association, {"$set": {"bookkeeping": heard.about}}, upsert=True)


async def note_agency_gone(heard: h.BookkeepingContractExpired | h.BookkeepingContractTerminated, call: Call, effects: "Effects") -> None:
    """The end of a contract may be heard after the beginning of the next, which stands."""
    row = await effects.one(ASSOCIATIONS, heard.association) or {}
    if row.get("bookkeeping", heard.about) == heard.about:
        day = heard.terminated_on if isinstance(heard, h.BookkeepingContractTerminated) else heard.ends_on
        FactWriter(call, effects, heard.association).set("agency.valid", day, False)


async def note_disclosure(heard: h.DisclosurePublished, call: Call, effects: "Effects") -> None:
    """An item is required once: told with its publication, or before when its day had passed."""
    facts = FactWriter(call, effects, heard.association)
    facts.add("disc.required", heard.due, int(not heard.was_overdue))
    facts.add("disc.published", heard.due)
    facts.add("disc.on_time", heard.due, int(heard.on_time))
    if heard.item == "FEE_STANDARD":
        facts.set("fee.published_days", heard.published_on, max(0, (heard.published_on - heard.fact_on).days))


async def note_disclosure_missed(heard: h.DisclosureOverdue, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("disc.required", heard.due)


async def note_csr_report(heard: h.CsrReportPublished, call: Call, effects: "Effects") -> None:
    said = "ON_TIME" if heard.on_time else "LATE"
    FactWriter(call, effects, heard.association).set("csr.published", date(heard.year, 12, 31), said)


async def count_commitment(heard: h.ServiceCommitmentPublished | h.ServiceCommitmentWithdrawn, call: Call, effects: "Effects") -> None:
    """How many promises stand, whichever year each was made in."""
    made = isinstance(heard, h.ServiceCommitmentPublished)
    row = await effects.one(ASSOCIATIONS, heard.association) or {}
    standing = max(0, row.get("commitments", 0) + (1 if made else -1))
    effects.update(ASSOCIATIONS, heard.association, {"$set": {"commitments": standing}}, upsert=True)
    day = heard.since if isinstance(heard, h.ServiceCommitmentPublished) else heard.withdrawn_on
    FactWriter(call, effects, heard.association).set("commit.items", day, standing)


async def count_breach(heard: h.ServiceCommitmentBreached, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("commit.due", heard.happened_on)


# ── charter, organs, people, fees ─────────────────────────────────────────────────────────────────
async def note_adopted(heard: h.CharterAdopted, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).set("charter.adopted_ok", heard.adopted_on, heard.adopted_ok)


async def note_founding(heard: h.FoundingCharterApproved, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).set("charter.approved", heard.approved_on, True)


async def note_approved(heard: h.CharterApproved, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    facts.set("charter.approved", heard.approved_on, True)
    facts.set("charter.party_clauses", heard.approved_on, len(set(heard.party_clauses)))


def count_ballots(facts: FactWriter, heard: h.GeneralAssemblyHeld | h.CouncilMeetingHeld) -> None:
    facts.add("ballots.reserved", heard.held_on, heard.reserved)
    facts.add("ballots.valid", heard.held_on, heard.reserved_valid)


async def note_assembly(heard: h.GeneralAssemblyHeld, call: Call, effects: "Effects") -> None:
    """One assembly a year as the charter requires is enough: another that was not takes nothing away."""
    facts = FactWriter(call, effects, heard.association)
    count_ballots(facts, heard)
    known = await effects.one(FACTS, f"{heard.association}~ga.held~{heard.held_on.year}") or {}
    if heard.as_charter or not known.get("value"):
        facts.set("ga.held", heard.held_on, heard.as_charter)
        facts.set("ga.attendance_ratio", heard.held_on, ratio_text(Fraction(heard.present, heard.entitled)))


async def note_council(heard: h.CouncilMeetingHeld, call: Call, effects: "Effects") -> None:
    """The standing council's meetings are none of the council's, but its ballots count."""
    facts = FactWriter(call, effects, heard.association)
    count_ballots(facts, heard)
    facts.add("council.count", heard.held_on, int(heard.body == "COUNCIL"))
    if heard.budget_approved:
        facts.set("budget.approved", heard.held_on, True)


async def count_supervision(heard: h.SupervisionReportFiled, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("supervisor.reports", date(heard.year, 12, 31))


COUNCIL = "COUNCIL"  # re-election [换届] is the council's; the other bodies are elected with it


async def begin_term(heard: h.GoverningBodyElected, call: Call, effects: "Effects") -> None:
    """Where no term was known, its end is what is due next; a term that follows lets the re-election before it stand until its own year."""
    known = await effects.one(ASSOCIATIONS, heard.association) or {}
    if heard.body == COUNCIL and not known.get("term"):
        FactWriter(call, effects, heard.association).set("term.due", heard.term_from, heard.term_to.isoformat())
        effects.update(ASSOCIATIONS, heard.association, {"$set": {"term": True}}, upsert=True)


async def note_term(
    heard: h.ReElectionDue | h.ReElectionOverdue | h.TermExtensionApproved | h.ReElectionCompleted, call: Call, effects: "Effects"
) -> None:
    """All that is told of one term stands under the year in which it ends, so that two terms are never mixed."""
    ends = heard.term_ends_on
    if heard.body != COUNCIL or ends is None:
        return
    facts = FactWriter(call, effects, heard.association)
    facts.set("term.due", ends, ends.isoformat())
    if isinstance(heard, h.TermExtensionApproved):
        facts.set("term.extension_ok", ends, True)
    elif isinstance(heard, h.ReElectionCompleted):
        facts.set("term.done", ends, heard.elected_on.isoformat())
    effects.update(ASSOCIATIONS, heard.association, {"$set": {"term": True}}, upsert=True)


async def seats_of(association: str, effects: "Effects") -> dict[str, list[int]]:
    """Of each seat held: how many meetings there were, and how many were attended."""
    return dict((await effects.one(ASSOCIATIONS, association) or {}).get("seats", {}))


async def note_seat(heard: h.GovernanceSeatAppointed | h.GovernanceAttendanceRecorded, call: Call, effects: "Effects") -> None:
    """How many seats stand in the year, and of all their meetings, the share that was attended."""
    seats, facts = await seats_of(heard.association, effects), FactWriter(call, effects, heard.association)
    attending = isinstance(heard, h.GovernanceAttendanceRecorded)
    day = heard.held_on if isinstance(heard, h.GovernanceAttendanceRecorded) else heard.term_from
    seats[heard.about] = [heard.meetings, heard.attended] if isinstance(heard, h.GovernanceAttendanceRecorded) else [0, 0]
    effects.update(ASSOCIATIONS, heard.association, {"$set": {"seats": seats}}, upsert=True)
    facts.set("seat.count", day, len(seats))
    if attending and (meetings := sum(of for of, _ in seats.values())):
        facts.set("seat.attendance", day, ratio_text(Fraction(sum(there for _, there in seats.values()), meetings)))


async def note_seat_ended(heard: h.GovernanceSeatEnded, call: Call, effects: "Effects") -> None:
    """It was held in its year, and counts there; the years after know nothing of it."""
    seats = await seats_of(heard.association, effects)
    seats.pop(heard.about, None)
    effects.update(ASSOCIATIONS, heard.association, {"$set": {"seats": seats}}, upsert=True)


async def note_officers(heard: h.OfficeBearersElected, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    facts.set("lr.elected", heard.term_from, heard.lr_elected)
    facts.set("lr.other_assoc", heard.term_from, heard.lr_other_association)
    facts.set("lr.age_ok", heard.term_from, heard.lr_age_ok)
    facts.set("lr.terms", heard.term_from, heard.lr_terms)
    facts.set("supervisor.exists", heard.term_from, heard.supervisors > 0)


async def note_officers_filed(heard: h.OfficeBearersFiled | h.OfficerFilingOverdue, call: Call, effects: "Effects") -> None:
    """On file until others are elected and not filed in time."""
    day = heard.filed_on if isinstance(heard, h.OfficeBearersFiled) else heard.file_by
    FactWriter(call, effects, heard.association).set("filings.valid[OFFICERS]", day, isinstance(heard, h.OfficeBearersFiled))


async def note_filing(heard: h.FilingAccepted, call: Call, effects: "Effects") -> None:
    filing = {"BANK": "BANK_ACCOUNT"}.get(heard.filing, heard.filing)
    FactWriter(call, effects, heard.uscc).set(f"filings.valid[{filing}]", call.today, True)


async def note_secretary_general(heard: h.SecretaryGeneralAppointed, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    facts.set("secgen.fulltime", heard.term_from, heard.fulltime)
    facts.set("secgen.by_council", heard.term_from, heard.by_council)
    effects.update(ASSOCIATIONS, heard.association, {"$set": {"secgen": heard.about}}, upsert=True)


async def note_secretary_general_gone(heard: h.SecretaryGeneralReleased, call: Call, effects: "Effects") -> None:
    """The release of one may be heard after the appointment of the next, which stands."""
    row = await effects.one(ASSOCIATIONS, heard.association) or {}
    if row.get("secgen", heard.about) == heard.about:
        FactWriter(call, effects, heard.association).set("secgen.fulltime", heard.released_on, False)


async def count_training(heard: h.TrainingCompleted, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("secgen.hours", heard.held_on, heard.credited)


async def note_staff(heard: h.StaffSummaryUpdated, call: Call, effects: "Effects") -> None:
    facts, n, year = FactWriter(call, effects, heard.association), heard.numbers, date(heard.year, 12, 31)
    facts.set("staff.fulltime", year, n.fulltime)
    facts.set("staff.covered", year, n.covered)
    facts.set("staff.total", year, n.fulltime + n.parttime)
    facts.set("staff.under45", year, n.under45)
    facts.set("staff.training_hours", year, n.training_hours)


async def note_fee_standard(heard: h.MembershipFeeStandardAdopted, call: Call, effects: "Effects") -> None:
    facts = FactWriter(call, effects, heard.association)
    facts.set("fee.ballot", heard.adopted_on, heard.secret_ballot)
    facts.set("fee.tiers", heard.adopted_on, heard.tier_count)


async def count_fee(heard: h.MembershipFeeCharged | h.MembershipFeePaid | h.MembershipFeeWaived, call: Call, effects: "Effects") -> None:
    """A fee is due once it is charged; what was waived is not due any more, what was paid of it before stays."""
    facts, year = FactWriter(call, effects, heard.association), date(heard.year, 12, 31)
    if isinstance(heard, h.MembershipFeePaid):
        facts.add("fee.paid", year, heard.received)
    else:
        facts.add("fee.due", year, heard.amount if isinstance(heard, h.MembershipFeeCharged) else heard.paid - heard.amount)


# ── activities, standards ─────────────────────────────────────────────────────────────────────────
async def count_activity(heard: h.ActivityHeld, call: Call, effects: "Effects") -> None:
    """An assembly is no activity: it is a meeting of the registry's, and told by it. Who came to a training (3.1.4) is left to the panel:
    its share of the members would be nought for everybody whose trainings are older than this platform."""
    FactWriter(call, effects, heard.association).add("act.count", heard.held_on)


NEW_AREA, HIGHER = ("NEW_AREA", "MUNICIPAL"), ("PROVINCIAL", "NATIONAL", "INTERNATIONAL")


def brand_of(level: str) -> str | None:
    """Three points for an event of the new area, five for one of the province or above (3.2.5); below it is no brand of the area."""
    return "act.brand[NEW_AREA]" if level in NEW_AREA else "act.brand[PROVINCIAL_OR_HIGHER]" if level in HIGHER else None


async def count_brand_event(heard: h.BrandEventHeld, call: Call, effects: "Effects") -> None:
    if key := brand_of(heard.level):
        for association in heard.associations:
            FactWriter(call, effects, association).add(key, heard.held_on)


async def count_exhibition(heard: h.ExhibitionEditionReported, call: Call, effects: "Effects") -> None:
    if key := brand_of(heard.level):
        FactWriter(call, effects, heard.association).add(key, call.today)


async def count_governance(heard: h.GovernanceActivityVerified, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("gov.activities", heard.held_on)


async def count_promotion(heard: h.PromotionConferenceHeld, call: Call, effects: "Effects") -> None:
    for association in heard.associations:
        FactWriter(call, effects, association).add("promo.events", heard.held_on)


async def count_mediation(heard: h.MediationCaseAccepted, call: Call, effects: "Effects") -> None:
    FactWriter(call, effects, heard.association).add("med.accepted", heard.accepted_on)


async def count_mediation_closed(heard: h.MediationClosed, call: Call, effects: "Effects") -> None:
    """Closed within sixty days, in the year in which it was accepted: so the share of indicator 3.1.6 is one of the same cases."""
    if (heard.closed_on - heard.accepted_on).days <= 60:
        FactWriter(call, effects, heard.association).add("med.closed_60d", heard.accepted_on)


async def count_service(heard: h.ServiceRequestResolved, call: Call, effects: "Effects") -> None:
    """What an association promised its members and did, in time or late; an answer that was sent back is not a second promise."""
    if heard.provider.startswith("dept:") or heard.reopened:
        return
    facts = FactWriter(call, effects, heard.provider)
    facts.add("commit.due", heard.due_on)
    if heard.resolved_on <= heard.due_on:
        facts.add("commit.kept", heard.due_on)


STANDARDS = {
    "INTERNATIONAL": "INTERNATIONAL_OR_NATIONAL", "NATIONAL": "INTERNATIONAL_OR_NATIONAL", "INDUSTRY": "INDUSTRY_OR_LOCAL", "LOCAL": "INDUSTRY_OR_LOCAL",
}  # fmt: skip


async def count_standard(heard: h.StandardPublished, call: Call, effects: "Effects") -> None:
    """By level and role (3.2.1); of group standards those published count, of enterprise standards none."""
    facts = FactWriter(call, effects, heard.association)
    if heard.level == "GROUP":
        facts.add("std[GROUP]", heard.published_on)
    elif level := STANDARDS.get(heard.level):
        facts.add(f"std[{level},{'LEAD' if heard.role == 'LEAD' else 'PART'}]", heard.published_on)


Projection = Callable[[Any, Call, "Effects"], Awaitable[None]]
PROJECTIONS: dict[type[Heard], Projection] = {
    h.AssociationRegistered: enter_association,
    h.AssociationChanged: count_change,
    h.AssociationSuspended: note_suspension,
    h.AssociationResumed: note_suspension,
    h.AssociationEnded: note_end,
    h.MemberJoined: count_joining,
    h.MemberExited: count_exit,
    h.AnnualReportOpened: note_annual_due,
    h.AnnualReportSubmitted: note_annual_report,
    h.AnnualReportOverdue: note_annual_due,
    h.AnnualCheckConcluded: note_annual_check,
    h.AbnormalListingAdded: note_abnormal_listing,
    h.AbnormalListingRemoved: note_abnormal_listing,
    h.SeriousViolationListed: note_serious_listing,
    h.SeriousViolationRemoved: note_serious_listing,
    h.PartyInstructorAssigned: note_party,
    h.PartyOrganisationEstablished: note_party,
    h.PartyCoverageEnded: note_party_gone,
    h.PartyStatusReported: note_party_counts,
    h.AccountingSystemAdopted: note_books,
    h.FinancialStatementFiled: note_statement,
    h.AuditReportFiled: note_audit,
    h.BookkeepingAgencyEngaged: note_agency,
    h.BookkeepingContractExpired: note_agency_gone,
    h.BookkeepingContractTerminated: note_agency_gone,
    h.DisclosurePublished: note_disclosure,
    h.DisclosureOverdue: note_disclosure_missed,
    h.CsrReportPublished: note_csr_report,
    h.ServiceCommitmentPublished: count_commitment,
    h.ServiceCommitmentWithdrawn: count_commitment,
    h.ServiceCommitmentBreached: count_breach,
    h.CharterAdopted: note_adopted,
    h.FoundingCharterApproved: note_founding,
    h.CharterApproved: note_approved,
    h.GeneralAssemblyHeld: note_assembly,
    h.CouncilMeetingHeld: note_council,
    h.SupervisionReportFiled: count_supervision,
    h.GoverningBodyElected: begin_term,
    h.ReElectionDue: note_term,
    h.ReElectionOverdue: note_term,
    h.TermExtensionApproved: note_term,
    h.ReElectionCompleted: note_term,
    h.GovernanceSeatAppointed: note_seat,
    h.GovernanceAttendanceRecorded: note_seat,
    h.GovernanceSeatEnded: note_seat_ended,
    h.OfficeBearersElected: note_officers,
    h.OfficeBearersFiled: note_officers_filed,
    h.OfficerFilingOverdue: note_officers_filed,
    h.SecretaryGeneralAppointed: note_secretary_general,
    h.SecretaryGeneralReleased: note_secretary_general_gone,
    h.TrainingCompleted: count_training,
    h.StaffSummaryUpdated: note_staff,
    h.MembershipFeeStandardAdopted: note_fee_standard,
    h.MembershipFeeCharged: count_fee,
    h.MembershipFeePaid: count_fee,
    h.MembershipFeeWaived: count_fee,
    h.FilingAccepted: note_filing,
    h.InvestmentLeadAccepted: count_lead,
    h.LeadStageAdvanced: note_project_stage,
    h.LeadCreditAssigned: note_project_credit,
    h.ServiceOfferPublished: count_offer,
    h.MatchAccepted: count_match,
    h.MatchFulfilled: count_match,
    h.ActivityHeld: count_activity,
    h.BrandEventHeld: count_brand_event,
    h.ExhibitionEditionReported: count_exhibition,
    h.GovernanceActivityVerified: count_governance,
    h.PromotionConferenceHeld: count_promotion,
    h.StandardPublished: count_standard,
    h.MediationCaseAccepted: count_mediation,
    h.MediationClosed: count_mediation_closed,
    h.ServiceRequestResolved: count_service,
    h.CrossRegionPartnershipFormed: count_partnership,
    h.ExchangeHeld: count_exchange,
    h.EvaluationCompleted: note_grade,
    h.RatingDowngraded: note_grade,
    h.RatingRevoked: note_grade_lost,
    h.RatingExpired: note_grade_lost,
}
