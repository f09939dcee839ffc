"""`make bench [side] [growth] [spine]`: run these measurements (all when none is named) and write docs/benchmarks.md from what is kept.

`ARGS=--quick` measures side and growth with small numbers in a few minutes and writes to .local/bench, never to docs/.
`make bench verify` measures the checker, `make bench register` search, open data, imports and the registration case of the registry, `make bench writes` single commands against commands that
arrive together, `make bench conference` the planning of a matching conference, `make bench matching` the index of the profiles,
`make bench exposure` who is shown how often.
"""

import argparse
import signal
import sys
from functools import partial

from tests.bench import conference, exposure, growth, matching, register, report, side, spine, verify, writes

KNOWN = ("side", "growth", "spine")
ALONE = {
    "verify": verify.main,
    "register": register.main,
    "writes": lambda _: writes.main(),
    "conference": conference.main,
    "matching": matching.main,
    "exposure": exposure.main,
}  # with a page and options of their own, named first


def main(words: list[str]) -> int:
    if words and words[0] in ALONE:
        ALONE[words[0]](words[1:])
        return 0
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help=", ".join(KNOWN))
    parser.add_argument("--quick", action="store_true", help="small numbers, to see that everything works; writes to .local/bench")
    parser.add_argument("--without-anchor", action="store_true", help="leave Spring out")
    parser.add_argument(
        "--records", type=int, default=1_000_000, help="growth: the largest store measured (up to 10000000; about 20 GB of disk)"
    )
    parser.add_argument("--stages", default=",".join(side.STAGES), help="side: which of " + ", ".join(side.STAGES))
    parser.add_argument("--seed", type=int, default=1, help="of the order within the rounds")
    chosen = parser.parse_args(words)
    if unknown := set(chosen.names) - set(KNOWN):
        print(f"no such measurement: {', '.join(sorted(unknown))}; there is {', '.join(KNOWN)}", file=sys.stderr)
        return 2
    stages = tuple(chosen.stages.split(","))
    if unknown := set(stages) - set(side.STAGES):
        print(f"no such stage: {', '.join(sorted(unknown))}; there is {', '.join(side.STAGES)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # servers are stopped on the way out, whoever ends us
    say = partial(print, flush=True)
    page = report.ROOT / (".local/bench/benchmarks.md" if chosen.quick else "docs/benchmarks.md")
    names = chosen.names or [n for n in KNOWN if n != "spine" or not chosen.quick]
    for name in names:
        say(f"── {name}")
        if name == "side":
            made = side.measure(chosen.quick, not chosen.without_anchor, chosen.seed, stages, say)
        elif name == "growth":
            made = growth.measure(chosen.quick, not chosen.without_anchor, chosen.seed, chosen.records, say)
        else:
            made = spine.measure()
        results = report.kept(page)
        # stages measured alone take their place beside the others of an earlier run on the same machine
        results[name] = {**results.get(name, {}), **made} if name == "side" and stages != side.STAGES else made
        text = report.write(results, page)
    say(text)
    say(f"written: {page.relative_to(report.ROOT)} and {page.with_suffix('.json').relative_to(report.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
