"""What may be published of an association, field by field, and what may not (domain §7.4); as JSON, as CSV, and asked again."""

import csv
import io
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pydantic import BaseModel
from starlette.requests import Request

from services.registry.directory.facts import TABLE, Fact, public_facts, published
from services.registry.directory.routes import fresh, last_second, unchanged
from services.registry.directory.told import events_of
from services.registry.directory.views import FIELDS, PUBLISHED, Entry, PublicView, csv_head, csv_lines, shown
from services.registry.service import service
from shared.record import Heard
from tests.registry.examples import AIR, PERSON

# domain §7.4, first paragraph, in its order → the field that shows it
MAY: dict[str, tuple[str, ...]] = {
    "name": ("name",), "USCC": ("uscc",), "kind": ("kind",), "level": ("level",), "district": ("district",), "domicile": ("domicile",),
    "business scope": ("scope",), "purpose": ("purpose",), "territory": ("territory",), "registered fund": ("registered_fund",),
    "registration date": ("registered_on",), "registration authority": ("registration_authority",), "supervising unit": ("supervising_unit",),
    "legal representative's name": ("legal_representative",), "status": ("status",), "charter": ("charter",), "fee standard": ("fee_standard",),
    "annual report": ("annual_reports",), "annual check result": ("annual_checks",),
    "rating and validity": ("grade", "grade_valid_from", "grade_valid_to"), "credit lists": ("abnormal_list", "serious_violation_list"),
    "penalties": ("penalties",), "awards and model title": ("awards", "model_titles"), "purchased services": ("purchased_services",),
    "service commitments": ("service_commitments",), "social-responsibility reports": ("social_responsibility_reports",),
    "branches": ("branches",), "office telephone and e-mail": ("office_telephone", "office_email"),
}  # fmt: skip
# domain §7.4, second paragraph: what a row might come to hold, and the public must never see
MAY_NOT = {
    "mobile": "13800001234", "email": "zhang@example.cn", "id_number": "610102199001011234", "home_address": "三桥街道某号", "signature": "sign.png",
    "bank_account": "6222021234566789", "members": ["91611100PDY00001X6"], "member_contact": "测试人员01", "party_roll": ["测试人员02"],
    "survey_answers": [5], "panel": ["panel:01"], "leads": ["CONFIDENTIAL"], "mediation_parties": ["某公司"], "complaint_author": "测试人员03",
    "legal_representative": PERSON, "created_by": "dept:approval",
}  # fmt: skip
ROW: dict[str, Any] = {
    "_id": AIR, "name": "西咸新区航空物流协会", "name_key": "西咸新区航空物流协会", "marks": ["航"], "cell": "AAAAAAA", "kind": "INDUSTRY_ASSOCIATION",
    "level": "NEW_CITY", "district": "XX-KG", "so_category": "01", "gbt4754": ["56"], "domicile": "空港新城", "scope": "服务", "purpose": "宗旨",
    "territory": "西咸新区", "registered_fund": 3_000_000, "registered_on": "2024-03-02", "regime_code": "DIRECT", "supervising_unit": "直接登记",
    "status": "ACTIVE",
}  # fmt: skip


def test_the_open_data_port_has_every_field_that_may_be_published_and_no_other() -> None:
    assert [f for fields in MAY.values() for f in fields] != []
    assert {f for fields in MAY.values() for f in fields} == set(PublicView.model_fields)
    assert set(Entry.model_fields) - set(FIELDS) == {"so_category", "gbt4754", "regime_code", "ended_on"}


@pytest.mark.parametrize("fields", [FIELDS, tuple(Entry.model_fields)], ids=["open data", "register"])
def test_whatever_a_row_holds_nothing_forbidden_comes_out(fields: tuple[str, ...]) -> None:
    told = shown({**ROW, **MAY_NOT}, fields)
    assert set(told) == set(fields)
    for name, value in MAY_NOT.items():
        assert name in MAY["legal representative's name"] or name not in told
        assert str(value) not in str(told), name
    PublicView.model_validate(told)


def test_the_authority_that_registers_follows_from_the_level() -> None:
    assert shown(ROW)["registration_authority"] == "空港新城管理委员会"
    assert shown({**ROW, "district": "XX"})["registration_authority"] == "西咸新区行政审批部门"


class Told(Heard):
    uscc: str = AIR
    name: str = "物流专业委员会"
    established_on: str = "2025-01-01"


def test_every_published_fact_is_kept_by_the_record_that_told_it() -> None:
    table = TABLE.all()[0].facts
    assert {f.field for f in table} <= set(PUBLISHED)
    founded, closed = (next(f for f in table if f.event == name) for name in ("branch_established", "branch_closed"))
    known = published({}, founded, Told(about="branch-1"))
    known = published(known, founded, Told(about="branch-2", name="冷链专业委员会"))
    assert [b["name"] for b in shown({**ROW, "published": known})["branches"]] == ["物流专业委员会", "冷链专业委员会"]
    assert [b["name"] for b in shown({**ROW, "published": published(known, closed, Told(about="branch-1"))})["branches"]] == [
        "冷链专业委员会"
    ]
    assert (shown(ROW)["branches"], shown(ROW)["charter"]) == ([], None)


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────────
def test_a_table_can_be_read_back_and_no_cell_is_a_formula() -> None:
    hostile = ["=cmd|'/C calc'!A0", "+1", "-1", "@x", "\t=1", "＝1+1", 'a"b', "a,b"]
    text = csv_head() + csv_lines(shown({**ROW, "name": name}, FIELDS) for name in hostile)
    head, *lines = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert tuple(head) == FIELDS
    names = [line[FIELDS.index("name")] for line in lines]
    assert names == [f"'{n}" for n in hostile[:6]] + hostile[6:]
    assert all(len(line) == len(FIELDS) for line in lines)


# ── asked again ───────────────────────────────────────────────────────────────────────────────────
CHANGED = datetime(2026, 3, 2, 1, 0, 0, 500_000, tzinfo=UTC)


def asked(**head: str) -> Request:
    headers = [(n.replace("_", "-").encode(), v.encode()) for n, v in head.items()]
    app = SimpleNamespace(state=SimpleNamespace(now=lambda: CHANGED + timedelta(hours=1)))
    return Request(
        {
            "app": app,
            "type": "http",
            "method": "GET",
            "path": "/",
            "headers": headers,
            "query_string": b"",
            "server": ("x", 80),
            "scheme": "http",
        }
    )


def test_who_has_it_already_is_told_so() -> None:
    whole = fresh(asked(), b"{}", CHANGED, "json")
    assert (whole.status_code, whole.headers["last-modified"]) == (200, "Mon, 02 Mar 2026 01:00:00 GMT")
    tag = whole.headers["etag"]
    for tags in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = fresh(asked(if_none_match=tags), b"{}", CHANGED, "json")
        assert (again.status_code, again.body, again.headers["etag"]) == (304, b"", tag), tags
    assert fresh(asked(if_none_match=tag), b"{ }", CHANGED, "json").status_code == 200


@pytest.mark.parametrize(
    ("head", "had"),
    [
        ({"if_modified_since": "Mon, 02 Mar 2026 01:00:00 GMT"}, True), ({"if_modified_since": "Mon, 02 Mar 2026 00:59:59 GMT"}, False),
        ({"if_modified_since": "yesterday"}, False), ({}, False),
        ({"if_none_match": '"other"', "if_modified_since": "Mon, 02 Mar 2026 01:00:00 GMT"}, False),
    ],
)  # fmt: skip
def test_the_time_counts_only_where_no_tag_was_sent(head: dict[str, str], had: bool) -> None:
    assert unchanged(asked(**head), '"tag"', CHANGED) is had


# ── the table of published facts ──────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("fact", [f for table in TABLE.all() for f in table.facts], ids=lambda f: f"{f.field} {f.event}")
def test_whatever_a_fact_shows_is_told_by_its_event(fact: Fact) -> None:
    events = events_of(service.kinds)
    assert fact.event in events
    untold = [shown for shown, names in fact.show.items() if not any(told_by(events[fact.event][1], n) for n in names)]
    assert untold == []


def told_by(model: type[BaseModel], name: str) -> bool:
    outer, _, inner = name.partition(".")
    field = model.model_fields.get(outer)
    return field is not None and (not inner or told_by(cast(type[BaseModel], field.annotation), inner))


def test_a_commitment_is_shown_as_promised() -> None:
    heard = next(h for h in public_facts(service.kinds) if h.accepts("registry.disclosure.service_commitment_published.v1"))
    fact = next(f for f in TABLE.all()[-1].facts if f.event == "service_commitment_published")
    promise = {"item": "出具行业证明", "standard": "材料齐全即办", "time_limit_h": 48, "fee": 0, "complaints_to": "029-00000000"}
    told = published({}, fact, heard.model_validate({"about": "c-1", "association": AIR, "promise": promise}))

    assert told["service_commitments"]["c-1"] == {
        "item": "出具行业证明", "standard": "材料齐全即办", "time_limit_h": 48, "fee": 0, "complaint_channel": "029-00000000",
    }  # fmt: skip


def test_a_second_that_is_not_over_is_not_given_as_the_last_change() -> None:
    """Another change may follow within it, and who asks by this time would be told that nothing did."""
    changed = datetime(2026, 3, 2, 4, 0, 0, 700_000, tzinfo=UTC)
    assert last_second(changed, changed + timedelta(milliseconds=200)) == datetime(2026, 3, 2, 3, 59, 59, tzinfo=UTC)
    assert last_second(changed, changed + timedelta(milliseconds=300)) == datetime(2026, 3, 2, 4, tzinfo=UTC)
