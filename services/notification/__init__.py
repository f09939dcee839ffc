"""notification: who must be told of what, by rule, and what became of it: a row for each cause, recipient, channel and text, for ever.

The in-platform message is the row itself, shown by GET /notification/inbox; e-mail leaves over SMTP (`GUILDHALL_SMTP`, `GUILDHALL_SMTP_FROM`).
Rules, texts, words and delivery times are versioned data. Read models beside the records: `register`, `roll` (members of associations),
`names` (what codes are called), `parties` (who plays which part in a case or a match).

Owns: ledger.contact_point · ledger.notice

Tells: ledger (internal)

Hears: evaluation.grades.certificate_declared_void.v1 · evaluation.grades.evaluation_completed.v1 · evaluation.grades.rating_downgraded.v1 ·
evaluation.grades.rating_expired.v1 · evaluation.grades.rating_expiring.v1 · evaluation.grades.rating_revoked.v1 ·
evaluation.rating.committee_convened.v1 · evaluation.rating.on_site_assessment_completed.v1 · evaluation.rating.panel_appointed.v1 ·
evaluation.rating.rating_applied.v1 · evaluation.rating.rating_eligibility_confirmed.v1 · evaluation.rating.rating_eligibility_rejected.v1 ·
evaluation.rating.rating_not_granted.v1 · evaluation.rating.rating_publicised.v1 · evaluation.rating.rating_rejected.v1 ·
evaluation.rating.rating_review_decided.v1 · evaluation.rating.rating_review_requested.v1 · evaluation.rating.rating_round_opened.v1 ·
evaluation.rating.rating_step_overdue.v1 · evaluation.rating.self_assessment_submitted.v1 ·
matchmaking.activities.activity_filing_overdue.v1 · matchmaking.activities.activity_filing_returned.v1 ·
matchmaking.activities.activity_filing_submitted.v1 · matchmaking.activities.brand_event_filed.v1 ·
matchmaking.activities.contest_entry_prized.v1 · matchmaking.activities.talent_introduction_entered.v1 ·
matchmaking.activities.talent_introduction_unanswered.v1 · matchmaking.conference.conference_arranged.v1 ·
matchmaking.conference.conference_cancelled.v1 · matchmaking.conference.conference_follow_up_due.v1 ·
matchmaking.conference.conference_invited.v1 · matchmaking.conference.participant_absent.v1 · matchmaking.leads.investment_lead_accepted.v1
· matchmaking.leads.investment_lead_created.v1 · matchmaking.leads.investment_lead_rejected.v1 ·
matchmaking.leads.investment_lead_screened.v1 · matchmaking.leads.lead_answered.v1 · matchmaking.leads.lead_claim_expired.v1 ·
matchmaking.leads.lead_claim_yielded.v1 · matchmaking.leads.lead_credit_assigned.v1 · matchmaking.leads.lead_dispute_answered.v1 ·
matchmaking.leads.lead_dispute_dismissed.v1 · matchmaking.leads.lead_dispute_filed.v1 · matchmaking.leads.lead_dispute_overdue.v1 ·
matchmaking.leads.lead_dispute_upheld.v1 · matchmaking.leads.lead_dispute_withdrawn.v1 · matchmaking.leads.lead_dropped.v1 ·
matchmaking.leads.lead_feedback_overdue.v1 · matchmaking.leads.lead_follow_up_overdue.v1 · matchmaking.leads.lead_introducer_lost.v1 ·
matchmaking.leads.lead_linked.v1 · matchmaking.leads.lead_reassigned.v1 · matchmaking.leads.lead_reopened.v1 ·
matchmaking.leads.lead_response_overdue.v1 · matchmaking.leads.lead_reward_approved.v1 · matchmaking.leads.lead_reward_claim_due.v1 ·
matchmaking.leads.lead_reward_claimed.v1 · matchmaking.leads.lead_reward_decision_overdue.v1 · matchmaking.leads.lead_reward_due.v1 ·
matchmaking.leads.lead_reward_lapsed.v1 · matchmaking.leads.lead_reward_paid.v1 · matchmaking.leads.lead_reward_payment_overdue.v1 ·
matchmaking.leads.lead_reward_returned.v1 · matchmaking.leads.lead_reward_withdrawn.v1 · matchmaking.leads.lead_screening_overdue.v1 ·
matchmaking.leads.lead_stage_advanced.v1 · matchmaking.leads.promotion_agency_filed.v1 ·
matchmaking.leads.promotion_agency_filing_overdue.v1 · matchmaking.leads.promotion_mandate_drafted.v1 ·
matchmaking.leads.promotion_mandate_ended.v1 · matchmaking.leads.promotion_mandate_signed.v1 · matchmaking.matching.contact_hidden.v1 ·
matchmaking.matching.contact_shown.v1 · matchmaking.matching.enterprise_changed.v1 · matchmaking.matching.enterprise_introduced.v1 ·
matchmaking.matching.junk_report_dismissed.v1 · matchmaking.matching.junk_report_overdue.v1 · matchmaking.matching.junk_report_upheld.v1 ·
matchmaking.matching.lead_suggested.v1 · matchmaking.matching.lead_suggestion_taken_up.v1 · matchmaking.matching.match_accepted.v1 ·
matchmaking.matching.match_answer_due.v1 · matchmaking.matching.match_connected.v1 · matchmaking.matching.match_declined.v1 ·
matchmaking.matching.match_fulfilled.v1 · matchmaking.matching.match_lapsed.v1 · matchmaking.matching.match_outcome_due.v1 ·
matchmaking.matching.match_proposed.v1 · matchmaking.matching.match_reported.v1 · matchmaking.matching.need_expired.v1 ·
matchmaking.matching.need_expiring.v1 · matchmaking.matching.need_review_overdue.v1 · matchmaking.matching.offer_expired.v1 ·
matchmaking.matching.offer_expiring.v1 · matchmaking.matching.offer_review_overdue.v1 · matchmaking.matching.service_need_returned.v1 ·
matchmaking.matching.service_need_submitted.v1 · matchmaking.matching.service_offer_returned.v1 ·
matchmaking.matching.service_offer_submitted.v1 · matchmaking.mediation.mediation_begun.v1 ·
matchmaking.mediation.mediation_case_accepted.v1 · matchmaking.mediation.mediation_ends_soon.v1 ·
matchmaking.mediation.mediation_extended.v1 · matchmaking.mediation.mediation_failed.v1 · matchmaking.mediation.mediation_filed.v1 ·
matchmaking.mediation.mediation_not_accepted.v1 · matchmaking.mediation.mediation_settled.v1 · matchmaking.mediation.mediation_withdrawn.v1
· matchmaking.mediation.settlement_confirmed.v1 · matchmaking.partnerships.cross_region_partnership_formed.v1 ·
matchmaking.partnerships.exchange_due.v1 · matchmaking.partnerships.friendship_dormant.v1 · matchmaking.partnerships.friendship_ended.v1 ·
matchmaking.partnerships.friendship_expiring.v1 · matchmaking.partnerships.friendship_renewed.v1 ·
matchmaking.partnerships.friendship_revived.v1 · matchmaking.places.tenancy_approved.v1 · matchmaking.places.tenancy_notice_given.v1 ·
matchmaking.places.tenancy_rejected.v1 · matchmaking.places.tenancy_result_overdue.v1 · matchmaking.places.tenancy_review_due.v1 ·
matchmaking.projects.exchange_placement_proposed.v1 · matchmaking.regions.external_organisation_changed.v1 ·
matchmaking.regions.external_organisation_listed.v1 · matchmaking.regions.friendship_agreement_declined.v1 ·
matchmaking.regions.friendship_agreement_lapsed.v1 · matchmaking.regions.friendship_agreement_negotiated.v1 ·
matchmaking.regions.friendship_agreement_proposed.v1 · matchmaking.regions.friendship_agreement_withdrawn.v1 ·
matchmaking.regions.international_org_follow_up_overdue.v1 · matchmaking.regions.international_org_registered.v1 ·
matchmaking.regions.out_of_province_chamber_closed.v1 · matchmaking.regions.out_of_province_chamber_confirmation_overdue.v1 ·
matchmaking.regions.out_of_province_chamber_established.v1 · matchmaking.regions.out_of_province_chamber_founding_overdue.v1 ·
matchmaking.regions.out_of_province_chamber_proposed.v1 · matchmaking.regions.out_of_province_chamber_registered_at_host.v1 ·
matchmaking.regions.out_of_province_chamber_report_overdue.v1 · matchmaking.regions.out_of_province_chamber_returned.v1 ·
matchmaking.regions.out_of_province_chamber_supported.v1 · matchmaking.regions.promotion_answers_due.v1 ·
matchmaking.regions.promotion_event_cancelled.v1 · matchmaking.regions.promotion_event_postponed.v1 ·
matchmaking.regions.promotion_follow_up_overdue.v1 · matchmaking.regions.promotion_guests_invited.v1 ·
matchmaking.service_centre.service_request_declined.v1 · matchmaking.service_centre.service_request_overdue.v1 ·
matchmaking.service_centre.service_request_received.v1 · matchmaking.service_centre.service_request_reopened.v1 ·
matchmaking.service_centre.service_request_resolved.v1 · matchmaking.service_centre.service_request_stands_still.v1 ·
matchmaking.service_centre.service_request_withdrawn.v1 · registry.associations.association_activated.v1 ·
registry.associations.association_changed.v1 · registry.associations.association_decoupled.v1 ·
registry.associations.association_deregistered.v1 · registry.associations.association_jurisdiction_transferred.v1 ·
registry.associations.association_liquidation_started.v1 · registry.associations.association_merged.v1 ·
registry.associations.association_registered.v1 · registry.associations.association_registration_revoked.v1 ·
registry.associations.association_resumed.v1 · registry.associations.association_suspended.v1 ·
registry.associations.deregistration_overdue.v1 · registry.associations.liquidation_ended.v1 · registry.directory.challenge_overdue.v1 ·
registry.directory.challenge_rejected.v1 · registry.directory.challenge_settled.v1 · registry.directory.challenge_upheld.v1 ·
registry.directory.public_fact_challenged.v1 · registry.disclosure.brand_title_applied.v1 · registry.disclosure.brand_title_expired.v1 ·
registry.disclosure.brand_title_expiring.v1 · registry.disclosure.brand_title_granted.v1 · registry.disclosure.breach_answer_overdue.v1 ·
registry.disclosure.commitment_breach_dismissed.v1 · registry.disclosure.commitment_breach_reported.v1 ·
registry.disclosure.csr_report_overdue.v1 · registry.disclosure.csr_report_returned.v1 · registry.disclosure.csr_report_reviewed.v1 ·
registry.disclosure.csr_report_submitted.v1 · registry.disclosure.disclosure_due_soon.v1 · registry.disclosure.disclosure_overdue.v1 ·
registry.disclosure.service_commitment_breached.v1 · registry.finance.bookkeeping_contract_expired.v1 ·
registry.finance.bookkeeping_contract_expiring.v1 · registry.finance.financial_statement_returned.v1 ·
registry.governance.charter_adopted.v1 · registry.governance.charter_approved.v1 · registry.governance.charter_consented.v1 ·
registry.governance.charter_refused.v1 · registry.governance.charter_returned.v1 · registry.governance.charter_submission_due_soon.v1 ·
registry.governance.charter_submission_overdue.v1 · registry.governance.charter_submitted.v1 ·
registry.governance.governance_seat_appointed.v1 · registry.governance.governance_seat_expiring.v1 ·
registry.governance.governing_meeting_missed.v1 · registry.governance.re_election_due.v1 · registry.governance.re_election_overdue.v1 ·
registry.governance.term_extension_approved.v1 · registry.governance.term_extension_refused.v1 ·
registry.governance.term_extension_requested.v1 · registry.members.fee_standard_due_soon.v1 ·
registry.members.fee_standard_publication_overdue.v1 · registry.members.member_applied.v1 · registry.members.member_exited.v1 ·
registry.members.member_joined.v1 · registry.members.member_reinstated.v1 · registry.members.member_suspended.v1 ·
registry.members.membership_declined.v1 · registry.members.membership_dissolved.v1 · registry.people.office_bearers_elected.v1 ·
registry.people.officer_filing_due_soon.v1 · registry.people.officer_filing_overdue.v1 · registry.people.training_due_soon.v1 ·
registry.people.training_opened.v1 · registry.people.training_overdue.v1 · registry.registration.association_formation_planned.v1 ·
registry.registration.certificate_issued.v1 · registry.registration.change_consented.v1 · registry.registration.change_filed.v1 ·
registry.registration.change_filing_due_soon.v1 · registry.registration.change_filing_overdue.v1 · registry.registration.change_proposed.v1
· registry.registration.change_refused.v1 · registry.registration.change_returned.v1 · registry.registration.decision_due_soon.v1 ·
registry.registration.decision_overdue.v1 · registry.registration.formation_due_soon.v1 · registry.registration.formation_overdue.v1 ·
registry.registration.merger_agreed.v1 · registry.registration.name_approved.v1 · registry.registration.name_check_overdue.v1 ·
registry.registration.name_proposed.v1 · registry.registration.name_rejected.v1 · registry.registration.opinion_overdue.v1 ·
registry.registration.opinions_sought.v1 · registry.registration.papers_returned.v1 · registry.registration.papers_submitted.v1 ·
registry.registration.registration_case_opened.v1 · registry.registration.registration_completed.v1 ·
registry.registration.registration_granted.v1 · registry.registration.registration_refused.v1 ·
registry.registration.registration_withdrawn.v1 · registry.registration.reorganisation_approved.v1 ·
registry.registration.reorganisation_proposed.v1 · registry.registration.reorganisation_refused.v1 ·
registry.registration.supervisor_consented.v1 · registry.registration.supervisor_declined.v1 · registry.registration.transfer_declined.v1 ·
registry.registration.transfer_overdue.v1 · registry.registration.transfer_proposed.v1 · registry.supervision.abnormal_listing_added.v1 ·
registry.supervision.abnormal_listing_removed.v1 · registry.supervision.annual_check_concluded.v1 ·
registry.supervision.annual_report_due_soon.v1 · registry.supervision.annual_report_opened.v1 ·
registry.supervision.annual_report_overdue.v1 · registry.supervision.annual_report_returned.v1 ·
registry.supervision.annual_report_submitted.v1 · registry.supervision.annual_review_overdue.v1 ·
registry.supervision.credit_listing_proposed.v1 · registry.supervision.first_review_completed.v1 · registry.supervision.hearing_requested.v1
· registry.supervision.industry_department_linked.v1 · registry.supervision.inspection_announced.v1 ·
registry.supervision.inspection_concluded.v1 · registry.supervision.inspection_result_overdue.v1 ·
registry.supervision.listing_decision_overdue.v1 · registry.supervision.listing_dismissed.v1 · registry.supervision.listing_objected.v1 ·
registry.supervision.objection_overdue.v1 · registry.supervision.objection_rejected.v1 · registry.supervision.penalty_annulled.v1 ·
registry.supervision.penalty_answered.v1 · registry.supervision.penalty_dropped.v1 · registry.supervision.penalty_imposed.v1 ·
registry.supervision.penalty_proposed.v1 · registry.supervision.rectification_due_soon.v1 · registry.supervision.rectification_fulfilled.v1
· registry.supervision.rectification_ordered.v1 · registry.supervision.rectification_overdue.v1 ·
registry.supervision.rectification_report_rejected.v1 · registry.supervision.rectification_reported.v1 ·
registry.supervision.rectification_withdrawn.v1 · registry.supervision.removal_denied.v1 · registry.supervision.removal_requested.v1 ·
registry.supervision.serious_listing_due.v1 · registry.supervision.serious_violation_listed.v1 ·
registry.supervision.serious_violation_removed.v1
"""
