"""Access to the query port [数据查询端口接入], R64; domain §1.7. One record an association: what it may ask, how often, until when.

Requested by the association, approved by the social-organisation administration with a quota and an end, and in force once the
association has accepted the terms of use. What ends it (a suspension, its term, the end of the association) revokes it at once.
"""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.registry.acting import AssociationEnded
from services.registry.associations.association import LIVING, associations
from services.registry.values import begin_of, end_of, months_after
from shared.record import Call, Event, Given, Kind, Line, Malformed, Read, Record, Refused, Text, Value
from shared.uscc import AssociationUscc
from shared.versions import Versioned, Versions
from shared.workdays import working_days_after

Stage = Literal["REQUESTED", "APPROVED", "ACTIVE", "SUSPENDED", "REFUSED", "ENDED"]
Scope = Literal["INDUSTRY", "OWN_CASES", "OWN_MEMBERS"]
Cause = Literal["MISUSE", "SECURITY", "ON_REQUEST", "EXPIRED", "ASSOCIATION_ENDED", "OTHER"]
Quota = Annotated[int, Field(ge=1, le=10**6, description="questions a day")]
OPEN: tuple[Stage, ...] = ("REQUESTED", "APPROVED", "ACTIVE", "SUSPENDED", "REFUSED")


class PortRules(Versioned):
    """Quotas (questions a day), how long an approval holds, when its end is announced, by when one decides, how long questions are kept."""

    quota_per_day: Quota
    quota_most: Quota
    valid_months: Annotated[int, Field(ge=1, le=60)]
    expiring_days: Annotated[int, Field(ge=1, le=180)]
    decide_working_days: Annotated[int, Field(ge=1, le=60)]
    audit_days: Annotated[int, Field(ge=180, le=3650)]


RULES: Versions[PortRules] = Versions.load(Path(__file__).parent.parent / "data" / "port" / "port.yaml", PortRules)


class Wish(Value):
    """What an association wants to ask, and what for; `client` is the subject its system signs in with."""

    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=3)]
    purpose: Text
    client: Annotated[Line, Field(max_length=100)]

    @model_validator(mode="after")
    def each_once(self) -> "Wish":
        if len(set(self.scopes)) < len(self.scopes):
            raise ValueError("each scope once")
        return self


class ApiClient(Record):
    """Access to the query port [查询端口接入]"""

    stage: Stage
    association: AssociationUscc
    scopes: tuple[Scope, ...]
    purpose: str
    client: str
    decide_by: date
    late: bool = False
    quota: int = 0
    valid_to: date | None = None
    expiring_days: int
    announced: bool = False
    cause: Cause | None = None
    rules_version: str


class Requested(Event):
    association: AssociationUscc
    scopes: tuple[Scope, ...]
    purpose: Text
    client: Line
    decide_by: date
    late: bool = False
    expiring_days: int
    rules_version: str
    cause: None = None


class QueryPortAccessRequested(Requested, to="REQUESTED"):
    """An association asks for access, or for other scopes than it has [申请接入]."""


class QueryPortAccessApproved(Event, to="APPROVED"):
    """Access is approved with a quota and an end; it begins when the terms of use are accepted."""

    association: str
    scopes: tuple[Scope, ...]
    quota: int
    valid_to: date
    announced: bool = False


class QueryPortAccessRefused(Event, to="REFUSED"):
    association: str
    reason: Text


class QueryPortAccessGranted(Event, to="ACTIVE"):
    """The port is open to the association [开通]."""

    association: str
    scopes: tuple[Scope, ...]
    quota: int
    valid_to: date
    cause: None = None


class QueryPortAccessRevoked(Event, to="SUSPENDED"):
    """The port is closed to the association [停用]."""

    association: str
    cause: Cause


class QueryPortAccessExpiring(Event):
    association: str
    valid_to: date
    announced: bool = True


class QueryPortDecisionOverdue(Event):
    """Nobody has decided in the days allowed."""

    association: str
    decide_by: date
    late: bool = True


class QueryPortAccessEnded(Event, to="ENDED"):
    """The association has ended, and its access with it."""

    association: str
    cause: Cause


api_clients = Kind[ApiClient, Stage](
    ApiClient, "registry.port.api_client", path="api-clients", key=("association",), unique=("client",), index=("association",),
    own={"ASSOCIATION": "association"}, readers=("SO_ADMIN", "OPERATOR"),
)  # fmt: skip


async def is_registered(read: Read, call: Call, record: ApiClient | None, body: Wish) -> bool:
    """Given: whether the register knows the association as one that lives."""
    found = await read.get(associations, call.organisation)
    return found is not None and found.stage in LIVING


@api_clients.opens(by="ASSOCIATION")
def request(call: Call, wish: Wish, registered: Annotated[bool, Given(is_registered)]) -> QueryPortAccessRequested:
    """Ask for access to the query port [申请接入]."""
    if not registered:
        raise Refused("not_registered", "only an association in the register may ask", "仅限在册社会团体申请")
    return asked(call, call.organisation, wish)


@api_clients.command(by="ASSOCIATION", when=("ACTIVE", "SUSPENDED", "REFUSED"))
def request_again(client: ApiClient, call: Call, wish: Wish) -> QueryPortAccessRequested:
    """Ask for other scopes, or once more; until that is decided the port is closed."""
    return asked(call, client.association, wish)


def asked(call: Call, association: str, wish: Wish) -> QueryPortAccessRequested:
    rules = RULES.in_force(call.today)
    return QueryPortAccessRequested(
        association=association, scopes=wish.scopes, purpose=wish.purpose, client=wish.client, expiring_days=rules.expiring_days,
        decide_by=working_days_after(call.today, rules.decide_working_days), rules_version=rules.version,
    )  # fmt: skip


@api_clients.command(by="SO_ADMIN", when="REQUESTED")
def approve(client: ApiClient, call: Call, scopes: tuple[Scope, ...] | None = None, quota: Quota | None = None) -> QueryPortAccessApproved:
    """Approve the access, or part of what was asked for, with a quota."""
    rules = RULES.get("PORT", client.rules_version)
    granted = client.scopes if scopes is None else tuple(s for s in client.scopes if s in scopes)
    if not granted or (scopes is not None and set(scopes) - set(client.scopes)):
        raise Malformed("scopes_not_asked_for", "only what was asked for can be approved", "只能批准所申请的范围", pointer="/scopes")
    if quota is not None and quota > rules.quota_most:
        raise Malformed("quota_too_high", f"at most {rules.quota_most} a day", f"每日不超过 {rules.quota_most} 次", pointer="/quota")
    return QueryPortAccessApproved(
        association=client.association,
        scopes=granted,
        quota=quota or rules.quota_per_day,
        valid_to=months_after(call.today, rules.valid_months),
    )


@api_clients.command(by="SO_ADMIN", when=("REQUESTED", "APPROVED"))
def refuse(client: ApiClient, call: Call, reason: Text) -> QueryPortAccessRefused:
    """Refuse the access, with the reason."""
    return QueryPortAccessRefused(association=client.association, reason=reason)


@api_clients.command(by="ASSOCIATION", when="APPROVED")
def activate(client: ApiClient, call: Call, terms_accepted: bool) -> QueryPortAccessGranted:
    """Accept the terms of use; the port opens."""
    if not terms_accepted:
        raise Malformed("terms_not_accepted", "the terms of use must be accepted", "须同意使用条款", pointer="/terms_accepted")
    return granted(client, call)


def granted(client: ApiClient, call: Call) -> QueryPortAccessGranted:
    if client.valid_to is None or client.valid_to < call.today:
        raise Refused("approval_over", "the approval has run out; ask again", "批准已过期，请重新申请")
    return QueryPortAccessGranted(association=client.association, scopes=client.scopes, quota=client.quota, valid_to=client.valid_to)


@api_clients.command(by=("SO_ADMIN", "ASSOCIATION", "OPERATOR"), when="ACTIVE")
def suspend(client: ApiClient, call: Call, cause: Cause = "OTHER") -> QueryPortAccessRevoked:
    """Close the port to the association [停用]; the association itself may do so, too."""
    if call.role == "ASSOCIATION" and cause != "ON_REQUEST":
        raise Malformed("cause_not_yours", "an association closes its own access on request", "社会团体只能申请停用", pointer="/cause")
    if cause in ("EXPIRED", "ASSOCIATION_ENDED"):
        raise Malformed("cause_is_told", "that happens by itself", "该原因由系统判定", pointer="/cause")
    return QueryPortAccessRevoked(association=client.association, cause=cause)


@api_clients.command(by="SO_ADMIN", when="SUSPENDED")
def resume(client: ApiClient, call: Call) -> QueryPortAccessGranted:
    """Open the port again within the approval [恢复]."""
    return granted(client, call)


# ── time, and the end of the association ──────────────────────────────────────────────────────────
def expiring_at(client: ApiClient) -> datetime | None:
    return begin_of(client.valid_to - timedelta(days=client.expiring_days)) if client.valid_to and not client.announced else None


@api_clients.clock(when="ACTIVE", at=expiring_at)
def announce_end(client: ApiClient, call: Call) -> QueryPortAccessExpiring | None:
    """The approval ends soon."""
    return (
        None
        if client.announced or client.valid_to is None
        else QueryPortAccessExpiring(association=client.association, valid_to=client.valid_to)
    )


@api_clients.clock(when="ACTIVE", at=lambda c: end_of(c.valid_to) if c.valid_to else None)
def expire(client: ApiClient, call: Call) -> QueryPortAccessRevoked:
    """The approval has run out."""
    return QueryPortAccessRevoked(association=client.association, cause="EXPIRED")


@api_clients.clock(when="REQUESTED", at=lambda c: None if c.late else end_of(c.decide_by))
def mark_overdue(client: ApiClient, call: Call) -> QueryPortDecisionOverdue | None:
    """The days to decide have passed."""
    return None if client.late else QueryPortDecisionOverdue(association=client.association, decide_by=client.decide_by)


@api_clients.on(AssociationEnded, when=OPEN, where=lambda e: {"association": e.uscc})
def end_with_association(client: ApiClient, call: Call, event: AssociationEnded) -> QueryPortAccessEnded:
    """The association has ended: struck off, or its registration revoked."""
    return QueryPortAccessEnded(association=client.association, cause="ASSOCIATION_ENDED")
