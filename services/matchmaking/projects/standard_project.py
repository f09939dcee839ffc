"""Standard project [标准制定项目], R53: an association takes part in a standard as lead or participant, from the proposal to publication.

Stages follow the practice of national standards: 立项, 起草, 征求意见, 审查, 发布, 复审, 废止. A publication counts (R14, indicator 3.2.1) once a
department has seen it.
"""

from datetime import date
from typing import Annotated, Any, Literal

from services.matchmaking.endings import AssociationEnded, Day, must_have_happened
from services.matchmaking.months import morning
from services.matchmaking.projects.rules import ProjectRules, StandardLevel, rules_of
from shared.industry import IndustryCode
from shared.names import comparison_key
from shared.record import Call, Event, Given, Kind, Line, Read, Record, Refused, Text

Stage = Literal["PROPOSED", "APPROVED", "DRAFTING", "COMMENT", "REVIEW", "PUBLISHED", "ABOLISHED", "DROPPED"]
BEFORE: tuple[Stage, ...] = ("PROPOSED", "APPROVED", "DRAFTING", "COMMENT", "REVIEW")
StandardRole = Literal["LEAD", "PARTICIPANT"]
Outcome = Literal["CONFIRMED", "TO_BE_REVISED"]
Rules = Annotated[ProjectRules, Given(rules_of)]


class StandardProject(Record):
    """Standard project [标准制定项目]"""

    stage: Stage
    association: str
    title: str
    title_key: str | None  # distinct for the association until it is dropped or abolished
    level: StandardLevel
    role: StandardRole
    gbt4754: str
    rules: str
    plan_no: str | None = None
    comments_until: date | None = None
    code: str | None = None  # claimed or published; distinct for the association
    published_on: date | None = None
    document: str | None = None
    re_review_on: date | None = None


class StandardProjectJoined(Event, to="PROPOSED"):
    """An association takes part in making a standard."""

    association: str
    title: str
    title_key: str
    level: StandardLevel
    role: StandardRole
    gbt4754: str
    rules: str


class StandardProjectApproved(Event, to="APPROVED"):
    """The standard is on the plan of its level [立项]."""

    association: str
    title: str
    level: StandardLevel
    plan_no: str


class StandardDraftingBegun(Event, to="DRAFTING"):
    """The text is being written [起草]."""

    association: str
    title: str


class StandardCommentsInvited(Event, to="COMMENT"):
    """The draft is out for comments [征求意见]."""

    association: str
    title: str
    comments_until: date
    document: str


class StandardReviewBegun(Event, to="REVIEW"):
    """The draft is before the reviewers [审查]."""

    association: str
    title: str


class StandardSentBack(Event, to="DRAFTING"):
    """The reviewers want it written otherwise."""

    association: str
    title: str
    reason: str


class StandardPublicationClaimed(Event):
    """The association says that it is published, under which code and where to see it."""

    association: str
    title: str
    code: str
    published_on: date
    document: str


class StandardPublicationDoubted(Event):
    """The department has not found it."""

    association: str
    title: str
    reason: str
    code: None = None
    published_on: None = None


class StandardPublished(Event, to="PUBLISHED"):
    """It is published [发布], and a department has seen it."""

    association: str
    title: str
    level: StandardLevel
    role: StandardRole
    code: str
    published_on: date
    re_review_on: date


class StandardReReviewDue(Event):
    """Five years have passed: it is to be reviewed again [复审]."""

    association: str
    title: str
    code: str


class StandardReReviewed(Event):
    """It holds for as long again, or is to be revised."""

    association: str
    title: str
    outcome: Outcome
    re_review_on: date


class StandardAbolished(Event, to="ABOLISHED"):
    """It holds no more [废止]."""

    association: str
    title: str
    level: StandardLevel
    role: StandardRole
    abolished_on: date
    title_key: None = None


class StandardProjectDropped(Event, to="DROPPED"):
    """It will not be made, or the association takes no part any more."""

    association: str
    title: str
    reason: str
    title_key: None = None
    code: None = None


standard_projects = Kind[StandardProject, Stage](
    StandardProject,
    "matchmaking.projects.standard_project",
    path="standard-projects",
    unique=(("association", "title_key"), ("association", "code")),
    index=("association", "level"),
    own={"ASSOCIATION": "association"},
    readers=("NEW_CITY",),
)


async def same_title(read: Read, call: Call, project: StandardProject | None, body: Any) -> list[StandardProject]:
    return await read.find(standard_projects, association=call.organisation, title_key=comparison_key(body.title))


async def same_code(read: Read, call: Call, project: StandardProject | None, body: Any) -> list[StandardProject]:
    return await read.find(standard_projects, association=project.association, code=body.code) if project else []


@standard_projects.opens(by="ASSOCIATION")
def join(
    call: Call, title: Line, level: StandardLevel, role: StandardRole, gbt4754: IndustryCode,
    others: Annotated[list[StandardProject], Given(same_title)], rules: Rules,
) -> StandardProjectJoined:  # fmt: skip
    """Take part in making a standard [参与制定标准], as lead or participant."""
    if others:
        raise Refused("already_joined", "you take part in this standard", "已参与该标准项目", pointer="/title")
    return StandardProjectJoined(
        association=call.organisation, title=title, title_key=comparison_key(title), level=level, role=role, gbt4754=gbt4754,
        rules=rules.version,
    )  # fmt: skip


@standard_projects.command(by="ASSOCIATION", when="PROPOSED")
def note_approval(project: StandardProject, call: Call, plan_no: Line) -> StandardProjectApproved:
    """It is on the plan [立项], under a number."""
    return StandardProjectApproved(association=project.association, title=project.title, level=project.level, plan_no=plan_no)


@standard_projects.command(by="ASSOCIATION", when="APPROVED")
def begin_drafting(project: StandardProject, call: Call) -> StandardDraftingBegun:
    """Write the text [起草]."""
    return StandardDraftingBegun(association=project.association, title=project.title)


@standard_projects.command(by="ASSOCIATION", when="DRAFTING")
def invite_comments(project: StandardProject, call: Call, until: Day, document: Line, rules: Rules) -> StandardCommentsInvited:
    """Put the draft out for comments [征求意见], for as long as its level asks."""
    least = rules.comments_until(project.level, call.today)
    if until < least:
        raise Refused(
            "comments_too_short", f"comments are open until {least} at least", f"征求意见截止日不得早于 {least}", pointer="/until"
        )
    return StandardCommentsInvited(association=project.association, title=project.title, comments_until=until, document=document)


@standard_projects.command(by="ASSOCIATION", when="COMMENT")
def begin_review(project: StandardProject, call: Call) -> StandardReviewBegun:
    """Lay the draft before the reviewers [送审], once comments are closed."""
    if project.comments_until and call.today <= project.comments_until:
        raise Refused("comments_open", f"comments are open until {project.comments_until}", f"征求意见至 {project.comments_until}")
    return StandardReviewBegun(association=project.association, title=project.title)


@standard_projects.command(by="ASSOCIATION", when="REVIEW")
def note_sent_back(project: StandardProject, call: Call, reason: Text) -> StandardSentBack:
    """The reviewers have sent it back [审查未通过]."""
    if project.code is not None:
        raise Refused("already_claimed", "its publication waits to be seen", "发布信息待核实")
    return StandardSentBack(association=project.association, title=project.title, reason=reason)


@standard_projects.command(by="ASSOCIATION", when="REVIEW")
def claim_publication(
    project: StandardProject, call: Call, code: Line, published_on: Day, document: Line,
    others: Annotated[list[StandardProject], Given(same_code)], rules: Rules,
) -> StandardPublicationClaimed:  # fmt: skip
    """Say that it is published [申报发布]: its code, its day, and where to see it."""
    rules.must_be_a_code(project.level, code)
    must_have_happened(published_on, call)
    if any(o.id != project.id for o in others):
        raise Refused("code_taken", "this standard is entered already", "该标准编号已登记", pointer="/code")
    return StandardPublicationClaimed(
        association=project.association, title=project.title, code=code, published_on=published_on, document=document
    )


def must_be_claimed(project: StandardProject) -> tuple[str, date]:
    """The code and the day claimed. Raises: Refused where nothing is claimed."""
    if project.code is None or project.published_on is None:
        raise Refused("nothing_claimed", "nobody has said that it is published", "尚未申报发布")
    return project.code, project.published_on


@standard_projects.command(by=("SO_ADMIN", "INDUSTRY_DEPT"), when="REVIEW")
def confirm_publication(project: StandardProject, call: Call, rules: Rules) -> StandardPublished:
    """The department has seen it [核实发布]: it counts."""
    code, published_on = must_be_claimed(project)
    return StandardPublished(
        association=project.association, title=project.title, level=project.level, role=project.role, code=code, published_on=published_on,
        re_review_on=rules.re_review_on(published_on),
    )  # fmt: skip


@standard_projects.command(by=("SO_ADMIN", "INDUSTRY_DEPT"), when="REVIEW")
def doubt_publication(project: StandardProject, call: Call, reason: Text) -> StandardPublicationDoubted:
    """The department has not found it [退回]."""
    must_be_claimed(project)
    return StandardPublicationDoubted(association=project.association, title=project.title, reason=reason)


@standard_projects.clock(when="PUBLISHED", at=lambda project: morning(project.re_review_on) if project.re_review_on else None)
def call_for_re_review(project: StandardProject, call: Call) -> StandardReReviewDue:
    """Five years after publication, or after the last re-review."""
    return StandardReReviewDue(association=project.association, title=project.title, code=project.code or "")


@standard_projects.command(by=("SO_ADMIN", "INDUSTRY_DEPT"), when="PUBLISHED")
def re_review(project: StandardProject, call: Call, outcome: Outcome, rules: Rules) -> StandardReReviewed:
    """It was reviewed again [复审]: it holds as it is, or is to be revised."""
    return StandardReReviewed(
        association=project.association, title=project.title, outcome=outcome, re_review_on=rules.re_review_on(call.today)
    )


@standard_projects.command(by=("SO_ADMIN", "INDUSTRY_DEPT"), when="PUBLISHED")
def abolish(project: StandardProject, call: Call, abolished_on: Day) -> StandardAbolished:
    """It holds no more [废止]."""
    must_have_happened(abolished_on, call, project.published_on)
    return StandardAbolished(
        association=project.association, title=project.title, level=project.level, role=project.role, abolished_on=abolished_on
    )


@standard_projects.command(by="ASSOCIATION", when=BEFORE)
def drop(project: StandardProject, call: Call, reason: Text) -> StandardProjectDropped:
    """Take no part any more [退出项目]."""
    return StandardProjectDropped(association=project.association, title=project.title, reason=reason)


@standard_projects.on(AssociationEnded, when=BEFORE, where=lambda e: {"association": e.uscc})
def drop_for_ended(project: StandardProject, call: Call, event: AssociationEnded) -> StandardProjectDropped:
    """The association has ended; what it has published holds on."""
    return StandardProjectDropped(association=project.association, title=project.title, reason="the association is no longer registered")
