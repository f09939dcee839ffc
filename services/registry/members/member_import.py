"""Import of members from a file [批量导入会员], R5: every row is judged beforehand, and one confirmation takes in all of them.

The confirmation is one event on one record: from then on the import is going to be whole. What it names is then taken in, 500 at a time,
by the loop in `taking_in.py`, which goes on after a crash where it was; so half an import never stays, however large it is and however
slow the store. What was read waits in a collection of its own (`PREVIEWS`) and is forgotten after some days.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from services.registry.associations.association import Association, associations
from services.registry.members.membership import (
    BELONGING,
    ROLL_MAX,
    Enrolled,
    MemberJoined,
    MemberKind,
    Membership,
    memberships,
    open_for_members,
    own_association,
    seat,
)
from shared.record import Call, Count, Event, Given, Kind, Read, Record, Refused, Value
from shared.uscc import AssociationUscc
from shared.versions import Versioned, Versions

Stage = Literal["PREVIEWED", "CONFIRMED", "COMPLETED", "EXPIRED"]
Format = Literal["csv", "xlsx"]
PREVIEWS = "member_imports"  # collection of files read and not confirmed yet
Verdict = Literal["NEW", "ALREADY_MEMBER", "WRONG"]


class ImportRules(Versioned):
    """Limits of a file in bytes, characters, seconds and counts, and the words its columns may use."""

    file_max: int
    unpacked_max: int
    ratio_max: int
    entries_max: int
    rows_max: Annotated[int, Field(ge=1, le=10_000)]
    columns_max: int
    cell_max: int
    memory_max: int
    seconds_max: int
    kept_hours: int
    columns: dict[Literal["member", "kind", "tier", "joined_on"], tuple[str, ...]]
    kinds: dict[str, MemberKind]
    tiers: dict[str, str]


RULES: Versions[ImportRules] = Versions.load(Path(__file__).parent.parent / "data" / "members" / "import.yaml", ImportRules)
PROBLEMS: dict[str, tuple[str, str]] = {
    "formula": ("looks like a formula", "疑似公式"),
    "cell_too_long": ("is too long", "内容过长"),
    "kind_unknown": ("is neither a unit nor a person", "会员类型应为单位或个人"),
    "tier_unknown": ("is no tier", "会员级别无法识别"),
    "date_unreadable": ("is no date", "日期无法识别"),
    "member_missing": ("names nobody", "缺少会员代码"),
    "member_not_valid": ("is neither a credit code nor a reference to a person", "不是有效的统一社会信用代码或人员编号"),
    "tier_not_valid": ("is no tier", "会员级别不正确"),
    "in_the_future": ("lies in the future", "入会日期不能晚于今天"),
    "named_twice": ("stands in the file already", "文件中重复"),
}


# ── verdicts ──────────────────────────────────────────────────────────────────────────────────────
def verdicts(rows: Sequence[Mapping[str, Any]], belonging: frozenset[str], today: date) -> list[dict[str, Any]]:
    """Each row with its verdict: NEW, ALREADY_MEMBER, or WRONG with a code, the field and, for a double, the line it repeats.

    `belonging`: who belongs to the association already, or has applied."""
    first: dict[str, int] = {}
    judged = []
    for row in rows:
        told = {n: row.get(n) for n in ("line", "member", "kind", "tier", "joined_on")}
        one = enrolled(row, today)
        if isinstance(one, Enrolled):
            told["member"] = one.member
            same = first.setdefault(one.member, int(row["line"]))
            one = {"code": "named_twice", "field": "member", "same_as": same} if same != row["line"] else {}
        verdict = "WRONG" if one else "ALREADY_MEMBER" if told["member"] in belonging else "NEW"
        judged.append(told | {"verdict": verdict} | one)
    return judged


def enrolled(row: Mapping[str, Any], today: date) -> Enrolled | dict[str, Any]:
    """A row as a line of the roll, or what is wrong with it by itself."""
    if row.get("problem"):
        return {"code": row["problem"], "field": row["field"]}
    if not row["member"]:
        return {"code": "member_missing", "field": "member"}
    try:
        one = Enrolled.model_validate({n: row[n] for n in ("member", "kind", "tier", "joined_on")})
    except ValidationError as error:
        field = next((str(e["loc"][0]) for e in error.errors(include_input=False) if e["loc"]), "member")
        return {"code": {"tier": "tier_not_valid", "joined_on": "date_unreadable"}.get(field, "member_not_valid"), "field": field}
    return {"code": "in_the_future", "field": "joined_on"} if one.joined_on and one.joined_on > today else one


def counts(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many rows are new, there already, and wrong."""
    return {v: sum(r["verdict"] == v for r in rows) for v in ("NEW", "ALREADY_MEMBER", "WRONG")}


# ── the record ────────────────────────────────────────────────────────────────────────────────────
class Found(Value):
    """What was found in a file: where its rows wait, its digest, and its rows by verdict."""

    association: AssociationUscc
    file: Annotated[str, Field(max_length=60)]
    format: Format
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    new: Count
    already: Count
    wrong: Count
    ignored_columns: Count


class MemberImport(Record):
    """Import of members [会员导入]"""

    stage: Stage
    association: str
    file: str
    format: Format
    digest: str
    new: int
    already: int
    wrong: int
    ignored_columns: int
    expires_at: datetime
    rules_version: str
    confirmed_on: date | None = None
    taken: int = 0
    skipped: int = 0


class MemberImportPreviewed(Event, to="PREVIEWED"):
    """A file was read and every row judged; nobody was taken in yet."""

    association: str
    file: str
    format: Format
    digest: str
    new: int
    already: int
    wrong: int
    ignored_columns: int
    expires_at: datetime
    rules_version: str


class MemberImportConfirmed(Event, to="CONFIRMED"):
    """The association wants them all: the import is going to be whole."""

    association: str
    new: int
    confirmed_on: date


class MemberImportCompleted(Event, to="COMPLETED"):
    """All are in. `skipped`: had joined by another way since, or the association has ended meanwhile."""

    association: str
    taken: int
    skipped: int


class MemberImportExpired(Event, to="EXPIRED"):
    """Nobody has confirmed it in time."""

    association: str


member_imports = Kind[MemberImport, Stage](
    MemberImport, "registry.members.member_import", path="member-imports", index=("association",), own={"ASSOCIATION": "association"},
)  # fmt: skip


async def import_rules(read: Read, call: Call, record: Any, body: object) -> ImportRules:
    """Given: the limits in force."""
    return RULES.in_force(call.today)


async def file_of(read: Read, call: Call, record: MemberImport, body: object) -> list[str]:
    """Given: who is new in the file, by code or reference."""
    found = await read.rows(PREVIEWS, _id=record.file)
    return [str(r["member"]) for r in (found[0]["rows"] if found else ()) if r["verdict"] == "NEW"]


async def own_members(read: Read, call: Call, record: object, body: Any) -> list[Membership]:
    """Given: who belongs to the association, or has applied."""
    return await read.find(memberships, association=call.organisation, stage=BELONGING)


@member_imports.opens(by="PLATFORM")
def preview(call: Call, form: Found, rules: Annotated[ImportRules, Given(import_rules)]) -> MemberImportPreviewed:
    """Keep what was found in a file."""
    until = call.now + timedelta(hours=rules.kept_hours)
    return MemberImportPreviewed(**form.model_dump(), expires_at=until, rules_version=rules.version)


@member_imports.command(by="ASSOCIATION", when="PREVIEWED")
def confirm(found: MemberImport, call: Call, association: Annotated[Association | None, Given(own_association)],
            new: Annotated[list[str], Given(file_of)], present: Annotated[list[Membership], Given(own_members)]) -> MemberImportConfirmed:  # fmt: skip
    """Take in everybody the file names that is new [确认导入]; with a wrong row nobody is."""
    open_for_members(association)
    if found.expires_at < call.now:
        raise Refused("preview_expired", "the preview is too old: send the file again", "导入预览已过期，请重新上传")
    if found.wrong:
        raise Refused("rows_wrong", f"{found.wrong} rows are wrong: correct the file and send it again", f"有 {found.wrong} 行有误，请修改后重新上传",
                      wrong=found.wrong)  # fmt: skip
    if not found.new:
        raise Refused("nobody_new", "the file names nobody new", "文件中没有新会员")
    if len(new) != found.new or not {m.member for m in present}.isdisjoint(new):
        raise Refused("changed_since_preview", "some of them have joined since: send the file again", "部分会员已于预览后入会，请重新上传")
    return MemberImportConfirmed(association=found.association, new=found.new, confirmed_on=call.today)


@member_imports.command(by="PLATFORM", when="CONFIRMED")
def complete(found: MemberImport, call: Call, taken: Count) -> MemberImportCompleted:
    """All of them were taken in."""
    return MemberImportCompleted(association=found.association, taken=taken, skipped=max(0, found.new - taken))


@member_imports.clock(when="PREVIEWED", at=lambda i: i.expires_at)
def expire(found: MemberImport, call: Call) -> MemberImportExpired:
    """Nobody has confirmed it."""
    return MemberImportExpired(association=found.association)


# ── taking in ─────────────────────────────────────────────────────────────────────────────────────
class Portion(Value):
    """Some of those an import has confirmed."""

    association: AssociationUscc
    members: Annotated[tuple[Enrolled, ...], Field(min_length=1, max_length=ROLL_MAX)]


async def association_named(read: Read, call: Call, record: object, body: Portion) -> Association | None:
    """Given: the association that takes them in."""
    return await read.get(associations, body.association)


async def those_in(read: Read, call: Call, record: object, body: Portion) -> list[Membership]:
    """Given: those of the portion who belong already, or have applied."""
    return await read.find(memberships, association=body.association, member=[m.member for m in body.members], stage=BELONGING)


@memberships.opens(by="PLATFORM")
def take_in(call: Call, portion: Portion, association: Annotated[Association | None, Given(association_named)],
            present: Annotated[list[Membership], Given(those_in)]) -> list[MemberJoined]:  # fmt: skip
    """Enter a portion of a confirmed import in the roll; who belongs already is passed over."""
    if association is None or association.stage not in ("REGISTERED", "ACTIVE"):
        return []
    belonging, of = {m.member for m in present}, portion.association
    fresh = {m.member: m for m in portion.members if m.member not in belonging}
    return [
        MemberJoined(association=of, member=m.member, kind=m.kind, tier=m.tier, seat=seat(of, m.member), joined_on=m.joined_on or call.today)
        for m in fresh.values()
    ]  # fmt: skip
