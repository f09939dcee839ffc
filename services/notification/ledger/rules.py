"""Who must be told of what, by rule: a versioned table from event type to audiences, and the checks it must pass before anything starts.

A table that names an event nobody hears, a field the event does not carry, a text that is missing or puts in a name the event has not,
or that would let a statutory notice go without the inbox, is refused whole with every fault at once (peers N4, N10).
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.notification.ledger.contact_point import Channel
from services.notification.ledger.heard import Told
from services.notification.ledger.templates import Template
from shared.record import Refused, Value
from shared.versions import BadRules, Versioned, Versions

CODE = "XX-NOTICE"
DATA = Path(__file__).parents[1] / "data" / "rules"
Category = Literal["STATUTORY", "DUTY", "INFORMATION"]
Urgency = Literal["NORMAL", "URGENT", "EXTRA_URGENT"]


class Telling(Value):
    """One audience of an event and how it is told. Exactly one of the first six says who:

    field       the organisations a field names
    members_of  the member firms of the association a field names, by the roll
    party       who plays this part in the case or match the event speaks of, remembered from its opening: applicant, authority, respondent, seeker, candidate
    everybody   every association of the register that is not ended
    office      a department by its code
    new_city    the new city of the district a field names; the new area itself has none

    Nobody of it is told where the field `unless` names an organisation: that one comes first.
    """

    field: str = ""
    members_of: str = ""
    party: Literal["", "applicant", "authority", "respondent", "seeker", "candidate"] = ""
    everybody: bool = False
    office: str = ""
    new_city: str = ""
    unless: str = ""
    category: Annotated[Category, Field(alias="class")]
    urgency: Urgency = "NORMAL"
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)] = ("IN_APP",)
    template: str

    @model_validator(mode="after")
    def says_who_and_how(self) -> "Telling":
        if sum(bool(who) for who in (self.field, self.members_of, self.party, self.everybody, self.office, self.new_city)) != 1:
            raise ValueError(f"{self.template}: say who by exactly one of field, members_of, party, everybody, office, new_city")
        if self.category != "INFORMATION" and "IN_APP" not in self.channels:
            raise ValueError(f"{self.template}: what binds must reach the inbox")
        return self

    @property
    def reads(self) -> str:
        """The field of the event that says who, if any."""
        return self.field or self.members_of or self.new_city


class Rule(Value):
    event: str
    tell: Annotated[tuple[Telling, ...], Field(min_length=1)]


class RuleTable(Versioned):
    """Everything somebody must be told of; `escalate_to` are the offices an unread statutory notice goes to, level by level."""

    escalate_to: Annotated[tuple[str, ...], Field(min_length=1, max_length=5)]
    rules: Annotated[tuple[Rule, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def names_each_event_once(self) -> "RuleTable":
        events = [r.event for r in self.rules]
        if twice := {e for e in events if events.count(e) > 1}:
            raise ValueError(f"two rules for {', '.join(sorted(twice))}")
        return self

    def tellings(self, event: str) -> tuple[Telling, ...]:
        return next((r.tell for r in self.rules if r.event == event), ())


def load(folder: Path, heard: Iterable[type[Told]], texts: Versions[Template]) -> Versions[RuleTable]:
    """The tables of a folder, each proved against the events heard and the texts. Raises: BadRules with every fault of every table."""
    tables, known = Versions.load(folder, RuleTable), {h.type: h for h in heard}
    if found := [f"{t.code} {t.version}: {fault}" for t in tables.all() for fault in faults(t, known, texts)]:
        raise BadRules("; ".join(found))
    return tables


def faults(table: RuleTable, heard: Mapping[str, type[Told]], texts: Versions[Template]) -> Iterator[str]:
    """What is wrong with a table, a sentence each."""
    for rule in table.rules:
        event = heard.get(rule.event)
        if event is None:
            yield f"no event {rule.event} is heard"
            continue
        for telling in rule.tell:
            for name in filter(None, (telling.reads, telling.unless)):
                if name not in event.names():
                    yield f"{rule.event} carries no {name}"
            try:
                text = texts.in_force(table.effective_from, telling.template)
            except Refused:
                yield f"{rule.event}: no text {telling.template} is in force on {table.effective_from}"
                continue
            if missing := sorted(text.names - event.names()):
                yield f"{telling.template} puts in {', '.join(missing)}, which {rule.event} does not carry"
    for type_ in sorted(set(heard) - {r.event for r in table.rules}):
        yield f"{type_} is heard and nobody is told"
