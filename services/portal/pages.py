"""The start page [首页]: the flow of events, the figures, the latest events. Whole without JavaScript; with it, alive."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from services.portal.feed import Snapshot, pulse_of
from services.portal.flow import ORDER, flow
from services.portal.rendering import frame
from services.portal.words import PURPOSES, ROOMS, SERVICES, STAGES
from shared.district import NEW_CITIES
from shared.engine import Engine, Service
from shared.pages import READ
from shared.pages import language as language_asked
from shared.pages.words import CATEGORIES, DISTRICTS, LEVELS, Words
from shared.record import NotFound
from shared.versions import Versioned, Versions

SHOWN = 24  # events on the page; the feed holds more
GRADES = ("5A", "4A", "3A", "2A", "1A")
LEAD_STAGES = ("LEAD", "SCREENED", "NEGOTIATING", "SIGNED", "REGISTERED", "STARTED", "IN_PRODUCTION", "DROPPED")
PLANS_OPEN = ("PLANNED", "LEAD_CONFIRMED", "PREPARING", "APPLIED")


class FoundingReport(Versioned):
    """The figures the demo must reproduce (domain §8.1), and the field classes whose share the report names."""

    associations: int
    chambers: int
    new_area: int
    new_cities: int
    planned: int
    share_percent: int
    share_categories: tuple[str, ...] = Field(min_length=1)


REPORT = next(iter(Versions.load(Path(__file__).parent / "data" / "founding_report.yaml", FoundingReport).all()))


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart: `key` is `group.name` of the counts; `shown` is the figure, or "<5" where it is hidden."""

    key: str
    label: str
    value: int
    most: int
    shown: int | str


def bars(seen: Snapshot, group: str, labels: Sequence[tuple[str, Words]], lang: int) -> list[Bar]:
    """The figures of a group in the given order, against the greatest of them."""
    values = [seen.count(group, name) for name, _ in labels]
    most = max([1, *values])
    return [Bar(f"{group}.{n}", words[lang], v, most, seen.shown(group, n)) for (n, words), v in zip(labels, values, strict=True)]


def by_size(seen: Snapshot, group: str, names: dict[str, Words]) -> list[tuple[str, Words]]:
    """The names of a group that have a figure, the greatest first; names this version does not know stand as they are."""
    held = seen.counts.get(group, {})
    return sorted(((n, names.get(n, (n, n))) for n in held), key=lambda pair: (-seen.count(group, pair[0]), pair[0]))


def figures(seen: Snapshot, lang: int) -> dict[str, object]:
    """Everything the template shows as a number."""
    associations = seen.count("register", "INDUSTRY_ASSOCIATION")
    share = seen.total("categories", REPORT.share_categories)
    labels = {n: DISTRICTS[n] for n in NEW_CITIES}
    return {
        "associations": associations,
        "chambers": seen.count("register", "CHAMBER"),
        "share": share,
        "share_percent": round(100 * share / associations) if associations else 0,
        "share_categories": " ".join(f"categories.{c}" for c in REPORT.share_categories),
        "levels": bars(seen, "levels", list(LEVELS.items()), lang),
        "districts": bars(seen, "districts", [(n, labels[n]) for n in labels], lang),
        "categories": bars(seen, "categories", by_size(seen, "categories", CATEGORIES), lang),
        "grades": bars(seen, "grades", [(g, (g, g)) for g in GRADES], lang),
        "rated": seen.total("grades"),
        "leads": bars(seen, "leads", [(s, STAGES[s]) for s in LEAD_STAGES], lang),
        "lead_total": seen.sum("leads"),
        "planned": seen.total("plans"),
        "plans_open": seen.total("plans", PLANS_OPEN),
        "plans_open_keys": " ".join(f"plans.{s}" for s in PLANS_OPEN),
        "events": seen.total("topics"),
    }


def start_page(engine: Engine) -> APIRouter:
    """`/` and the files it needs; the engine is the portal's."""
    router, pulse = APIRouter(include_in_schema=False), pulse_of(engine)

    @router.api_route("/", methods=READ)
    async def start(request: Request) -> Response:
        seen, lang = await pulse.look(), language_asked(request)
        running: list[Service] = [r.service for r in getattr(request.app.state, "running", ())]
        names = [s.name for s in running if s.name in SERVICES] or [*ORDER, "portal"]
        return frame.page(
            request, "start.html", seen=seen, figures=figures(seen, lang), lines=list(reversed(seen.lines))[:SHOWN], flow=flow(running), report=REPORT,
            documented=names, refreshing=request.query_params.get("refresh") != "off", services=SERVICES, purposes=PURPOSES, rooms=ROOMS,
        )  # fmt: skip

    @router.api_route("/static/{name}", methods=READ)
    async def static(name: str, request: Request) -> Response:
        found = frame.asset(name, request.query_params.get("v"))
        if found is None:
            raise NotFound("not_found", "there is nothing at this address", "该地址不存在")
        return found

    @router.api_route("/favicon.ico", methods=READ)
    async def icon() -> Response:
        return frame.asset("mark.svg", None) or Response(status_code=404)

    return router
