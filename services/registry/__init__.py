"""The registry: who exists, legal facts, duties kept, what is published.

It records what authorities decide about associations and chambers: plans to found them, registration cases under the regime in
force, the register itself, rolls of members and what they owe, how associations govern themselves and who serves them, annual reports
and checks, credit lists; and it keeps the public list.

Owns: associations.association · associations.fic_membership · associations.public_notice · disclosure.brand_title ·
disclosure.commitment_breach · disclosure.csr_report · disclosure.development_list_entry · disclosure.disclosure_item ·
disclosure.service_commitment · finance.accounting_status · finance.audit_report · finance.bookkeeping_contract ·
finance.financial_statement · governance.association_union · governance.branch · governance.charter · governance.governance_body ·
governance.governance_seat · governance.governing_body · governance.governing_meeting · governance.supervision_report ·
members.annual_income · members.fee_standard · members.member_import · members.membership · members.membership_fee · people.office_bearers ·
people.sec_gen_profile · people.staff_summary · people.training_duty · people.training_session · registration.case ·
registration.change_case · registration.charter_case · registration.formation_plan · registration.regime · registration.reorganisation ·
registration.transfer · supervision.annual_report · supervision.credit_listing · supervision.industry_dept_link · supervision.inspection ·
supervision.party_building_status · supervision.penalty · supervision.rectification_order

Tells: associations (public) · disclosure (zone) · finance (zone) · governance (zone) · members (internal) · people (internal) ·
registration (zone) · supervision (zone)

Hears: evaluation.grades.evaluation_completed.v1 · evaluation.grades.rating_downgraded.v1 · evaluation.grades.rating_expired.v1 ·
evaluation.grades.rating_revoked.v1 · registry.associations.association_activated.v1 · registry.associations.association_changed.v1 ·
registry.associations.association_classified.v1 · registry.associations.association_decoupled.v1 ·
registry.associations.association_deregistered.v1 · registry.associations.association_jurisdiction_transferred.v1 ·
registry.associations.association_liquidation_started.v1 · registry.associations.association_merged.v1 ·
registry.associations.association_registered.v1 · registry.associations.association_registration_revoked.v1 ·
registry.associations.association_resumed.v1 · registry.associations.association_suspended.v1 ·
registry.associations.supervising_unit_assigned.v1 · registry.disclosure.brand_title_expired.v1 · registry.disclosure.brand_title_granted.v1
· registry.disclosure.brand_title_renewed.v1 · registry.disclosure.csr_report_published.v1 · registry.disclosure.development_list_updated.v1
· registry.disclosure.disclosure_published.v1 · registry.disclosure.service_commitment_published.v1 ·
registry.disclosure.service_commitment_revised.v1 · registry.disclosure.service_commitment_withdrawn.v1 ·
registry.finance.audit_report_filed.v1 · registry.governance.charter_approved.v1 · registry.governance.governance_body_dissolved.v1 ·
registry.governance.re_election_completed.v1 · registry.members.membership_fee_standard_adopted.v1 ·
registry.people.secretary_general_appointed.v1 · registry.people.secretary_general_released.v1 · registry.people.training_cancelled.v1 ·
registry.people.training_cycle_ended.v1 · registry.people.training_overdue.v1 · registry.registration.certificate_issued.v1 ·
registry.registration.change_approved.v1 · registry.registration.registration_case_opened.v1 ·
registry.registration.registration_completed.v1 · registry.registration.registration_refused.v1 ·
registry.registration.registration_withdrawn.v1 · registry.registration.reorganisation_approved.v1 ·
registry.registration.transfer_accepted.v1 · registry.supervision.abnormal_listing_added.v1 ·
registry.supervision.abnormal_listing_removed.v1 · registry.supervision.annual_report_opened.v1 ·
registry.supervision.annual_report_overdue.v1 · registry.supervision.annual_report_published.v1 · registry.supervision.penalty_annulled.v1 ·
registry.supervision.penalty_imposed.v1 · registry.supervision.rectification_overdue.v1 · registry.supervision.serious_listing_due.v1 ·
registry.supervision.serious_violation_listed.v1 · registry.supervision.serious_violation_removed.v1
"""
