"""The schedule of one participant: as data, as a calendar (RFC 5545) and as a table no spreadsheet takes for a program (reliability B12)."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from services.matchmaking.conference.conference import Conference, Stage
from services.matchmaking.conference.hall import Meeting
from shared.record import SHANGHAI, Value

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet may take for the beginning of a formula
HEADINGS = ("场次", "开始", "结束", "桌号", "对方统一社会信用代码", "对方名称", "是否锁定")


class Span(Value):
    """When and where: times in Shanghai's zone."""

    slot: int
    table: int
    begins: datetime
    ends: datetime


class Appointment(Span):
    """One meeting as a participant sees it; `name` is empty where the other is not known here."""

    partner: str
    name: str
    locked: bool


class Schedule(Value):
    """Whom one meets, when and where."""

    conference: str
    title: str
    venue: str
    stage: Stage
    arrangement: int
    participant: str
    absent_from: int | None
    appointments: tuple[Appointment, ...]


def schedule_of(conference: Conference, participant: str, names: Mapping[str, str]) -> Schedule:
    """The meetings of one, in order of time."""
    mine = sorted((m for m in conference.meetings if participant in m.pair), key=lambda m: m.slot)
    partners = [(m, m.enterprise if m.association == participant else m.association) for m in mine]
    return Schedule(
        conference=conference.id, title=conference.programme.title, venue=conference.programme.venue, stage=conference.stage,
        arrangement=conference.arrangement, participant=participant,
        absent_from=next((a.from_slot for a in conference.absences if a.participant == participant), None),
        appointments=tuple(
            Appointment(**span_of(conference, m), partner=other, name=names.get(other, ""), locked=m in conference.locked)
            for m, other in partners
        ),
    )  # fmt: skip


def span_of(conference: Conference, meeting: Meeting) -> dict[str, Any]:
    """The fields of a `Span`."""
    begins, ends = (t.astimezone(SHANGHAI) for t in conference.time_of(meeting.slot))
    return {"slot": meeting.slot, "table": meeting.table, "begins": begins, "ends": ends}


def csv_of(schedule: Schedule) -> bytes:
    """One's meetings as a table."""
    rows = ((a.slot, *when(a), a.table, a.partner, a.name, "是" if a.locked else "否") for a in schedule.appointments)
    return table_of(HEADINGS, rows)


def when(span: Span) -> tuple[str, str]:
    return f"{span.begins:%Y-%m-%d %H:%M}", f"{span.ends:%Y-%m-%d %H:%M}"


def table_of(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    """Every cell quoted, one like a formula behind an apostrophe; UTF-8 with a byte order mark, as Excel wants it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([harmless(str(cell)) for cell in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def harmless(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet could take it for a formula, also in full width and behind blanks."""
    plain = unicodedata.normalize("NFKC", text)
    return f"'{text}" if text.startswith(FORMULA) or plain.lstrip(" ").startswith(FORMULA) else text


def calendar_of(schedule: Schedule, now: datetime) -> bytes:
    """One event per meeting, in UTC. A meeting keeps its UID through every arrangement, whose number is its SEQUENCE, so that a calendar that has
    it moves it (RFC 5545 §3.8.7.4); one that is off is not told, as this is a published calendar and no invitation."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//Guildhall//Matching conference//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", schedule.title)
    for a in schedule.appointments:
        event = Event()
        event.add("uid", f"{schedule.conference}.{schedule.participant}.{a.partner}@guildhall")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", a.begins.astimezone(UTC))
        event.add("dtend", a.ends.astimezone(UTC))
        event.add("sequence", schedule.arrangement)
        event.add("summary", f"{schedule.title}：{a.name or a.partner}")
        event.add("location", f"{schedule.venue} {a.table} 号桌")
        event.add("status", "CANCELLED" if schedule.stage == "CANCELLED" else "CONFIRMED")
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made
