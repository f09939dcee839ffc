"""Evaluation: judgement by rule. It keeps the facts other services tell of each association, and turns them into points and grades.

A round is opened under one version of the rulebook (`data/rulebooks`, 1000 points); automatic indicators are reckoned from the fact
store and frozen under a hash, the rest is marked by a panel; a committee votes by named ballot; the grade is publicised, reviewed,
confirmed, and then lowered, revoked or expires. Every point can be explained: inputs, formula, rule version, source events.

Owns: grades.grade · rating.application · rating.round

Tells: grades (public) · rating (zone)

Hears: evaluation.grades.evaluation_completed.v1 · evaluation.grades.rating_downgraded.v1 · evaluation.grades.rating_expired.v1 ·
evaluation.grades.rating_revoked.v1 · evaluation.rating.rating_confirmed.v1 · matchmaking.activities.activity_held.v1 ·
matchmaking.activities.brand_event_held.v1 · matchmaking.activities.exhibition_edition_reported.v1 ·
matchmaking.activities.governance_activity_verified.v1 · matchmaking.conference.promotion_event_held.v1 ·
matchmaking.leads.investment_lead_accepted.v1 · matchmaking.leads.lead_credit_assigned.v1 · matchmaking.leads.lead_stage_advanced.v1 ·
matchmaking.matching.match_accepted.v1 · matchmaking.matching.match_fulfilled.v1 · matchmaking.matching.service_offer_published.v1 ·
matchmaking.mediation.mediation_case_accepted.v1 · matchmaking.mediation.mediation_failed.v1 · matchmaking.mediation.mediation_settled.v1 ·
matchmaking.partnerships.cross_region_partnership_formed.v1 · matchmaking.partnerships.exchange_held.v1 ·
matchmaking.projects.standard_published.v1 · matchmaking.regions.delegation_visited.v1 · matchmaking.regions.promotion_conference_held.v1 ·
matchmaking.service_centre.service_request_resolved.v1 · registry.associations.association_changed.v1 ·
registry.associations.association_deregistered.v1 · registry.associations.association_registered.v1 ·
registry.associations.association_registration_revoked.v1 · registry.associations.association_resumed.v1 ·
registry.associations.association_suspended.v1 · registry.disclosure.csr_report_published.v1 · registry.disclosure.disclosure_overdue.v1 ·
registry.disclosure.disclosure_published.v1 · registry.disclosure.service_commitment_breached.v1 ·
registry.disclosure.service_commitment_published.v1 · registry.disclosure.service_commitment_withdrawn.v1 ·
registry.finance.accounting_system_adopted.v1 · registry.finance.audit_report_filed.v1 · registry.finance.bookkeeping_agency_engaged.v1 ·
registry.finance.bookkeeping_contract_expired.v1 · registry.finance.bookkeeping_contract_terminated.v1 ·
registry.finance.financial_statement_filed.v1 · registry.governance.charter_adopted.v1 · registry.governance.charter_approved.v1 ·
registry.governance.council_meeting_held.v1 · registry.governance.founding_charter_approved.v1 ·
registry.governance.general_assembly_held.v1 · registry.governance.governance_attendance_recorded.v1 ·
registry.governance.governance_seat_appointed.v1 · registry.governance.governance_seat_ended.v1 ·
registry.governance.governing_body_elected.v1 · registry.governance.re_election_completed.v1 · registry.governance.re_election_due.v1 ·
registry.governance.re_election_overdue.v1 · registry.governance.supervision_report_filed.v1 ·
registry.governance.term_extension_approved.v1 · registry.members.member_exited.v1 · registry.members.member_joined.v1 ·
registry.members.membership_fee_charged.v1 · registry.members.membership_fee_paid.v1 · registry.members.membership_fee_part_paid.v1 ·
registry.members.membership_fee_standard_adopted.v1 · registry.members.membership_fee_waived.v1 · registry.people.office_bearers_elected.v1
· registry.people.office_bearers_filed.v1 · registry.people.officer_filing_overdue.v1 · registry.people.secretary_general_appointed.v1 ·
registry.people.secretary_general_released.v1 · registry.people.staff_summary_updated.v1 · registry.people.training_completed.v1 ·
registry.registration.filing_accepted.v1 · registry.supervision.abnormal_listing_added.v1 · registry.supervision.abnormal_listing_removed.v1
· registry.supervision.annual_check_concluded.v1 · registry.supervision.annual_report_opened.v1 ·
registry.supervision.annual_report_overdue.v1 · registry.supervision.annual_report_submitted.v1 ·
registry.supervision.party_coverage_ended.v1 · registry.supervision.party_instructor_assigned.v1 ·
registry.supervision.party_organisation_established.v1 · registry.supervision.party_status_reported.v1 ·
registry.supervision.serious_violation_listed.v1 · registry.supervision.serious_violation_removed.v1
"""
