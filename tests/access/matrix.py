"""Who may do what, stated once more by hand (reliability B10, §3.5; design §6; domain §0.1, §7.2).

The record files say it where it is decided; this table says it where it is checked, and knows nothing of them. What it means:

    a reading   public: anybody · one who owns: one's own, otherwise 404 · one of `reads`: every record · anybody else 403
    a list      the same, and both its rows and its total hold nothing but what one may read
    a command   a role not named 403 · a role that owns: on one's own, otherwise 404 · any other role named: on every record
    an opening  a role not named 403

What lies outside one's scope is answered as what does not exist. An association owns by its credit code, a new city by its district.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

DEPARTMENTS: dict[str, str] = {
    "REG_AUTHORITY": "dept:approval", "SO_ADMIN": "dept:so-admin", "SUPERVISING_UNIT": "dept:supervising", "INDUSTRY_DEPT": "dept:industry",
    "PARTY_WORK": "dept:party", "FIC": "dept:fic", "INVEST_DEPT": "dept:invest", "ASSOC_DEVELOPMENT_BODY": "dept:development", "OPERATOR": "operator",
}  # fmt: skip
STRANGERS: dict[str, tuple[str, str]] = {  # of each role one who has nothing to do with the record: organisation, district
    "ASSOCIATION": ("51611100PDY000124F", ""), "ENTERPRISE": ("91611100PDY0000284", ""), "PANEL": ("panel:99", ""), "COMMITTEE": ("committee:99", ""),
    "NEW_CITY": ("dept:XX-99", "XX-99"), **{role: (code, "") for role, code in DEPARTMENTS.items()},
}  # fmt: skip
ROLES: tuple[str, ...] = (*STRANGERS, "PUBLIC")  # everybody who can send a request
AUTHORITY = ("REG_AUTHORITY", "NEW_CITY")
OFFICE = ("REG_AUTHORITY", "SO_ADMIN")
PARTIES = ("ASSOCIATION", "ENTERPRISE")
ORGANISERS = ("SO_ADMIN", "INVEST_DEPT", "FIC")
SUPERVISORS = (*OFFICE, "NEW_CITY")
MEMBER_OF_ZONE = {"ASSOCIATION": "association", "NEW_CITY": "district"}
USERS = (
    "ASSOCIATION", "ENTERPRISE", "NEW_CITY", "REG_AUTHORITY", "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC", "INVEST_DEPT",
    "ASSOC_DEVELOPMENT_BODY", "PANEL", "COMMITTEE",
)  # fmt: skip


def each(names: str, roles: Iterable[str]) -> dict[str, tuple[str, ...]]:
    return dict.fromkeys(names.split(), tuple(roles))


@dataclass(frozen=True)
class Access:
    """Of one record type: who reads all of it, who only what is theirs and by which field, who opens and who commands."""

    reads: tuple[str, ...] = ()
    own: Mapping[str, str] = field(default_factory=dict)
    opens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    public: bool = False

    def owns(self, role: str, organisation: str, district: str, state: Mapping[str, Any]) -> bool:
        """Whether the record is within the scope of this role; a role without a field has all of them in its scope."""
        if role not in self.own:
            return True
        claim, owner = district if role == "NEW_CITY" else organisation, state.get(self.own[role])
        return bool(claim) and (claim in owner if isinstance(owner, list) else claim == owner)

    def reading(self, role: str, organisation: str, district: str, state: Mapping[str, Any]) -> int:
        """What a GET of the record, or of its history, must answer."""
        if self.public:
            return 200
        if role in self.own:
            return 200 if self.owns(role, organisation, district, state) else 404
        return 200 if role in self.reads else 403

    def listing(self, role: str) -> int:
        return 200 if self.public or role in self.own or role in self.reads else 403

    def command(self, name: str, role: str, organisation: str, district: str, state: Mapping[str, Any]) -> int:
        """What a command must answer that names a version nobody has read: 412 is as far as one who may can get."""
        if role not in self.commands[name]:
            return 403
        return 412 if self.owns(role, organisation, district, state) else 404


TABLE: dict[str, Access] = {
    # ── registry ──
    "registry/formation-plans": Access(
        reads=("SO_ADMIN", "REG_AUTHORITY", "INVEST_DEPT", "NEW_CITY"), own={"ENTERPRISE": "lead_enterprise", "INDUSTRY_DEPT": "lead_department"},
        opens={"plan": ("SO_ADMIN",)},
        commands=each("confirm_lead start_preparing", ["ENTERPRISE"]) | each("change_lead postpone abandon", ["SO_ADMIN"]),
    ),
    "registry/registration-cases": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC", "INVEST_DEPT", "ASSOC_DEVELOPMENT_BODY"),
        own={"ENTERPRISE": "applicant", "NEW_CITY": "district"}, opens={"apply": ("ENTERPRISE",)},
        commands=each("propose_name submit_papers withdraw", ["ENTERPRISE"]) | each("consent decline_consent", ["SUPERVISING_UNIT", "FIC"])
        | each("approve_name reject_name return_papers issue_certificate file seek_opinions grant refuse", AUTHORITY)
        | each("give_opinion", ["INDUSTRY_DEPT", "SUPERVISING_UNIT", "FIC", "PARTY_WORK", "SO_ADMIN", "NEW_CITY", "INVEST_DEPT", "ASSOC_DEVELOPMENT_BODY"]),
    ),
    "registry/associations": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC", "INVEST_DEPT"), own={"ASSOCIATION": "uscc", "NEW_CITY": "district"},
        commands=each("classify suspend resume record_origin separate", OFFICE) | each("revoke", ["REG_AUTHORITY"])
        | each("deregister strike_off_revoked", AUTHORITY) | each("start_liquidation finish_liquidation", ["ASSOCIATION", "REG_AUTHORITY"]),
    ),
    "registry/registration-regimes": Access(public=True, commands=each("publish retire", ["REG_AUTHORITY"])),
    "registry/change-cases": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "FIC"), own={"ASSOCIATION": "association", "NEW_CITY": "district"},
        opens={"propose": ("ASSOCIATION", *AUTHORITY)},
        commands=each("consent decline_consent", ["SUPERVISING_UNIT", "FIC"]) | each("file", ["ASSOCIATION", *AUTHORITY])
        | each("return_papers register refuse", AUTHORITY) | each("withdraw", ["ASSOCIATION"]),
    ),
    "registry/transfers": Access(
        reads=OFFICE, own={"ASSOCIATION": "association", "NEW_CITY": "district"}, opens={"propose": ("REG_AUTHORITY",)},
        commands=each("accept decline", AUTHORITY) | each("withdraw", ["REG_AUTHORITY"]),
    ),
    "registry/reorganisations": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT"), own={"ASSOCIATION": "parties", "NEW_CITY": "district"}, opens={"propose": ("ASSOCIATION", *AUTHORITY)},
        commands=each("agree decline withdraw", ["ASSOCIATION"]) | each("approve refuse name_successors", AUTHORITY),
    ),
    "registry/public-notices": Access(public=True),
    "registry/fic-memberships": Access(
        reads=("FIC", *OFFICE), own={"ASSOCIATION": "association"}, opens={"grant": ("FIC",)}, commands=each("end", ["FIC"]),
    ),
    "registry/memberships": Access(
        reads=("SO_ADMIN",), own={"ASSOCIATION": "association", "ENTERPRISE": "member"}, opens={"apply": ("ENTERPRISE",), "enrol": ("ASSOCIATION",)},
        commands=each("admit change_tier suspend reinstate", ["ASSOCIATION"]) | each("decline leave", PARTIES),
    ),
    "registry/member-imports": Access(own={"ASSOCIATION": "association"}, commands=each("confirm", ["ASSOCIATION"])),
    "registry/fee-standards": Access(
        reads=OFFICE, own={"ASSOCIATION": "association"}, opens={"adopt": ("ASSOCIATION",)}, commands=each("publish", ["ASSOCIATION"]),
    ),
    "registry/membership-fees": Access(
        reads=("SO_ADMIN",), own={"ASSOCIATION": "association", "ENTERPRISE": "member"}, opens={"charge_year": ("ASSOCIATION",)},
        commands=each("pay waive", ["ASSOCIATION"]),
    ),
    "registry/annual-incomes": Access(
        reads=OFFICE, own={"ASSOCIATION": "association"}, opens={"draft": ("ASSOCIATION",)}, commands=each("revise file audit", ["ASSOCIATION"]),
    ),
    "registry/charters": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"), own={"ASSOCIATION": "association", "NEW_CITY": "district"},
        opens={"draft": ("ASSOCIATION",)}, commands=each("revise adopt submit abandon", ["ASSOCIATION"])
        | each("consent decline_consent", ["SUPERVISING_UNIT", "FIC"]) | each("return_papers approve refuse", AUTHORITY),
    ),
    "registry/governing-bodies": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"), own={"ASSOCIATION": "association", "NEW_CITY": "district"},
        opens={"record": ("ASSOCIATION",)}, commands=each("report ask_extension complete", ["ASSOCIATION"])
        | each("review_extension", ["SUPERVISING_UNIT", "FIC"]) | each("approve_extension refuse_extension", [*OFFICE, "NEW_CITY"]),
    ),
    "registry/governing-meetings": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"), own={"ASSOCIATION": "association"}, opens={"call": ("ASSOCIATION",)},
        commands=each("hold cancel", ["ASSOCIATION"]),
    ),
    "registry/supervision-reports": Access(reads=OFFICE, own={"ASSOCIATION": "association"}, opens={"file": ("ASSOCIATION",)}),
    "registry/branches": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"), own={"ASSOCIATION": "association"}, opens={"establish": ("ASSOCIATION",)},
        commands=each("close", ["ASSOCIATION"]),
    ),
    "registry/governance-bodies": Access(
        reads=(*OFFICE, "NEW_CITY", "ASSOCIATION", "INDUSTRY_DEPT", "FIC", "PARTY_WORK", "SUPERVISING_UNIT"), opens={"list": ("SO_ADMIN", "NEW_CITY")},
        commands=each("dissolve", ["SO_ADMIN", "NEW_CITY"]),
    ),
    "registry/governance-seats": Access(
        reads=(*OFFICE, "NEW_CITY", "INDUSTRY_DEPT", "FIC", "PARTY_WORK"), own={"ASSOCIATION": "association"}, opens={"propose": ("SO_ADMIN", "NEW_CITY")},
        commands=each("accept", ["ASSOCIATION"]) | each("decline end", ["ASSOCIATION", "SO_ADMIN", "NEW_CITY"])
        | each("record_attendance", ["SO_ADMIN", "NEW_CITY"]),
    ),
    "registry/association-unions": Access(
        reads=(*OFFICE, "INDUSTRY_DEPT", "FIC", "NEW_CITY"), own={"ASSOCIATION": "parties"}, opens={"propose": ("ASSOCIATION",)},
        commands=each("join decline invite leave", ["ASSOCIATION"]) | each("dissolve", ["SO_ADMIN"]),
    ),
    "registry/legal-representative-names": Access(
        reads=("REG_AUTHORITY",), own=MEMBER_OF_ZONE, opens={"enter": AUTHORITY}, commands=each("correct erase", AUTHORITY),
    ),
    "registry/office-bearers": Access(
        reads=OFFICE, own={"ASSOCIATION": "association", "NEW_CITY": "district"}, opens={"elect": ("ASSOCIATION",)},
        commands=each("remove add release", ["ASSOCIATION"]) | each("file", AUTHORITY),
    ),
    "registry/secretary-generals": Access(
        reads=("SO_ADMIN", "ASSOCIATION"), opens={"apply": ("SO_ADMIN",)},
        commands=each("pool remove", ["SO_ADMIN"]) | each("appoint", ["ASSOCIATION"]) | each("release", ["ASSOCIATION", "SO_ADMIN"]),
    ),
    "registry/training-sessions": Access(
        reads=(*OFFICE, "ASSOCIATION", "INDUSTRY_DEPT"), opens={"plan": ("SO_ADMIN",)}, commands=each("open cancel close", ["SO_ADMIN"]),
    ),
    "registry/training-duties": Access(
        reads=("SO_ADMIN",), own={"ASSOCIATION": "association"},
        commands=each("enrol", ["ASSOCIATION"]) | each("withdraw", ["ASSOCIATION", "SO_ADMIN"]) | each("credit", ["SO_ADMIN"]),
    ),
    "registry/staff-summaries": Access(
        reads=OFFICE, own={"ASSOCIATION": "association"}, opens={"report": ("ASSOCIATION",)}, commands=each("update", ["ASSOCIATION"]),
    ),
    "registry/annual-reports": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"), own={"ASSOCIATION": "association", "NEW_CITY": "district"},
        opens=each("open open_year", OFFICE),
        commands=each("submit", ["ASSOCIATION"]) | each("first_review send_back", ["SUPERVISING_UNIT", "FIC", "INDUSTRY_DEPT"])
        | each("accept return conclude record_not_taken publish", OFFICE),
    ),
    "registry/credit-listings": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC", "NEW_CITY"), own={"ASSOCIATION": "association"},
        opens=each("propose propose_serious", OFFICE),
        commands=each("object request_removal", ["ASSOCIATION"]) | each("add_cause confirm dismiss answer_objection verify_removal remove", OFFICE),
    ),
    # duties: inspections, orders, penalties, books, disclosure
    "registry/inspections": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"), own=MEMBER_OF_ZONE, opens={"announce": SUPERVISORS},
        commands=each("conclude cancel", SUPERVISORS),
    ),
    "registry/rectification-orders": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"), own=MEMBER_OF_ZONE, opens={"order": SUPERVISORS},
        commands=each("report", ["ASSOCIATION"]) | each("verify withdraw", SUPERVISORS),
    ),
    "registry/penalties": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"), own=MEMBER_OF_ZONE, opens={"propose": SUPERVISORS},
        commands=each("answer request_hearing", ["ASSOCIATION"]) | each("hold_hearing impose drop annul", SUPERVISORS),
    ),
    "registry/industry-department-links": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "FIC"), own={**MEMBER_OF_ZONE, "INDUSTRY_DEPT": "department"}, opens={"link": OFFICE},
        commands=each("unlink", OFFICE),
    ),
    "registry/party-building": Access(
        reads=(*OFFICE, "PARTY_WORK"), own=MEMBER_OF_ZONE, opens={"open": ("PARTY_WORK",)},
        commands=each("assign_instructor establish end_coverage", ["PARTY_WORK"]) | each("report", ["ASSOCIATION", "PARTY_WORK"]),
    ),
    "registry/accounting-statuses": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT"), own=MEMBER_OF_ZONE, opens={"adopt": ("ASSOCIATION",)}, commands=each("change", ["ASSOCIATION"]),
    ),
    "registry/financial-statements": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT"), own=MEMBER_OF_ZONE, opens={"draft": ("ASSOCIATION",)},
        commands=each("revise file", ["ASSOCIATION"]) | each("return", OFFICE),
    ),
    "registry/audit-reports": Access(reads=(*OFFICE, "SUPERVISING_UNIT"), own=MEMBER_OF_ZONE, opens={"file": ("ASSOCIATION",)}),
    "registry/bookkeeping-contracts": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT"), own=MEMBER_OF_ZONE, opens={"engage": ("ASSOCIATION",)}, commands=each("terminate", ["ASSOCIATION"]),
    ),
    "registry/disclosure-items": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC"), own=MEMBER_OF_ZONE, opens={"require": ("ASSOCIATION", "SO_ADMIN")},
        commands=each("publish", ["ASSOCIATION"]) | each("waive", ["SO_ADMIN"]),
    ),
    "registry/csr-reports": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT"), own=MEMBER_OF_ZONE,
        commands=each("submit publish", ["ASSOCIATION"]) | each("review", ["INDUSTRY_DEPT", "SO_ADMIN"]),
    ),
    "registry/service-commitments": Access(
        reads=(*OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "FIC", "ENTERPRISE"), own=MEMBER_OF_ZONE, opens={"publish": ("ASSOCIATION",)},
        commands=each("revise withdraw", ["ASSOCIATION"]),
    ),
    "registry/commitment-breaches": Access(
        reads=("SO_ADMIN",), own=MEMBER_OF_ZONE, opens={"report": ("SO_ADMIN", "NEW_CITY")},
        commands=each("answer", ["ASSOCIATION"]) | each("decide", ["SO_ADMIN"]),
    ),
    "registry/brand-titles": Access(
        reads=(*OFFICE, "INDUSTRY_DEPT", "INVEST_DEPT"), own=MEMBER_OF_ZONE, opens={"apply": ("ASSOCIATION",)},
        commands=each("grant refuse renew end", ["SO_ADMIN"]),
    ),
    "registry/development-list-entries": Access(
        reads=(*OFFICE, "INDUSTRY_DEPT", "INVEST_DEPT", "FIC"), own=MEMBER_OF_ZONE, opens=each("list list_named", ["SO_ADMIN"]),
        commands=each("remove", ["SO_ADMIN"]),
    ),
    "registry/corrections": Access(
        reads=OFFICE, own={"ASSOCIATION": "association", "NEW_CITY": "district"}, opens={"request": ("ASSOCIATION", "SO_ADMIN", *AUTHORITY)},
        commands=each("approve reject", AUTHORITY),
    ),
    "registry/challenges": Access(
        public=True, own={"NEW_CITY": "district"}, opens={"challenge": ("PUBLIC", *PARTIES, *OFFICE, "SUPERVISING_UNIT", "INDUSTRY_DEPT", "PARTY_WORK", "FIC", "INVEST_DEPT")},
        commands=each("uphold reject settle", [*OFFICE, "NEW_CITY"]),
    ),
    "registry/open-data-snapshots": Access(public=True),
    "registry/api-clients": Access(
        reads=("SO_ADMIN", "OPERATOR"), own={"ASSOCIATION": "association"}, opens={"request": ("ASSOCIATION",)},
        commands=each("request_again activate", ["ASSOCIATION"]) | each("approve refuse resume", ["SO_ADMIN"])
        | each("suspend", ["SO_ADMIN", "ASSOCIATION", "OPERATOR"]),
    ),
    # ── evaluation ──
    "evaluation/rating-rounds": Access(public=True, opens={"open": ("SO_ADMIN",)}, commands=each("extend conclude cancel", ["SO_ADMIN"])),
    "evaluation/applications": Access(
        reads=("SO_ADMIN",), own={"ASSOCIATION": "association", "PANEL": "panel", "COMMITTEE": "committee"}, opens={"apply": ("ASSOCIATION",)},
        commands=each("submit_self_assessment withdraw request_review", ["ASSOCIATION"]) | each("vote vote_on_review", ["COMMITTEE"])
        | each("recuse give_scores", ["PANEL"])
        | each("check_eligibility begin_assessment fill_panel recompute_indicators evaluate_socially propose convene publicise convene_review confirm", ["SO_ADMIN"]),
    ),
    "evaluation/grades": Access(public=True, commands=each("downgrade revoke take_back_certificate", ["SO_ADMIN"])),
    # ── notification ──
    "notification/contact-points": Access(
        reads=("SO_ADMIN",), own={role: "district" if role == "NEW_CITY" else "organisation" for role in USERS},
        opens={"register": (*USERS, "SO_ADMIN"), "register_for": ("SO_ADMIN",)}, commands=each("change withdraw", [*USERS, "SO_ADMIN"]),
    ),
    "notification/notices": Access(
        reads=("OPERATOR",), own=dict.fromkeys((*USERS, "SO_ADMIN"), "holders"),
        commands=each("resolve report_bounce confirm_delivery revive", ["OPERATOR"]) | each("read acknowledge", [*USERS, "SO_ADMIN"]),
    ),
    # ── matchmaking ──
    "matchmaking/leads": Access(
        reads=("INVEST_DEPT", "SO_ADMIN"), own={"ASSOCIATION": "parties", "ENTERPRISE": "parties", "NEW_CITY": "new_city"}, opens={"submit": PARTIES},
        commands=each("answer screen accept link reject reclassify drop reopen share_credit negotiate reassign", ["INVEST_DEPT"])
        | each("sign conclude_contract register start begin_production follow_up verify_funds", ["INVEST_DEPT", "NEW_CITY"])
        | each("confirm_credit", ["INVEST_DEPT", "NEW_CITY", "ENTERPRISE"]),
    ),
    "matchmaking/lead-disputes": Access(
        reads=("INVEST_DEPT", "SO_ADMIN"), own=dict.fromkeys(PARTIES, "parties"), opens={"file": PARTIES},
        commands=each("state_position withdraw", PARTIES) | each("uphold dismiss", ["INVEST_DEPT"]),
    ),
    "matchmaking/enterprises": Access(
        reads=("INVEST_DEPT", "SO_ADMIN"), own={"ENTERPRISE": "uscc"}, opens={"introduce": ("ENTERPRISE", "SO_ADMIN"), "introduce_all": ("SO_ADMIN",)},
        commands=each("change retire", ["ENTERPRISE", "SO_ADMIN"]),
    ),
    **dict.fromkeys(("matchmaking/needs", "matchmaking/offers"), Access(
        reads=("INVEST_DEPT", "SO_ADMIN"), own=dict.fromkeys(PARTIES, "owner"), opens={"publish": PARTIES},
        commands=each("revise renew withdraw", PARTIES) | each("approve send_back", ["SO_ADMIN"]),
    )),
    "matchmaking/matches": Access(
        reads=("SO_ADMIN",), own=dict.fromkeys(PARTIES, "parties"), opens=each("propose propose_best", [*PARTIES, "SO_ADMIN"]),
        commands=each("accept decline fulfil show_contact hide_contact read_contact report", PARTIES)
        | each("record_answer uphold_report dismiss_report", ["SO_ADMIN"]),
    ),
    "matchmaking/external-organisations": Access(
        reads=("SO_ADMIN", "FIC", "ASSOCIATION", "INVEST_DEPT", "NEW_CITY"), opens={"list": ("SO_ADMIN", "FIC")},
        commands=each("change delist", ["SO_ADMIN", "FIC"]),
    ),
    "matchmaking/agreements": Access(
        reads=("SO_ADMIN", "FIC"), own={"ASSOCIATION": "association"}, opens={"propose": ("ASSOCIATION",)},
        commands=each("negotiate sign withdraw", ["ASSOCIATION"]) | each("note_declined", ["ASSOCIATION", "SO_ADMIN"]),
    ),
    "matchmaking/lead-rewards": Access(
        reads=("INVEST_DEPT", "SO_ADMIN"), own={"ASSOCIATION": "association"},
        commands=each("claim", ["ASSOCIATION"]) | each("approve send_back pay", ["INVEST_DEPT"]),
    ),
    "matchmaking/promotion-mandates": Access(
        reads=("INVEST_DEPT", "SO_ADMIN"), own={"ASSOCIATION": "association", "ENTERPRISE": "agency"}, opens={"draft": ("ASSOCIATION",)},
        commands=each("file_agency", ["INVEST_DEPT"]) | each("sign withdraw", ["ASSOCIATION"]) | each("terminate", ["ASSOCIATION", "INVEST_DEPT"]),
    ),
    "matchmaking/promotion-events": Access(
        reads=(*ORGANISERS, "NEW_CITY"), own={"ASSOCIATION": "associations"}, opens={"plan": ("ASSOCIATION", *ORGANISERS)},
        commands=each("postpone invite record_answer record_held follow_up cancel", ["ASSOCIATION", *ORGANISERS]) | each("close", ORGANISERS),
    ),
    "matchmaking/contact-cards": Access(
        own=dict.fromkeys(PARTIES, "owner"), opens={"keep": PARTIES}, commands=each("change erase", PARTIES),
    ),
    "matchmaking/lead-pushes": Access(reads=("INVEST_DEPT", "SO_ADMIN")),
    "matchmaking/lead-suggestions": Access(
        reads=("INVEST_DEPT", "SO_ADMIN"), own={"ASSOCIATION": "association"}, commands=each("take_up pass_over", ["ASSOCIATION"]),
    ),
    "matchmaking/service-items": Access(
        public=True, opens={"offer": ("SO_ADMIN", "ASSOCIATION")}, commands=each("change withdraw", ["SO_ADMIN", "ASSOCIATION"]),
    ),
    "matchmaking/service-requests": Access(
        reads=("SO_ADMIN",), own={"ASSOCIATION": "concerned", "ENTERPRISE": "requester"}, opens={"ask": PARTIES},
        commands=each("assign begin resolve decline", ["SO_ADMIN", "ASSOCIATION"]) | each("confirm reopen withdraw", PARTIES),
    ),
    "matchmaking/mediation-cases": Access(
        own={"ASSOCIATION": "association", "ENTERPRISE": "seen_by"}, opens={"file": ("ENTERPRISE",)},
        commands=each("accept decline replace_mediator extend settle give_up confirm", ["ASSOCIATION"])
        | each("withdraw agree refuse break_off", ["ENTERPRISE"]),
    ),
    "matchmaking/international-prospects": Access(
        reads=(*ORGANISERS, "REG_AUTHORITY"), opens={"identify": ORGANISERS}, commands=each("contact apply note_registration close", ORGANISERS),
    ),
    "matchmaking/out-of-province-chambers": Access(
        reads=("SO_ADMIN", "FIC", "INVEST_DEPT", "NEW_CITY"), own={"ASSOCIATION": "association"}, opens={"propose": ("ASSOCIATION",)},
        commands=each("support turn_down confirm send_back", ["SO_ADMIN", "FIC"]) | each("give_up note_registration report", ["ASSOCIATION"])
        | each("postpone note_deregistration", ["ASSOCIATION", "SO_ADMIN", "FIC"]),
    ),
    "matchmaking/conferences": Access(
        reads=ORGANISERS, opens={"plan": ORGANISERS},
        commands=each("change invite cancel lock unlock waive note_absence note_return hold follow_up close", ORGANISERS),
    ),
    "matchmaking/partnerships": Access(public=True, own={"ASSOCIATION": "association"}, commands=each("hold_exchange renew end", ["ASSOCIATION"])),
    "matchmaking/venues": Access(
        reads=(*OFFICE, "ASSOCIATION", "INVEST_DEPT", "FIC"), own={"NEW_CITY": "district"}, opens={"open": ("SO_ADMIN", "NEW_CITY")},
        commands=each("change close", ["SO_ADMIN", "NEW_CITY"]),
    ),
    "matchmaking/venue-units": Access(
        reads=(*OFFICE, "ASSOCIATION", "INVEST_DEPT", "FIC"), own={"NEW_CITY": "district"}, opens={"list": ("SO_ADMIN", "NEW_CITY")},
        commands=each("price withdraw offer_again", ["SO_ADMIN", "NEW_CITY"]),
    ),
    "matchmaking/tenancies": Access(
        reads=OFFICE, own=MEMBER_OF_ZONE, opens={"apply": ("ASSOCIATION",), "ask_for_desk": ("SO_ADMIN", "NEW_CITY")},
        commands=each("review approve reject start note_registered review_year renew hand_over", ["SO_ADMIN", "NEW_CITY"])
        | each("withdraw", ["ASSOCIATION", "SO_ADMIN"]) | each("give_notice", ["ASSOCIATION", "SO_ADMIN", "NEW_CITY"]),
    ),
    "matchmaking/activities": Access(
        reads=(*OFFICE, "INDUSTRY_DEPT", "FIC", "NEW_CITY"), own={"ASSOCIATION": "association"}, opens={"plan": ("ASSOCIATION",)},
        commands=each("replan submit_filing record_held report", ["ASSOCIATION"]) | each("accept_filing return_filing", ["SO_ADMIN"])
        | each("cancel", ["ASSOCIATION", "SO_ADMIN"]),
    ),
    "matchmaking/brand-events": Access(
        reads=("SO_ADMIN", "FIC", "INVEST_DEPT", "INDUSTRY_DEPT", "NEW_CITY"), own={"ASSOCIATION": "associations"},
        opens={"plan": ("SO_ADMIN", "FIC", "ASSOCIATION")},
        commands=each("file", ["SO_ADMIN"]) | each("postpone cancel", ["SO_ADMIN", "FIC"]) | each("record_held report", ["SO_ADMIN", "FIC", "ASSOCIATION"]),
    ),
    "matchmaking/exhibitions": Access(
        reads=("SO_ADMIN", "INDUSTRY_DEPT", "INVEST_DEPT", "NEW_CITY"), own={"ASSOCIATION": "association"}, opens={"found": ("ASSOCIATION",)},
        commands=each("certify", ["SO_ADMIN", "INDUSTRY_DEPT"]) | each("end", ["ASSOCIATION"]),
    ),
    "matchmaking/exhibition-editions": Access(
        reads=("SO_ADMIN", "INDUSTRY_DEPT", "INVEST_DEPT", "NEW_CITY"), own={"ASSOCIATION": "association"}, opens={"plan": ("ASSOCIATION",)},
        commands=each("file audit", ["SO_ADMIN", "INDUSTRY_DEPT"]) | each("record_held report", ["ASSOCIATION"]) | each("cancel", ["ASSOCIATION", "SO_ADMIN"]),
    ),
    "matchmaking/contests": Access(
        reads=("SO_ADMIN", "INVEST_DEPT", "ASSOCIATION", "ENTERPRISE", "FIC", "NEW_CITY", "INDUSTRY_DEPT"), opens={"announce": ("SO_ADMIN", "INVEST_DEPT")},
        commands=each("extend judge award follow_up introduce_talent cancel", ["SO_ADMIN", "INVEST_DEPT"]),
    ),
    "matchmaking/contest-entries": Access(
        reads=("SO_ADMIN", "INVEST_DEPT"), own=dict.fromkeys(PARTIES, "entrant"), opens={"enter": PARTIES}, commands=each("withdraw", PARTIES),
    ),
    "matchmaking/talent-introductions": Access(
        reads=("SO_ADMIN", "INVEST_DEPT"), own={"ENTERPRISE": "employer"}, opens={},
        commands=each("confirm deny", ["ENTERPRISE"]) | each("record_confirmation withdraw", ["SO_ADMIN", "INVEST_DEPT"]),
    ),
    "matchmaking/governance-activities": Access(
        reads=("SO_ADMIN", "PARTY_WORK", "INDUSTRY_DEPT"), own=MEMBER_OF_ZONE, opens={"plan": ("ASSOCIATION",)},
        commands=each("record_held cancel", ["ASSOCIATION"]) | each("verify doubt", ["SO_ADMIN", "NEW_CITY"]),
    ),
    "matchmaking/standard-projects": Access(
        reads=("SO_ADMIN", "INDUSTRY_DEPT", "NEW_CITY"), own={"ASSOCIATION": "association"}, opens={"join": ("ASSOCIATION",)},
        commands=each("note_approval begin_drafting invite_comments begin_review note_sent_back claim_publication drop", ["ASSOCIATION"])
        | each("confirm_publication doubt_publication re_review abolish", ["SO_ADMIN", "INDUSTRY_DEPT"]),
    ),
    "matchmaking/standards-tallies": Access(reads=("SO_ADMIN", "INDUSTRY_DEPT", "NEW_CITY", "INVEST_DEPT"), own={"ASSOCIATION": "association"}),
    "matchmaking/joint-projects": Access(
        reads=("SO_ADMIN", "INDUSTRY_DEPT", "INVEST_DEPT"), own={**dict.fromkeys(PARTIES, "parties"), "NEW_CITY": "district"},
        opens={"propose": ("ASSOCIATION",)},
        commands=each("agree withdraw", PARTIES) | each("approve reject", ["INDUSTRY_DEPT", "NEW_CITY"]) | each("launch commission", ["ASSOCIATION"])
        | each("close", ["ASSOCIATION", "INDUSTRY_DEPT"]),
    ),
    "matchmaking/exchange-placements": Access(
        reads=("SO_ADMIN", "FIC"), own={"ASSOCIATION": "parties"}, opens={"propose": ("ASSOCIATION",)},
        commands=each("agree decline cancel", ["ASSOCIATION", "SO_ADMIN"]) | each("start complete", ["ASSOCIATION"]),
    ),
    "matchmaking/park-projects": Access(
        reads=("SO_ADMIN", "INVEST_DEPT", "INDUSTRY_DEPT"), own=MEMBER_OF_ZONE, opens={"propose": ("ASSOCIATION",)},
        commands=each("revise withdraw", ["ASSOCIATION"]) | each("approve reject begin_building begin_operation close", ["INVEST_DEPT", "NEW_CITY"])
        | each("report", ["ASSOCIATION", "NEW_CITY"]),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """Somebody who asks, and how they stand to the record: own, other, elsewhere (their own, with another district), none."""

    role: str
    organisation: str = ""
    district: str = ""
    stands: str = "none"


def callers(access: Access, state: Mapping[str, Any], strangers: Mapping[str, tuple[str, str]] = STRANGERS) -> list[Caller]:
    """For one record everybody who could ask for it: each role as owner, as a stranger, from another district, and without a claim."""
    found: list[Caller] = []
    for role, (organisation, district) in {**STRANGERS, **strangers}.items():
        owner = state.get(access.own[role]) if role in access.own else None
        mine = (owner[0] if owner else None) if isinstance(owner, list) else owner
        if mine and role == "NEW_CITY":
            found += [Caller(role, f"dept:{mine}", mine, "own"), Caller(role, f"dept:{mine}", district, "elsewhere")]
        elif mine:
            found += [Caller(role, mine, "", "own"), Caller(role, mine, "XX-99", "elsewhere")]
        found += [Caller(role, organisation, district, "other"), Caller(role)]
    return [*found, Caller("PUBLIC")]
