"""Two small services that use every corner of the kernel: a library lends books, a club hears of it."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field

from shared.engine import Effects, Engine, Service
from shared.http import caller
from shared.record import Call, Event, Given, Heard, Kind, Private, Read, Record, Refused, Text, Value


# ── library: loans ────────────────────────────────────────────────────────────────────────────────
class Loan(Record):
    """Loan [借阅]"""

    stage: Literal["LENT", "RETURNED", "LATE"]
    book: str
    reader: str
    claim: str | None = None
    due: datetime
    marks: tuple[str, ...] = ()
    since: date | None = None


class BookLent(Event, to="LENT", effective="since"):
    """A book was lent."""

    book: str
    reader: str
    claim: str
    due: datetime
    since: date | None = None


class BookMarked(Event):
    """A page was marked."""

    mark: str

    def apply(self, loan: Loan, /) -> Loan:
        return loan.model_copy(update={"marks": (*loan.marks, self.mark)})


class BookReturned(Event, to="RETURNED"):
    """The book is back."""

    book: str
    claim: None = None


class BookLate(Event, to="LATE"):
    """It should be back by now."""

    book: str


class Form(Value):
    book: Text
    days: Annotated[int, Field(ge=1, le=60)] = 14
    since: date | None = None


loans = Kind[Loan, Literal["LENT", "RETURNED", "LATE"]](
    Loan,
    "library.loans.loan",
    path="loans",
    unique=("claim",),
    index=("book", "reader"),
    own={"ENTERPRISE": "reader"},
    readers=("SO_ADMIN",),
)


async def of_the_same_book(read: Read, call: Call, loan: Loan | None, form: Form) -> list[Loan]:
    return await read.find(loans, book=form.book, stage=["LENT", "LATE"])


@loans.opens(by="ENTERPRISE")
def lend(call: Call, form: Form, others: Annotated[list[Loan], Given(of_the_same_book)]) -> BookLent:
    """Lend a book [借出]."""
    if len(others) > 3:
        raise Refused("all_lent", "every copy is lent", "已全部借出")
    return BookLent(
        book=form.book,
        reader=call.organisation,
        claim=f"{form.book}/{len(others)}",
        due=call.now + timedelta(days=form.days),
        since=form.since,
    )


@loans.opens(by="ENTERPRISE")
def lend_many(call: Call, books: Annotated[tuple[Text, ...], Field(max_length=500)]) -> list[BookLent]:
    """Lend several at once."""
    return [BookLent(book=b, reader=call.organisation, claim=f"{b}/0", due=call.now + timedelta(days=14)) for b in books]


@loans.command(by="ENTERPRISE", when=("LENT", "LATE"))
def mark(loan: Loan, call: Call, mark: Text) -> BookMarked:
    """Mark a page."""
    return BookMarked(mark=mark)


@loans.command(by=("ENTERPRISE", "SO_ADMIN"), when=("LENT", "LATE"))
def return_(loan: Loan, call: Call) -> BookReturned:
    """Bring it back [归还]."""
    return BookReturned(book=loan.book)


@loans.clock(when="LENT", at=lambda loan: loan.due)
def remind(loan: Loan, call: Call) -> BookLate:
    """The day has come."""
    return BookLate(book=loan.book)


class Card(Record):
    """Reader's card [读者证]"""

    stage: Literal["ISSUED"]
    holder: str
    pin: Annotated[str, Private] = ""


class CardIssued(Event, to="ISSUED"):
    """A card was issued."""

    holder: str
    pin: Annotated[str, Private]


cards = Kind[Card, Literal["ISSUED"]](Card, "library.cards.card", path="cards", key=("holder",), own={"ENTERPRISE": "holder"})


@cards.opens(by="ENTERPRISE")
def issue(call: Call, pin: Text) -> CardIssued:
    """Issue a card [办证]."""
    return CardIssued(holder=call.organisation, pin=pin)


library = Service("library", kinds=(loans, cards), rooms={"loans": "public", "cards": "internal"})


# ── club: hears ───────────────────────────────────────────────────────────────────────────────────
class Lent(Heard, type="library.loans.book_lent.v1"):
    book: str
    reader: str


class Marked(Heard, type="library.loans.book_marked.v1"):
    mark: str


class Late(Heard, type="library.loans.book_late.v1"):
    book: str


class Returned(Heard, type="library.loans.book_returned.v1"):
    book: str


class Gathered(Heard, type="library.loans.readers_gathered.v1"):
    readers: tuple[str, ...]


class Note(Record):
    """Note of the club [读书笔记]"""

    stage: Literal["OPEN", "CLOSED"]
    book: str
    loan: str
    seen: int = 0


class NoteOpened(Event, to="OPEN"):
    """The club has heard of a loan."""

    book: str
    loan: str


class NoteTouched(Event):
    """Somebody was late with this book."""

    seen: int


class NoteClosed(Event, to="CLOSED"):
    """The book is back."""


notes = Kind[Note, Literal["OPEN", "CLOSED"]](Note, "club.notes.note", path="notes", index=("book", "loan"), readers=("SO_ADMIN",))


@notes.opens_on(Lent)
def note_loan(call: Call, event: Lent) -> NoteOpened:
    """Note every loan."""
    return NoteOpened(book=event.book, loan=event.about)


@notes.on(Late, when="OPEN", where=lambda e: {"book": e.book})
def touch(note: Note, call: Call, event: Late) -> NoteTouched:
    """Everybody who has this book is told."""
    return NoteTouched(seen=note.seen + 1)


@notes.on(Returned, when="OPEN", where=lambda e: {"loan": e.about})
def close(note: Note, call: Call, event: Returned) -> NoteClosed:
    """It is back."""
    return NoteClosed()


class Invitation(Record):
    """Invitation of one reader [邀请]"""

    stage: Literal["SENT"]
    meeting: str
    reader: str
    round: int = 0


class ReaderInvited(Event, to="SENT"):
    """A reader was invited."""

    meeting: str
    reader: str
    round: int


invitations = Kind[Invitation, Literal["SENT"]](
    Invitation, "club.notes.invitation", path="invitations", key=("meeting", "reader"), index=("meeting",), readers=("SO_ADMIN",)
)


async def members(read: Read, call: Call, record: None, event: Gathered) -> list[str]:
    return [row["_id"] for row in await read.rows("members")]


@invitations.opens_on(Gathered)
def invite(call: Call, event: Gathered, members: Annotated[list[str], Given(members)]) -> list[ReaderInvited]:
    """Invite the readers named and all members; who is named twice gets the first."""
    return [ReaderInvited(meeting=event.about, reader=r, round=n) for n, r in enumerate((*event.readers, *members))]


async def count_marks(heard: Marked, call: Call, effects: Effects) -> None:
    if heard.mark == "poison":
        raise Refused("poison", "no club can bear this", "无法处理")
    effects.update("marks", heard.about, {"$push": {"marks": heard.mark}})


def club_routes(engine: Engine) -> APIRouter:
    router = APIRouter(tags=["marks"])

    @router.get("/marks/{loan}")
    async def read_marks(loan: str, call: Annotated[Call, Depends(caller)]) -> dict[str, Any]:
        return {"marks": ((await engine.store.one("marks", loan)) or {}).get("marks", [])}

    return router


club = Service("club", kinds=(notes, invitations), rooms={"notes": "zone"}, on={Marked: count_marks}, routes=(club_routes,),
               indexes={"marks": (), "members": ()})  # fmt: skip
