"""docs/benchmarks.md, its plots and its JSON, written anew after every measurement from all that have been kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import plots, spine

ROOT = Path(__file__).resolve().parents[2]
SPRING = ("spring-collection", "spring-document")
FORMS = ("kernel", "hand", *SPRING)
# stage, figure, what it says, unit, decimals
LINES = (
    ("write", "post_per_s", "POST at saturation, 32 clients", "/s", 0),
    ("write", "p50_ms", "… p50 there", "ms", 1),
    ("write", "p99_ms", "… p99 there", "ms", 1),
    ("write", "server_us", "… CPU per command, service", "µs", 0),
    ("write", "mongod_us", "… CPU per command, mongod", "µs", 0),
    ("write", "broker_us", "… CPU per command, broker", "µs", 0),
    ("effect", "post_p50_ms", "POST at 200/s, p50", "ms", 1),
    ("effect", "post_p99_ms", "… p99", "ms", 1),
    ("effect", "visible_p50_ms", "POST → row in the other service at 200/s, p50", "ms", 1),
    ("effect", "visible_p99_ms", "… p99", "ms", 1),
    ("effect", "both_us", "… CPU per command at 200/s, both services", "µs", 0),
    ("effect", "mongod_us", "… CPU per command at 200/s, mongod", "µs", 0),
    ("drain", "events_per_s", "Drain of a full topic", "events/s", 0),
    ("drain", "server_us", "… CPU per event, service", "µs", 1),
    ("drain", "mongod_us", "… CPU per event, mongod", "µs", 1),
    ("drain", "loaded_mib", "… memory of the reader", "MiB", 0),
    ("start", "start_s", "Start to first accepted command (Spring: with its archive of classes)", "s", 2),
    ("start", "start_without_archive_s", "… without the archive", "s", 2),
    ("start", "idle_register_mib", "Memory at rest, commands", "MiB", 0),
    ("start", "idle_directory_mib", "Memory at rest, reader", "MiB", 0),
    ("write", "loaded_mib", "Memory after saturation, commands", "MiB", 0),
    ("write", "disk_register_bytes", "Disk per command: record, history, indexes", "bytes", 0),
    ("write", "disk_topic_bytes", "Disk per event: topic", "bytes", 0),
    ("drain", "disk_directory_bytes", "Disk per event: inbox or heads, read model, indexes", "bytes", 0),
    ("recovery", "register.again_s", "kill -9 of the command service: next accepted command", "s", 2),
    ("recovery", "register.missing", "… accepted and never visible", "", 0),
    ("recovery", "directory.again_s", "kill -9 of the reader: next visible row", "s", 2),
    ("recovery", "directory.missing", "… accepted and never visible", "", 0),
)
LIMITS = {
    "consume_per_s": "events a second read and thrown away", "produce_per_s": "events a second put into the topic",
    "insert_one_per_s": "single inserts a second, one client, majority and journal", "insert_one_mongod_us": "µs of mongod for each of them",
    "insert_500_per_s": "inserts a second, 500 in one write", "insert_500_mongod_us": "µs of mongod for each of them",
}  # fmt: skip


def at(result: dict[str, Any], stage: str, form: str, key: str) -> dict[str, float] | None:
    """The spread of one figure; None where it was not measured. Spring's two forms share the reader that drains."""
    if stage == "drain" and form == "spring-collection":
        form = "spring-document"
    found: Any = result.get(stage, {}).get(form, {})
    for part in key.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return None if found is None else whole(found)


def whole(value: Any) -> dict[str, float]:
    """A single figure as the spread of one round."""
    return value if isinstance(value, dict) else {"median": value, "min": value, "max": value, "rounds": 1}


def verdicts(result: dict[str, Any]) -> Iterator[tuple[str, float, float, float, str, bool]]:
    """Target by target, against the better of Spring's two forms in the same run: name, ours, theirs, ratio, target, met."""
    wanted = (
        ("POST/s at saturation", "write", "post_per_s", max, SPRING, 1.2, "≥"),
        ("drain, events/s", "drain", "events_per_s", max, SPRING, 1.2, "≥"),
        ("drain, CPU per event", "drain", "server_us", min, SPRING, 1.0, "≤"),
        ("mongod CPU per command (against J)", "write", "mongod_us", min, SPRING[:1], 0.6, "≤"),
        ("start to first accepted command", "start", "start_s", min, SPRING, 1 / 8, "≤"),
        ("memory at rest, commands", "start", "idle_register_mib", min, SPRING, 1 / 3, "≤"),
        ("memory at rest, reader", "start", "idle_directory_mib", min, SPRING, 1 / 3, "≤"),
        ("memory after saturation, commands", "write", "loaded_mib", min, SPRING, 1 / 3, "≤"),
        ("memory while draining, reader", "drain", "loaded_mib", min, SPRING, 1 / 3, "≤"),
    )
    for name, stage, key, better, forms, target, sign in wanted:
        ours, theirs = at(result, stage, "kernel", key), [x["median"] for f in forms if (x := at(result, stage, f, key))]
        if ours and theirs:
            ratio = ours["median"] / better(theirs)
            yield name, ours["median"], better(theirs), ratio, f"{sign} {target:.2f} ×", ratio >= target if sign == "≥" else ratio <= target


def told(found: dict[str, float] | None, decimals: int) -> str:
    if found is None:
        return "–"
    one = f"{found['median']:,.{decimals}f}"
    return one if found["rounds"] < 2 else f"{one} ({found['min']:,.{decimals}f}–{found['max']:,.{decimals}f})"


def machine(m: dict[str, Any]) -> str:
    java = f", Java {m['java']}, Spring Boot {m['spring_boot']}" if m.get("java") else ""
    return (f"Machine: {m['cpu']}, {m['cores']} cores, {m['memory_gib']} GiB, {m['system']}, load {m['load_at_start']:.1f} at the start. Python {m['python']}, "
            f"FastAPI {m['fastapi']}, pydantic {m['pydantic']}, motor {m['motor']}, aiokafka {m['aiokafka']}, Kafka {m['kafka']}, "
            f"mongod {m['mongod']} with {m['mongod_cache_gib']:g} GiB cache{java}.")  # fmt: skip


def side(result: dict[str, Any], folder: Path) -> list[str]:
    labels, forms = result["labels"], [f for f in FORMS if f in result.get("write", {}) or f in result.get("drain", {})]
    text = ["## Side by side", "",
            "The same job in each form: a validated POST of 1 kB becomes a document and an event that leave together, the event goes to Kafka, another service takes it in "
            "exactly once and changes its read model in the same transaction. Guildhall does more than the others meanwhile: it checks a token, keeps the history of every "
            "record, dead letters, metrics and its clock. Spring is warmed until three windows in a row lie within 5 %. Servers of all forms stand on the same Kafka and the "
            "same mongod and are measured in turn, in a new order every round. CPU is process time from the operating system, to the last settled event. "
            "How the anchor is built, and why so: [anchor-spring](../tests/bench/anchor-spring/README.md).", "", machine(result["machine"]), ""]  # fmt: skip
    if result.get("absent"):
        text += [result["absent"], ""]
    if found := list(verdicts(result)):
        text += [
            "| target, against the better Spring form of this run | Guildhall | Spring | ratio | target | met |",
            "|---|--:|--:|--:|--:|---|",
        ]
        text += [
            f"| {name} | {plots.figure(ours)} | {plots.figure(theirs)} | {ratio:.2f} | {target} | {'yes' if met else 'no'} |"
            for name, ours, theirs, ratio, target, met in found
        ]
        text += [""]
    text += [f"| median (least–greatest of the rounds) | {' | '.join(labels[f] for f in forms)} |", "|---|" + "--:|" * len(forms)]
    for stage, key, name, unit, decimals in LINES:
        if any(at(result, stage, f, key) for f in forms):
            text.append(f"| {name}{f', {unit}' if unit else ''} | {' | '.join(told(at(result, stage, f, key), decimals) for f in forms)} |")
    text += [""]
    cold = [f for f in forms if not result.get("write", {}).get(f, {}).get("warm", {}).get("plateau", True)]
    if cold:
        text += [f"Not level within 5 % when measured: {', '.join(labels[f] for f in cold)}.", ""]
    if write := result.get("write"):
        clients = list(write["kernel"]["clients"])
        text += [f"| POST/s · p50 ms with … clients | {' | '.join(clients)} |", "|---|" + "--:|" * len(clients)]
        text += [
            f"| {labels[f]} | "
            + " | ".join(f"{write[f]['clients'][c]['post_per_s']['median']:,.0f} · {write[f]['clients'][c]['p50_ms']['median']:.1f}" for c in clients) + " |"
            for f in forms
        ]  # fmt: skip
        text += [""]
    if limits := result.get("limits"):
        text += ["| limits of this machine | |", "|---|--:|", *(f"| {LIMITS[k]} | {v:,.0f} |" for k, v in limits.items()), ""]
    for stage, key, title, unit in (("write", "post_per_s", "POST at saturation", "per second"), ("effect", "visible_p50_ms", "POST to visible elsewhere, p50", "ms"),
                                    ("drain", "events_per_s", "Drain", "events per second"), ("start", "start_s", "Start to first accepted command", "s"),
                                    ("write", "loaded_mib", "Memory after saturation", "MiB")):  # fmt: skip
        rows = [(labels[f], x["median"], x["min"], x["max"]) for f in forms if (x := at(result, stage, f, key))]
        if rows:
            plots.bars(folder / f"{stage}-{key}.svg", title, unit, rows)
            text.append(f"![{title}](benchmarks/{stage}-{key}.svg)")
    return [*text, ""]


def growth(result: dict[str, Any], folder: Path) -> list[str]:
    sizes = result["sizes"]
    rows = (
        ("post_per_s", "POST/s, 32 clients", 0), ("p50_ms", "… p50, ms", 1), ("server_us", "… CPU per command, service, µs", 0), ("mongod_us", "… CPU per command, mongod, µs", 0),
        ("alone_p50_ms", "a lone client's POST, p50, ms", 2), ("read_p50_ms", "GET of one record, p50, ms", 2), ("list_p50_ms", "GET of a page of 50 in one district, p50, ms", 2),
        ("drain_events_per_s", "drain, events/s", 0), ("drain_server_us", "… CPU per event, service, µs", 1), ("drain_mongod_us", "… CPU per event, mongod, µs", 1),
        ("start_s", "start to first accepted command, s", 2), ("loaded_mib", "memory of the command service, MiB", 0), ("disk_register_bytes", "disk per record with history, bytes", 0),
    )  # fmt: skip
    heads = " | ".join(format(s["records"], ",") for s in sizes)
    text = ["## Growth", "", "What one operation costs Guildhall when so many records are there already (put into the store directly, as the kernel would have left them).", "",
            machine(result["machine"]), "", f"| records | {heads} |", "|---|" + "--:|" * len(sizes)]  # fmt: skip
    text += [f"| {name} | {' | '.join(told(whole(s[key]), decimals) for s in sizes)} |" for key, name, decimals in rows]
    if len(sizes) > 1:
        series = {
            name: [(s["records"], whole(s[key])["median"]) for s in sizes]
            for name, key in (("service, per command", "server_us"), ("mongod, per command", "mongod_us"))
        }
        plots.lines(folder / "growth.svg", "CPU per command", "µs", series, "records in the store")
        text += ["", "![CPU per command as records grow](benchmarks/growth.svg)"]
    made = result["processes"]
    text += ["", "| one group of readers on four partitions | 1 process | 2 | 4 |", "|---|--:|--:|--:|"]
    for form, found in made.items():
        text += [f"| {result.get('labels', {}).get(form, form)}: events/s | {' | '.join(told(found[n]['events_per_s'], 0) for n in found)} |",
                 f"| … CPU per event, all of them, µs | {' | '.join(told(found[n]['server_us'], 1) for n in found)} |"]  # fmt: skip
    return [*text, ""]


def write(results: dict[str, Any], page: Path) -> str:
    """Write `page`, the JSON beside it and the plots in the folder of its name; returns the page."""
    text = [
        "# Benchmarks",
        "",
        "Written by `make bench`; the raw figures are in `benchmarks.json`. Every figure is of one machine and one run: compare within a table.",
        "",
    ]
    for name, part in (("side", side), ("growth", growth), ("spine", lambda r, _: spine.section(r))):
        if name in results:
            text += part(results[name], page.with_suffix(""))
    page.parent.mkdir(parents=True, exist_ok=True)
    page.with_suffix(".json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page.write_text("\n".join(text).rstrip() + "\n", encoding="utf-8")
    return page.read_text(encoding="utf-8")


def kept(page: Path) -> dict[str, Any]:
    """What earlier measurements have left."""
    file = page.with_suffix(".json")
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
