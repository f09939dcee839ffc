"""Access to the query port: asked for, approved with a quota and an end, in force when the terms are accepted (R64)."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.registry.port import client as p
from services.registry.port.routes import admitted
from shared.record import Malformed, NotAllowed, Refused
from tests.registry.examples import AIR, after, by


def requested(**other: Any) -> p.ApiClient:
    wish = p.Wish(scopes=("INDUSTRY", "OWN_CASES"), purpose="行业分析", client="air-system", **other)
    return p.api_clients.open(p.request(by("ASSOCIATION"), wish, True), "")


def approved() -> p.ApiClient:
    return after(p.api_clients, requested(), p.approve(requested(), by("SO_ADMIN"), quota=3))


def active() -> p.ApiClient:
    return after(p.api_clients, approved(), p.activate(approved(), by("ASSOCIATION"), True))


def test_the_port_opens_by_request_approval_and_acceptance() -> None:
    assert (requested().id, requested().stage, requested().decide_by) == (AIR, "REQUESTED", date(2026, 3, 16))
    assert (approved().stage, approved().quota, approved().valid_to) == ("APPROVED", 3, date(2027, 3, 2))
    assert active().stage == "ACTIVE"
    with pytest.raises(Malformed):
        p.activate(approved(), by("ASSOCIATION"), False)
    with pytest.raises(Refused, match="register"):
        p.request(by("ASSOCIATION"), p.Wish(scopes=("INDUSTRY",), purpose="x", client="y"), False)


def test_only_what_was_asked_for_is_approved_and_no_quota_beyond_the_rules() -> None:
    part = p.approve(requested(), by("SO_ADMIN"), scopes=("INDUSTRY",))
    assert (part.scopes, part.quota) == (("INDUSTRY",), 1000)
    for wrong in ({"scopes": ("OWN_MEMBERS",)}, {"scopes": ("INDUSTRY", "OWN_MEMBERS")}, {"scopes": ()}, {"quota": 20_001}):
        with pytest.raises(Malformed):
            p.approve(requested(), by("SO_ADMIN"), **wrong)  # type: ignore[arg-type]


def test_the_end_is_announced_and_then_the_port_closes() -> None:
    (soon, announce), (end, expire) = p.api_clients.clocks(active(), {})
    assert (announce.name, soon.date(), expire.name, end.date()) == ("announce_end", date(2027, 1, 31), "expire", date(2027, 3, 3))
    told = p.announce_end(active(), by("CLOCK", date(2027, 1, 31)))
    assert told is not None and p.announce_end(after(p.api_clients, active(), told), by("CLOCK", date(2027, 2, 1))) is None
    closed = after(p.api_clients, active(), p.expire(active(), by("CLOCK", date(2027, 3, 3))))
    assert (closed.stage, closed.cause) == ("SUSPENDED", "EXPIRED")
    with pytest.raises(Refused, match="run out"):
        p.resume(closed, by("SO_ADMIN", date(2027, 3, 3)))
    assert (
        after(
            p.api_clients, closed, p.request_again(closed, by("ASSOCIATION"), p.Wish(scopes=("INDUSTRY",), purpose="x", client="y"))
        ).stage
        == "REQUESTED"
    )


def test_it_ends_with_the_association() -> None:
    ended = after(
        p.api_clients, active(), p.end_with_association(active(), by("PLATFORM"), p.AssociationEnded(uscc=AIR, ended_on=date(2026, 3, 2)))
    )
    assert (ended.stage, ended.cause) == ("ENDED", "ASSOCIATION_ENDED")


def test_a_question_is_let_through_only_with_access_term_scope_and_the_approved_system() -> None:
    call = replace(by("ASSOCIATION"), client="air-system")
    assert admitted(active(), call, "INDUSTRY") == active()
    for client, asking, scope, code in (
        (None, call, "INDUSTRY", "no_access"), (approved(), call, "INDUSTRY", "no_access"), (active(), call, "OWN_MEMBERS", "scope_not_granted"),
        (active(), replace(call, client="another"), "INDUSTRY", "another_client"),
        (active().model_copy(update={"valid_to": date(2026, 3, 1)}), call, "INDUSTRY", "access_over"),
    ):  # fmt: skip
        with pytest.raises(NotAllowed) as no:
            admitted(client, asking, scope)  # type: ignore[arg-type]
        assert no.value.code == code
