"""What the public may know of duties (domain §7.4): what has become of them, and nothing that is still open or meant for members."""

from datetime import date
from typing import Any

from services.registry.directory import duties as d
from services.registry.service import service
from shared.record import Heard
from tests.registry.examples import AIR, by

PENALTY = d.PenaltyImposed(about="p1", association=AIR, kind="FINE", amount=100_000, decision_no="1号", imposed_on=date(2026, 3, 2))
PROMISE = d.ShownPromise(item="咨询", standard="当日答复", time_limit_h=8, fee=0, complaints_to="029-39990000")
TITLE = d.BrandTitleGranted(
    about="t1", association=AIR, name="中国锁都", grantor="联合会", granted_on=date(2026, 3, 1), valid_to=date(2029, 3, 1)
)


class Written:
    """Effects that keep what was set and take away what was unset, by dotted names."""

    def __init__(self) -> None:
        self.row: dict[str, Any] = {"_id": AIR}

    def update(self, collection: str, id_: str, change: dict[str, Any], *, upsert: bool = True) -> None:
        assert (collection, id_, upsert) == (d.DUTIES, AIR, True)
        for dotted, value in change.get("$set", {}).items():
            *path, last = dotted.split(".")
            at = self.row
            for name in path:
                at = at.setdefault(name, {})
            at[last] = value
        for dotted in change.get("$unset", {}):
            part, key = dotted.split(".")
            self.row.get(part, {}).pop(key, None)


async def heard(*events: Heard) -> dict[str, Any]:
    written = Written()
    for event in events:
        await d.PUBLIC_DUTIES[type(event)](event, by("PLATFORM"), written)  # type: ignore[arg-type]
    return d.shown(AIR, written.row)


def item(name: str = "CHARTER", audience: str = "PUBLIC", year: int | None = None) -> d.DisclosurePublished:
    return d.DisclosurePublished(
        about="i", association=AIR, item=name, audience=audience, year=year, published_on=date(2026, 3, 2), document="x.pdf"
    )


async def test_of_an_association_nothing_is_known_of_the_lists_are_empty() -> None:
    assert await heard() == {"uscc": AIR, **{n: [] for n in d.Duties.model_fields if n != "uscc"}}


async def test_a_penalty_is_shown_until_it_is_annulled() -> None:
    assert (await heard(PENALTY))["penalties"] == [{"kind": "FINE", "amount": 100_000, "decision_no": "1号", "imposed_on": "2026-03-02"}]
    assert (await heard(PENALTY, d.PenaltyAnnulled(about="p1", association=AIR)))["penalties"] == []


async def test_a_promise_is_shown_as_it_stands() -> None:
    def said(hours: int) -> d.ServiceCommitmentPublished:
        return d.ServiceCommitmentPublished(
            about="s1", association=AIR, promise=PROMISE.model_copy(update={"time_limit_h": hours}), since=date(2026, 3, 2)
        )

    assert [c["time_limit_h"] for c in (await heard(said(8), said(4)))["commitments"]] == [4]
    assert (await heard(said(8), d.ServiceCommitmentWithdrawn(about="s1", association=AIR)))["commitments"] == []
    assert d.ServiceCommitmentPublished.accepts("registry.disclosure.service_commitment_revised.v1")


async def test_a_title_is_shown_while_it_holds() -> None:
    renewed = d.BrandTitleRenewed(about="t1", association=AIR, valid_to=date(2032, 3, 1))
    assert [t["valid_to"] for t in (await heard(TITLE, renewed))["titles"]] == ["2032-03-01"]
    assert (await heard(renewed))["titles"] == []
    assert (await heard(TITLE, d.BrandTitleExpired(about="t1", association=AIR)))["titles"] == []


async def test_lists_and_reports() -> None:
    on = d.DevelopmentListUpdated(about="e", association=AIR, stage="LISTED", list="OPTIMISE", listed_on=date(2026, 3, 2))
    report = d.CsrReportPublished(about="r", association=AIR, year=2025, document="r.pdf", published_on=date(2026, 6, 1))
    shown = await heard(on, report)
    assert [e["list"] for e in shown["development_lists"]] == ["OPTIMISE"]
    assert [r["year"] for r in shown["csr_reports"]] == [2025]
    assert (await heard(on, on.model_copy(update={"stage": "ENDED"})))["development_lists"] == []


async def test_what_is_for_members_only_is_not_shown() -> None:
    shown = await heard(item(), item("FEE_INCOME_AND_USE", "MEMBERS", 2025), item("DONATIONS", year=2024), item("DONATIONS", year=2025))
    assert [(i["item"], i["year"]) for i in shown["disclosed"]] == [("CHARTER", None), ("DONATIONS", 2024), ("DONATIONS", 2025)]


def test_nothing_proposed_complained_of_or_drafted_is_heard_for_the_public() -> None:
    kept_back = ("proposed", "reported", "answered", "drafted", "applied", "submitted", "statement_filed", "required")
    types = {t for h in d.PUBLIC_DUTIES for t in (h.type, *h.upcasts)}
    assert not [t for t in types if any(word in t for word in kept_back)]
    assert {name: service.rooms[name] for name in ("finance", "disclosure", "supervision")} == dict.fromkeys(
        ("finance", "disclosure", "supervision"), "zone"
    )
