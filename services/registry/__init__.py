"""The registry: who exists, legal facts, duties kept, what is published.

It records what authorities decide about associations and chambers: plans to found them, registration cases under the regime in
force, the register itself, rolls of members, annual reports and checks, credit lists. It answers who asks: the public list and its
nightly snapshot, challenges and corrections of what it says, the associations' query port, dossiers and figures for those who oversee; as data,
and as pages under `/registry/pages`.

Owns: associations.association · associations.correction · associations.fic_membership · associations.public_notice · directory.challenge ·
directory.snapshot · disclosure.brand_title · disclosure.commitment_breach · disclosure.csr_report · disclosure.development_list_entry ·
disclosure.disclosure_item · disclosure.service_commitment · finance.accounting_status · finance.audit_report · finance.bookkeeping_contract
· finance.financial_statement · governance.association_union · governance.branch · governance.charter · governance.governance_body ·
governance.governance_seat · governance.governing_body · governance.governing_meeting · governance.supervision_report ·
members.annual_income · members.fee_standard · members.member_import · members.membership · members.membership_fee · people.legal_name ·
people.office_bearers · people.sec_gen_profile · people.staff_summary · people.training_duty · people.training_session · port.api_client ·
registration.case · registration.change_case · registration.formation_plan · registration.regime · registration.reorganisation ·
registration.transfer · supervision.annual_report · supervision.credit_listing · supervision.industry_dept_link · supervision.inspection ·
supervision.party_building_status · supervision.penalty · supervision.rectification_order

Tells: associations (public) · directory (public) · disclosure (zone) · finance (zone) · governance (zone) · members (internal) · people
(internal) · port (internal) · registration (zone) · supervision (zone)

Hears: evaluation.grades.evaluation_completed.v1 · evaluation.grades.rating_downgraded.v1 · evaluation.grades.rating_expired.v1 ·
evaluation.grades.rating_revoked.v1 · matchmaking.leads.investment_lead_created.v1 · matchmaking.leads.investment_lead_rejected.v1 ·
matchmaking.leads.investment_lead_screened.v1 · matchmaking.leads.lead_dropped.v1 · matchmaking.leads.lead_linked.v1 ·
matchmaking.leads.lead_reclassified.v1 · matchmaking.leads.lead_reopened.v1 · matchmaking.leads.lead_stage_advanced.v1 ·
matchmaking.partnerships.cross_region_partnership_formed.v1 · matchmaking.partnerships.friendship_ended.v1 ·
registry.associations.association_activated.v1 · registry.associations.association_changed.v1 ·
registry.associations.association_classified.v1 · registry.associations.association_corrected.v1 ·
registry.associations.association_decoupled.v1 · registry.associations.association_deregistered.v1 ·
registry.associations.association_jurisdiction_transferred.v1 · registry.associations.association_liquidation_started.v1 ·
registry.associations.association_merged.v1 · registry.associations.association_registered.v1 ·
registry.associations.association_registration_revoked.v1 · registry.associations.association_resumed.v1 ·
registry.associations.association_suspended.v1 · registry.associations.correction_approved.v1 ·
registry.associations.supervising_unit_assigned.v1 · registry.disclosure.brand_title_expired.v1 · registry.disclosure.brand_title_granted.v1
· registry.disclosure.brand_title_renewed.v1 · registry.disclosure.csr_report_overdue.v1 · registry.disclosure.csr_report_published.v1 ·
registry.disclosure.development_list_updated.v1 · registry.disclosure.disclosure_overdue.v1 · registry.disclosure.disclosure_published.v1 ·
registry.disclosure.service_commitment_published.v1 · registry.disclosure.service_commitment_revised.v1 ·
registry.disclosure.service_commitment_withdrawn.v1 · registry.finance.accounting_system_adopted.v1 · registry.finance.audit_report_filed.v1
· registry.finance.bookkeeping_agency_engaged.v1 · registry.finance.bookkeeping_contract_expired.v1 ·
registry.finance.bookkeeping_contract_terminated.v1 · registry.finance.financial_statement_filed.v1 · registry.governance.branch_closed.v1 ·
registry.governance.branch_established.v1 · registry.governance.charter_adopted.v1 · registry.governance.charter_approved.v1 ·
registry.governance.council_meeting_held.v1 · registry.governance.founding_charter_approved.v1 ·
registry.governance.general_assembly_held.v1 · registry.governance.governance_body_dissolved.v1 ·
registry.governance.re_election_completed.v1 · registry.governance.re_election_due.v1 · registry.governance.re_election_overdue.v1 ·
registry.governance.supervision_report_filed.v1 · registry.governance.term_extension_approved.v1 · registry.members.annual_finance_filed.v1
· registry.members.member_exited.v1 · registry.members.member_joined.v1 · registry.members.member_tier_changed.v1 ·
registry.members.membership_fee_paid.v1 · registry.members.membership_fee_standard_adopted.v1 · registry.people.office_bearers_elected.v1 ·
registry.people.secretary_general_appointed.v1 · registry.people.secretary_general_released.v1 · registry.people.staff_summary_updated.v1 ·
registry.people.training_cancelled.v1 · registry.people.training_completed.v1 · registry.people.training_cycle_ended.v1 ·
registry.people.training_overdue.v1 · registry.registration.certificate_issued.v1 · registry.registration.change_approved.v1 ·
registry.registration.registration_case_opened.v1 · registry.registration.registration_completed.v1 ·
registry.registration.registration_refused.v1 · registry.registration.registration_withdrawn.v1 ·
registry.registration.reorganisation_approved.v1 · registry.registration.transfer_accepted.v1 ·
registry.supervision.abnormal_listing_added.v1 · registry.supervision.abnormal_listing_removed.v1 ·
registry.supervision.annual_report_opened.v1 · registry.supervision.annual_report_overdue.v1 ·
registry.supervision.annual_report_published.v1 · registry.supervision.annual_report_submitted.v1 ·
registry.supervision.party_instructor_assigned.v1 · registry.supervision.party_organisation_established.v1 ·
registry.supervision.party_status_reported.v1 · registry.supervision.penalty_annulled.v1 · registry.supervision.penalty_imposed.v1 ·
registry.supervision.rectification_fulfilled.v1 · registry.supervision.rectification_ordered.v1 ·
registry.supervision.rectification_overdue.v1 · registry.supervision.serious_listing_due.v1 ·
registry.supervision.serious_violation_listed.v1 · registry.supervision.serious_violation_removed.v1
"""
