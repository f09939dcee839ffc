"""Matchmaking: whatever brings parties together.

Investment leads from the first report to production; needs, offers and matches of enterprises and associations; organisations
elsewhere, friendship agreements and the partnerships they found; clusters and their tenants, parks, activities, exhibitions, contests,
standards and what is built or learnt together. From profiles built of events it recommends whom to meet, and says why; for a conference
it finds who meets whom, when, and at which table.

Owns: activities.association_activity · activities.brand_event · activities.contest · activities.contest_entry · activities.exhibition ·
activities.exhibition_edition · activities.governance_activity · activities.talent_introduction · conference.conference · leads.lead ·
leads.lead_dispute · leads.lead_reward · leads.promotion_mandate · matching.contact_card · matching.enterprise · matching.lead_push ·
matching.lead_suggestion · matching.match · matching.need · matching.offer · mediation.mediation_case · partnerships.partnership ·
places.park_project · places.tenancy · places.venue · places.venue_unit · projects.exchange_placement · projects.joint_project ·
projects.standard_project · projects.standards_tally · regions.agreement · regions.external_organisation · regions.international_prospect ·
regions.out_of_province_chamber · regions.promotion_event · service_centre.service_item · service_centre.service_request

Tells: activities (zone) · conference (internal) · leads (zone) · matching (internal) · mediation (internal) · partnerships (public) ·
places (zone) · projects (zone) · regions (zone) · service_centre (internal)

Hears: evaluation.grades.evaluation_completed.v1 · evaluation.grades.rating_downgraded.v1 · evaluation.grades.rating_expired.v1 ·
evaluation.grades.rating_revoked.v1 · matchmaking.activities.contest_cancelled.v1 · matchmaking.activities.contest_concluded.v1 ·
matchmaking.activities.talent_introduced.v1 · matchmaking.activities.talent_introduction_confirmed.v1 ·
matchmaking.activities.talent_introduction_denied.v1 · matchmaking.activities.talent_introduction_withdrawn.v1 ·
matchmaking.leads.investment_lead_accepted.v1 · matchmaking.leads.investment_lead_rejected.v1 · matchmaking.leads.lead_credit_confirmed.v1 ·
matchmaking.leads.lead_dispute_upheld.v1 · matchmaking.leads.lead_dropped.v1 · matchmaking.leads.lead_funds_verified.v1 ·
matchmaking.leads.lead_linked.v1 · matchmaking.leads.lead_reclassified.v1 · matchmaking.leads.lead_stage_advanced.v1 ·
matchmaking.matching.enterprise_changed.v1 · matchmaking.matching.enterprise_introduced.v1 · matchmaking.matching.enterprise_retired.v1 ·
matchmaking.matching.junk_report_upheld.v1 · matchmaking.matching.lead_pushed.v1 · matchmaking.matching.lead_suggested.v1 ·
matchmaking.matching.lead_suggestion_taken_up.v1 · matchmaking.matching.match_accepted.v1 · matchmaking.matching.match_connected.v1 ·
matchmaking.matching.match_declined.v1 · matchmaking.matching.match_fulfilled.v1 · matchmaking.matching.match_lapsed.v1 ·
matchmaking.matching.match_proposed.v1 · matchmaking.matching.need_expired.v1 · matchmaking.matching.need_fulfilled.v1 ·
matchmaking.matching.need_renewed.v1 · matchmaking.matching.need_withdrawn.v1 · matchmaking.matching.offer_expired.v1 ·
matchmaking.matching.offer_renewed.v1 · matchmaking.matching.offer_withdrawn.v1 · matchmaking.matching.service_need_published.v1 ·
matchmaking.matching.service_offer_published.v1 · matchmaking.partnerships.cross_region_partnership_formed.v1 ·
matchmaking.partnerships.friendship_ended.v1 · matchmaking.places.tenancy_approved.v1 · matchmaking.places.tenancy_ended.v1 ·
matchmaking.places.tenancy_started.v1 · matchmaking.places.venue_closed.v1 · matchmaking.projects.standard_abolished.v1 ·
matchmaking.projects.standard_project_joined.v1 · matchmaking.projects.standard_published.v1 ·
matchmaking.regions.external_organisation_changed.v1 · matchmaking.regions.external_organisation_delisted.v1 ·
matchmaking.regions.external_organisation_listed.v1 · matchmaking.regions.friendship_agreement_signed.v1 ·
matchmaking.regions.out_of_province_chamber_closed.v1 · matchmaking.regions.out_of_province_chamber_established.v1 ·
registry.associations.association_changed.v1 · registry.associations.association_classified.v1 ·
registry.associations.association_deregistered.v1 · registry.associations.association_jurisdiction_transferred.v1 ·
registry.associations.association_liquidation_started.v1 · registry.associations.association_registered.v1 ·
registry.associations.association_registration_revoked.v1 · registry.associations.association_resumed.v1 ·
registry.associations.association_suspended.v1 · registry.disclosure.development_list_updated.v1 · registry.members.member_exited.v1 ·
registry.members.member_joined.v1 · registry.registration.formation_abandoned.v1 · registry.registration.formation_milestone_reached.v1 ·
registry.supervision.abnormal_listing_added.v1 · registry.supervision.abnormal_listing_removed.v1 ·
registry.supervision.serious_violation_listed.v1 · registry.supervision.serious_violation_removed.v1
"""
