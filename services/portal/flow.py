"""The drawing of the start page: which service tells on which topic, and which reads from the bus. Laid out here, drawn by the template."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.portal.figures import PROJECTIONS, topic_of
from shared.engine import Service

ORDER = ("registry", "evaluation", "matchmaking", "notification")
WIDTH, BOX, GAP, MARGIN = 1104, 246, 24, 24
BOX_TOP, BOX_HEIGHT, PILL_TOP, PILL, PILL_STEP, BUS_HEIGHT = 14, 84, 128, 36, 46, 56


@dataclass(frozen=True)
class Topic:
    name: str
    x: int
    y: int


@dataclass(frozen=True)
class Station:
    """A service in the drawing: its box, its topics below, and the services it hears."""

    name: str
    x: int
    topics: tuple[Topic, ...]
    hears: tuple[str, ...]


@dataclass(frozen=True)
class Flow:
    stations: tuple[Station, ...]
    bus_y: int
    height: int
    width: int = WIDTH
    box: int = BOX
    box_top: int = BOX_TOP
    box_height: int = BOX_HEIGHT
    pill: int = PILL
    bus_height: int = BUS_HEIGHT


def flow(services: Sequence[Service]) -> Flow:
    """The drawing for the topics the portal hears; who reads whom is taken from the services that run here."""
    told = sorted({topic_of(heard) for heard in PROJECTIONS})
    readers = {s.name: tuple(sorted({t.split(".")[0] for t in s.sources} - {s.name}, key=ORDER.index)) for s in services}
    stations = []
    for place, name in enumerate(ORDER):
        x = MARGIN + place * (BOX + GAP)
        own = [t for t in told if t.startswith(f"{name}/")]
        topics = tuple(Topic(t, x, PILL_TOP + n * PILL_STEP) for n, t in enumerate(own))
        stations.append(Station(name, x, topics, readers.get(name, ())))
    bus_y = PILL_TOP + max(len(s.topics) for s in stations) * PILL_STEP + 34
    return Flow(tuple(stations), bus_y, bus_y + BUS_HEIGHT + 86)
