"""docs/proof.md, out of the results that lie under .local/prove."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HEAD = """# The proof

Written by `make prove`; do not edit. Real processes: three Kafka brokers (three copies, two in step for an acknowledgement), three mongods,
the services, client processes that keep their own histories, and a proxy through which every connection passes. Faults come one after the
other under load, in an order that the seed gives; each has healed before the next begins. In the end everything is healed, and
`guildhall verify --replay` and the clients' histories must agree with what is kept.
"""


def write(kept: Path, file: Path) -> None:
    results = [json.loads(f.read_text()) for f in sorted(kept.glob("seed-*.json"))]
    right = sorted((r for r in results if not r["options"]["wrong"]), key=lambda r: r["seed"])
    wrong = [r for r in results if r["options"]["wrong"]]
    file.write_text("\n".join([HEAD, *seeds(right), *kinds(right), *caught(wrong)]).rstrip() + "\n", encoding="utf-8")


def number(result: dict[str, Any], *names: str) -> int:
    return sum(len(result["findings"].get(n, ())) for n in names)


def seeds(results: list[dict[str, Any]]) -> Iterator[str]:
    yield "## Seeds\n"
    yield "| seed | answered ok | refused | unknown at the end | answers that told nothing, absorbed by the key | faults | lost | doubled | out of order, other findings of `verify` | read-model differences | other findings | slowest accepted command | slowest delivery | minutes |"
    yield "|" + "---|" * 14
    for r in results:
        verify, out = r["verify"]["checks"], r["outcomes"]
        replay = verify.get("replay", 0)
        others = len(r["findings"].get("verify", ())) - replay
        rest = sum(len(f) for n, f in r["findings"].items() if n not in ("lost", "doubled", "mailed_twice", "verify"))
        worst = [max((f[name] for f in r["faults"]), default=0) for name in ("ack_stall", "delivery_stall")]
        yield (f"| {r['seed']} | {out.get('ok', 0)} | {out.get('fail', 0)} | {out.get('unknown', 0)} | {sum(r['absorbed'].values())} "
               f"| {sum(not f['skipped'] for f in r['faults'])} | {number(r, 'lost', 'never_delivered')} | {number(r, 'doubled', 'mailed_twice')} "
               f"| {max(0, others)} | {replay} | {rest} | {worst[0]} s | {worst[1]} s | {r['minutes']} |")  # fmt: skip
    yield ""
    for r in results:
        yield f"Seed {r['seed']}, {r['at'][:10]}: `{r['line']}`; {r['machine']}."
        absorbed = ", ".join(f"{n} × {what}" for what, n in sorted(r["absorbed"].items(), key=lambda x: -x[1])) or "none"
        yield f"Absorbed: {absorbed}. Mails: {r['mailed']} handed over; ledger {', '.join(f'{n} {s}' for s, n in sorted(r['mails'].items()))}."
        if rush := r.get("rush"):
            yield f"The rest of the load, sent at once after the last fault: slowest command {rush['ack_stall']} s, slowest delivery {rush['delivery_stall']} s."
        if r["ends"]:
            yield f"Processes that ended by themselves and were started again: {', '.join(f'{n} × {what}' for what, n in r['ends'].items())}."
        for name, found in r["findings"].items():
            yield f"**{name}**: {len(found)}, such as {found[0][:300]}"
        yield ""


def kinds(results: list[dict[str, Any]]) -> Iterator[str]:
    rows: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for r in results:
        for f in r["faults"]:
            rows[f["number"], f["title"]].append(f)
    yield "## Kinds of faults\n"
    yield "Command: the longest time from the first try of a command to its answer, with all repetitions, of the accepted ones that began in the fault. Delivery: the longest time from an answer to its effect in the slowest reader. Both contain the fault itself, and the retreat of the client between two tries (up to 1 s). Not well: half a minute after its end something was still not ready.\n"
    yield "| | fault | times | skipped | worst command | median | worst delivery | median | over 10 s / 15 s | not well |"
    yield "|" + "---|" * 10
    for (no, title), found in sorted(rows.items(), key=lambda row: (int(row[0][0][1:]), row[0][1])):
        made = [f for f in found if not f["skipped"]]
        acks, delays = sorted(f["ack_stall"] for f in made), sorted(f["delivery_stall"] for f in made)
        over = f"{sum(a > 10 for a in acks)} / {sum(d > 15 for d in delays)}"
        why = ", ".join(f"{n}: {w}" for w, n in Counter(f["skipped"] for f in found if f["skipped"]).items()) or "0"
        told = f"{acks[-1]} s | {acks[len(acks) // 2]} s | {delays[-1]} s | {delays[len(delays) // 2]} s" if made else "– | – | – | –"
        yield f"| {no} | {title} | {len(made)} | {why} | {told} | {over} | {sum(not f['recovered'] for f in made)} |"
    yield ""


def caught(results: list[dict[str, Any]]) -> Iterator[str]:
    if results:
        yield "## Builds that are wrong on purpose\n"
        yield "| build | seed | faults | caught by |"
        yield "|---|---|---|---|"
    for r in results:
        by = ", ".join(f"{n} ({len(f)})" for n, f in r["findings"].items()) or "**not caught**"
        yield f"| {r['options']['wrong'].replace('_', ' ')} | {r['seed']} | {len(r['faults'])} | {by} |"
