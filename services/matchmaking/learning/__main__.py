"""`python -m services.matchmaking.learning propose | release FILE | rollback`: weights from what came of matches, released by a person.

propose    reads matches, the lists that were shown and profiles of the service (`GUILDHALL_MONGO`, `GUILDHALL_PREFIX`), learns, judges, runs beside
           the running version, and writes `weights-<version>.yaml` and `report.zh.md`; changes nothing
release    ends the running version on the day before and writes the new one into the data of the package, for review and commit
rollback   the same with the version before the running one, under a new name
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import yaml

from services.matchmaking.engine.weights import Weights
from services.matchmaking.learning.decisions import choices_of, decisions_of
from services.matchmaking.learning.impressions import IMPRESSIONS, Bias, Lists, bias_of, impression_of
from services.matchmaking.learning.trial import exposed, passed, shadow, told, tried, weighed
from services.matchmaking.matching.match import matches
from services.matchmaking.profiles.profile import party_of, scale_of
from shared.mongo import Store
from shared.settings import Settings
from shared.versions import BadRules, Versions

DATA = Path(__file__).parents[1] / "data" / "weights.yaml"
ASSUMED = 0.5  # η until enough exchanged places were chosen from
NOBODY = 3  # nothing to release: too few decisions, or a gate was not passed


def say(text: str, to: TextIO | None = None) -> None:
    (to or sys.stdout).write(text + "\n")


async def propose(out: Path, bias: float | None, lists: int, today: date) -> int:
    settings = Settings.from_environment()
    store = Store(settings.mongo, f"{settings.prefix}matchmaking", settings.mongo_driver)
    try:
        proposals = [h.record for h in await store.find(matches, {})]
        shown = [impression_of(row) for row in await store.rows(IMPRESSIONS, {})]
        parties = [party_of(row) for row in await store.rows("profiles", {}) if row.get("kind")]
    finally:
        await store.close()
    running = scale_of(today)
    choices = choices_of(proposals, Lists(shown))
    decisions = decisions_of(proposals, choices)
    places = bias_of(list(choices.values()), ASSUMED) if bias is None else Bias(bias)
    real = exposed(shown, [(m.seeker, m.candidate) for m in proposals])
    verdicts = tried(decisions, running.weights.roles, places.eta)
    version, seen = f"{today.year}-{today:%m%d}", None
    note = "由对接答复校准：" + "、".join(v.role for v in verdicts if v.passes) + " / learned from answers to matches"
    made = weighed(running.weights, verdicts, version, today + timedelta(days=1), note)
    if any(v.passes for v in verdicts):
        seen = shadow(parties, running, replace(running, weights=made), today, lists)
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.zh.md").write_text(told(verdicts, seen, version, places, real), "utf-8")
    say(f"{len(decisions)} decisions; report in {out / 'report.zh.md'}")
    if not passed(verdicts, seen):
        say("nothing to release: the report says why")
        return NOBODY
    (out / f"weights-{version}.yaml").write_text(written(made), "utf-8")
    say(f"proposed weights in {out / f'weights-{version}.yaml'}; release them with `release`")
    return 0


def written(weights: Weights) -> str:
    """A version as a document of the data file."""
    body: dict[str, Any] = weights.model_dump(mode="json", by_alias=True, exclude_none=True)
    return yaml.safe_dump(body, allow_unicode=True, sort_keys=False, default_flow_style=None, width=150)


def release(file: Path, data: Path, since: date) -> int:
    """Append the version to the data file and end the running one the day before. Raises: BadRules, and leaves the file as it was."""
    (new,) = Versions.load(file, Weights).all()
    return appended(new.model_copy(update={"effective_from": since, "effective_to": None}), data, since)


def rollback(data: Path, since: date) -> int:
    """Release the version before the running one again. Raises: BadRules."""
    known = Versions.load(data, Weights).all()
    running = next((n for n, w in enumerate(known) if w.holds(since)), 0)
    if running == 0:
        say("there is no version before the running one", sys.stderr)
        return 2
    before, now = known[running - 1], known[running]
    back = before.model_copy(update={
        "version": f"{now.version}-back", "effective_from": since, "effective_to": None,
        "change_note": f"回退至 {before.version} / back to {before.version}: {before.change_note}",
    })  # fmt: skip
    return appended(back, data, since)


def appended(new: Weights, data: Path, since: date) -> int:
    before = data.read_text("utf-8")
    known = Versions.load(data, Weights)
    running = known.in_force(since, new.code)
    if running.effective_from >= since:
        raise BadRules(f"{data.name}: {running.version} begins on {running.effective_from}, not before {since}")
    head = re.compile(rf"^version: ['\"]?{re.escape(running.version)}['\"]?$", re.MULTILINE)
    if len(head.findall(before)) != 1 or running.effective_to is not None:
        raise BadRules(f"{data.name}: where {running.version} ends cannot be written in")
    ended = head.sub(lambda found: f"{found[0]}\neffective_to: {since - timedelta(days=1)}", before)
    data.write_text(f"{ended.rstrip()}\n---\n{written(new)}", "utf-8")
    try:
        Versions.load(data, Weights)
    except BadRules:
        data.write_text(before, "utf-8")
        raise
    say(f"{new.version} holds from {since}, {running.version} until the day before; review the change and commit it")
    return 0


def main(words: Sequence[str] | None = None, data: Path = DATA) -> int:
    today = datetime.now(UTC).date()
    parser = argparse.ArgumentParser(
        prog="python -m services.matchmaking.learning", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    does = parser.add_subparsers(dest="does", required=True)
    proposing = does.add_parser("propose")
    proposing.add_argument("--out", type=Path, default=Path("learning"), help="directory of the report and the proposed version (learning)")
    proposing.add_argument(
        "--bias",
        type=float,
        help=f"η: how fast a place in a list is looked at less; left out, it is estimated from exchanged places ({ASSUMED} where these are too few)",
    )
    proposing.add_argument("--lists", type=int, default=200, help="lists of the shadow run (200)")
    releasing, back = does.add_parser("release"), does.add_parser("rollback")
    releasing.add_argument("file", type=Path)
    for one in (releasing, back):
        one.add_argument("--from", dest="since", type=date.fromisoformat, default=today + timedelta(days=1), help="first day (tomorrow)")
    asked = parser.parse_args(words)
    try:
        if asked.does == "propose":
            return asyncio.run(propose(asked.out, asked.bias, asked.lists, today))
        return release(asked.file, data, asked.since) if asked.does == "release" else rollback(data, asked.since)
    except BadRules as bad:
        say(f"not released: {bad}", sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
