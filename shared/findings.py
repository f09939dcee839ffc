"""What `guildhall verify` reports: which checks were made, what was looked at, and the first findings of each with the command that shows it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from shlex import quote
from typing import Any

CHECKS = {
    "history": "the events of every record are kept, 1 to its version, each once",
    "calls": "no call took effect twice, and the keys a record remembers are those of its events",
    "commands": "every answered command has its one effect at the answered version, every refused one none, every unknown one at most one",
    "log": "the events of every record lie on the topic, 1 to n, each behind its predecessor",
    "ghosts": "what lies on a topic is in its publisher's history, with the same id and content",
    "state": "every record is what its history makes of it",
    "heads": "every reader has taken in what it has passed, and nothing that is not there",
    "notifications": "one notice for each cause, recipient, channel and text, handed over once, at its end or with a time to go on",
    "audit": "every change says who made it and when; the chain of refused authorisations is whole",
    "letters": "every parked record has its letters, every waiting letter its parked record",
    "time": "no event was recorded before its predecessor or in the future; nothing waits longer than it may",
    "replay": "read models are what the topics make of an empty database, in another order of partitions",
}


@dataclass(frozen=True)
class Finding:
    check: str
    fault: str
    service: str
    id: str
    said: str
    show: str


@dataclass
class Report:
    limit: int = 20
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    looked: Counter[str] = field(default_factory=Counter)
    cut: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)  # ages, lags and stalls, in seconds
    notes: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    open: dict[str, str] = field(default_factory=dict)  # check → why it could not be judged to the end

    def add(self, check: str, fault: str, service: str, id_: str, said: str, show: str = "") -> None:
        self.counts[check] += 1
        if self.counts[check] <= self.limit:
            self.findings.append(Finding(check, fault, service, id_, said, show or f"guildhall verify --show {quote(id_)}"))

    def json(self) -> dict[str, Any]:
        checks = {
            n: {"holds": False if self.counts[n] else None if n in self.open else True, "findings": self.counts[n], "means": CHECKS[n]}
            for n in self.checked
        }
        return {"clean": not self.counts and not self.open, "checks": checks, "findings": [asdict(f) for f in self.findings], "looked_at": dict(self.looked),
                "figures": self.figures, "cut": self.cut, "notes": self.notes, "open": self.open}  # fmt: skip

    def lines(self) -> Iterable[str]:
        yield f"cut: from {self.cut['began']} to {self.cut['ended']}"
        for topic, ends in self.cut["topics"].items():
            yield f"  {topic} up to {' '.join(f'{p}/{o}' for p, o in ends.items())}"
        yield "looked at: " + ", ".join(f"{n:,} {what}" for what, n in self.looked.items())
        for what, of in self.figures.items():
            told = [
                f"{name}: {', '.join(f'{n} {v}' for n, v in f.items())}" if isinstance(f, dict) else f"{name} {f}" for name, f in of.items()
            ]
            yield f"{what}: {'; '.join(told)}"
        yield from (f"note: {n}" for n in self.notes)
        for name in self.checked:
            found = [f for f in self.findings if f.check == name]
            yield f"{f'{self.counts[name]} FOUND' if found else 'OPEN' if name in self.open else 'holds':>9}  {name}: {CHECKS[name]}"
            if name in self.open:
                yield f"           not judged to the end: {self.open[name]}"
            for f in found:
                yield f"           {f.fault} {f.service} {f.id}: {f.said}\n             {f.show}"
            if self.counts[name] > len(found):
                yield f"           … and {self.counts[name] - len(found)} more"
