"""What the clients were told, held against what is kept; the mail relay's journal against the ledger; stalls from times of record.

`guildhall verify` checks the platform against itself; this checks it against those outside, who know what they were promised.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

Line = Mapping[str, Any]
TAKEN = {"SENT", "DELIVERED", "READ", "ACKNOWLEDGED"}
MAYBE = {"UNKNOWN", "SENDING"}


def histories(directory: Path) -> list[Line]:
    lines = [json.loads(line) for file in sorted(directory.glob("history-*.jsonl")) for line in file.read_text().splitlines()]
    return sorted(lines, key=lambda x: str(x["ended"]))


def commands(lines: Iterable[Line], told: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[str]]:
    """`told`: call → its events. Every command here tells one event, so: ok has one, of the version answered; fail none; unknown at most one."""
    found: dict[str, list[str]] = {"lost": [], "doubled": [], "answered_wrongly": [], "took_effect_though_refused": []}
    for line in lines:
        events = told.get(line["call"], ())
        about = f"{line['key']} {line['kind']}/{line['id']} {line['command'] or 'open'}"
        if len(events) > 1:
            found["doubled"].append(f"{about}: {len(events)} events")
        elif line["outcome"] == "ok":
            if not events:
                found["lost"].append(about)
            elif (events[0]["subject"], events[0]["sequence"]) != (line["id"], line["version"]):
                found["answered_wrongly"].append(
                    f"{about}: answered {line['version']}, kept as {events[0]['subject']} {events[0]['sequence']}"
                )
        elif line["outcome"] == "fail" and events:
            found["took_effect_though_refused"].append(f"{about}: refused with {line.get('code')}")
    return found


def mails(journal: Iterable[Mapping[str, Any]], stages: Mapping[str, str]) -> tuple[dict[str, list[str]], Counter[str]]:
    """`stages`: e-mail notice → its stage. Handed over once, and never against what the ledger says."""
    accepted = Counter(mail["message_id"].strip("<>").partition("@")[0] for mail in journal)
    found = {
        "mailed_twice": [f"{notice} {n} times" for notice, n in accepted.items() if n > 1],
        "mailed_unknown_to_the_ledger": [notice for notice in accepted if notice not in stages],
        "mailed_though_not_sent": [f"{n} is {s}" for n, s in stages.items() if n in accepted and s not in TAKEN | MAYBE],
        "sent_but_never_mailed": [n for n, s in stages.items() if s in TAKEN and n not in accepted],
    }
    return found, Counter(stages.values())


def utc_now() -> str:
    return datetime.now(UTC).isoformat()


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def waits(faults: Sequence[dict[str, Any]], lines: Iterable[Line]) -> list[float]:
    """For each fault the longest time an accepted command took, all its repetitions included, seconds. It belongs to the fault in which
    it began, or a second before, for it may be under way when the fault comes."""
    worst, starts = [0.0] * len(faults), begun(faults)
    for line in lines:
        if line["outcome"] == "ok":
            started = moment(line["started"])
            note(worst, starts, started, (moment(line["ended"]) - started).total_seconds())
    return [round(w, 1) for w in worst]


def begun(faults: Sequence[dict[str, Any]]) -> list[datetime]:
    return [moment(f["at"]) - timedelta(seconds=1) for f in faults]


def note(worst: list[float], starts: Sequence[datetime], began: datetime, length: float) -> None:
    for n in range(len(starts) - 1, -1, -1):
        if starts[n] <= began:
            worst[n] = max(worst[n], length)
            return


def deliveries(faults: Sequence[dict[str, Any]], lines: Iterable[Line], heads: Mapping[tuple[str, str], Sequence[tuple[int, datetime]]],
               readers: Mapping[str, Sequence[str]]) -> tuple[list[float], int]:  # fmt: skip
    """For each fault the longest time from an answer to its effect in the slowest reader, seconds; and how many never came.

    `heads`: (reader, record) → (version, time) as they were committed; `readers`: kind → who hears it."""
    worst, starts, never = [0.0] * len(faults), begun(faults), 0
    for line in lines:
        if line["outcome"] != "ok":
            continue
        key, ended = f"/{line['kind'].replace('.', '/')}/{line['id']}", moment(line["ended"])
        for reader in readers.get(line["kind"], ()):
            came = next((at for version, at in heads.get((reader, key), ()) if version >= line["version"]), None)
            if came is None:
                never += 1
            else:
                note(worst, starts, ended, (came - ended).total_seconds())
    return [round(w, 1) for w in worst], never


def heads_of(entries: Iterable[Mapping[str, Any]], spaces: Mapping[str, str]) -> dict[tuple[str, str], list[tuple[int, datetime]]]:
    """Versions that readers came to, and when, out of MongoDB's own log. `spaces`: namespace of the heads → reader."""
    found: dict[tuple[str, str], list[tuple[int, datetime]]] = defaultdict(list)
    for entry in entries:
        for change in entry["o"].get("applyOps", ()):
            if change["ns"] not in spaces:
                continue
            if change["op"] == "i":
                found[spaces[change["ns"]], change["o"]["_id"]].append((change["o"]["seq"], entry["wall"]))
            elif change["op"] == "u":
                diff = change["o"].get("diff", {})
                seq = (diff.get("u", {}) | diff.get("i", {})).get("seq")
                if seq is not None:
                    found[spaces[change["ns"]], change["o2"]["_id"]].append((seq, entry["wall"]))
    return found
