"""Files of members over HTTP and a real store: read in a process of its own, shown, confirmed, made whole after a crash, given out again."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.registry.members.member_import import PREVIEWS, member_imports
from services.registry.members.membership import memberships
from shared.uscc import demo_code
from tests.registry.examples import AI, AIR, LEAD
from tests.registry.members.desk import XLSX, Desk, desk, table, workbook

CODES = [demo_code("91611100", n) for n in range(1, 1203)]


@pytest.fixture(scope="module")
async def at(stack: Any) -> AsyncIterator[Desk]:
    async with desk(stack.mongo) as one:
        yield one


async def members(at: Desk) -> int:
    return await at.engine.store.count(memberships, {"association": AIR})


async def test_nothing_is_taken_in_before_it_is_confirmed_and_then_all(at: Desk) -> None:
    before = await members(at)
    shown = (await at.send(table(CODES), Idempotency_Key="one")).json()
    assert (shown["new"], shown["already"], shown["wrong"], shown["can_confirm"]) == (len(CODES), 0, 0, True)
    assert len(shown["rows"]["items"]) == 100
    assert await members(at) == before
    again = (await at.send(table(CODES), Idempotency_Key="one")).json()
    assert again["id"] == shown["id"]

    assert (await at.confirm(shown["id"])).json()["stage"] == "CONFIRMED"
    real, calls = at.engine.execute, 0

    async def dies(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise KeyboardInterrupt
        return await real(*args, **more)

    at.engine.execute = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        await at.take_in(shown["id"])
    at.engine.execute = real  # type: ignore[method-assign]
    assert await members(at) == before + 1000
    assert await at.take_in(shown["id"]) == len(CODES)
    assert await members(at) == before + len(CODES)
    done = await at.engine.store.load(member_imports, shown["id"])
    assert done is not None
    assert (done.record.stage, done.record.taken, done.record.skipped) == ("COMPLETED", len(CODES), 0)
    assert await at.take_in(shown["id"]) == len(CODES), "asked once more, nobody is taken in twice"
    assert await members(at) == before + len(CODES)

    await at.engine.store.remove(PREVIEWS, {"_id": done.record.file})
    assert await at.take_in(shown["id"]) is None, "an import whose rows are gone is not said to be complete"


async def test_every_row_has_its_verdict_page_by_page(at: Desk) -> None:
    fresh = demo_code("91611100", 5001)
    book = workbook(
        [["统一社会信用代码", "会员级别"], [CODES[0], None], [fresh, "会长"], ["=1+1", None], [fresh, None], ["91611100PDY00001X7", None]]
    )
    shown = (await at.send(book, XLSX, Accept_Language="zh")).json()
    wrong = [r.get("code") for r in shown["rows"]["items"] if r["verdict"] == "WRONG"]
    assert (shown["new"] + shown["already"], wrong, shown["can_confirm"]) == (2, ["formula", "named_twice", "member_not_valid"], False)
    page = (await at.get(f"member-imports/{shown['id']}/rows?verdict=WRONG&limit=2", Accept_Language="zh")).json()
    assert [r["line"] for r in page["items"]] == [4, 5]
    assert page["items"][0]["detail"] == "疑似公式"
    rest = (await at.get(f"member-imports/{shown['id']}/rows?verdict=WRONG&after={page['next']}")).json()
    assert ([r["line"] for r in rest["items"]], rest["next"]) == ([6], None)
    refused = await at.confirm(shown["id"])
    assert (refused.status_code, refused.json()["code"]) == (409, "rows_wrong")


async def test_files_of_others_are_not_there(at: Desk) -> None:
    shown = (await at.send(table([LEAD]))).json()
    for role, organisation, status in (("ASSOCIATION", AI, 404), ("SO_ADMIN", "dept:so-admin", 403), ("ENTERPRISE", LEAD, 403)):
        head = at.head(role, organisation)
        assert (await at.client.get(f"/registry/member-imports/{shown['id']}/rows", headers=head)).status_code == status
        assert (await at.client.post(f"/registry/member-imports/{shown['id']}:confirm", json={}, headers=head)).status_code == status


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"{}", "application/json", 415, "not_a_table"), (b"", "text/csv", 422, "file_empty"), (b"credit_code\n", "text/csv", 422, "file_empty"),
        (b"PK\x03\x04", XLSX, 422, "file_not_xlsx"), (b"x" * (10 * 1024 * 1024 + 1), "text/csv", 413, "too_large"),
    ],
)  # fmt: skip
async def test_what_is_no_table_is_refused_as_a_problem(at: Desk, data: bytes, kind: str, status: int, code: str) -> None:
    answer = await at.send(data, kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_roll_is_given_to_its_association_and_to_the_office(at: Desk) -> None:
    out = await at.get("member-roll")
    assert out.headers["content-type"] == "text/csv; charset=utf-8"
    assert (await at.send(out.content)).json()["new"] == 0
    book = await at.get("member-roll?format=xlsx")
    assert book.content.startswith(b"PK")
    office = at.head("SO_ADMIN", "dept:so-admin")
    assert (await at.client.get(f"/registry/member-roll?association={AIR}", headers=office)).status_code == 200
    assert (await at.client.get("/registry/member-roll", headers=office)).status_code == 422
    assert (await at.client.get(f"/registry/member-roll?association={AI}", headers=at.head())).status_code == 404
    assert (await at.client.get("/registry/member-roll", headers=at.head("ENTERPRISE", LEAD))).status_code == 403
