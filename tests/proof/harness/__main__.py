"""`python -m tests.proof.harness`: seeds one after the other; what a seed has given is kept, and the report is written of all.

A seed that has a clean result with the same options is not run again (`--again` does), so a long series can be broken off and taken up.
"""

import argparse
import asyncio
import json
import logging
import shutil
import signal
import sys
from pathlib import Path

from tests.proof.harness.faults import FAULTS
from tests.proof.harness.herd import ROOT
from tests.proof.harness.report import write
from tests.proof.harness.run import Options, Result, failure, run, say
from tests.proof.harness.wrong_builds import WRONG

TELLING = "services_killed,service_and_mongo,repeated"  # faults in which each of the wrong builds shows itself
KEPT = ROOT / ".local" / "prove"


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.proof.harness", description="Faults under load, then a check of everything.")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many")
    parser.add_argument("--commands", type=int, default=10_000)
    parser.add_argument("--faults", type=int, default=46)
    parser.add_argument("--minutes", type=float, default=20.0, help="no fault begins later")
    parser.add_argument("--only", default="", help=f"kinds of faults, comma between: {', '.join(FAULTS)}")
    parser.add_argument("--wrong", default="", choices=("", "all", *WRONG), help="a build that must be caught")
    parser.add_argument("--nodes", type=int, default=3, choices=(1, 3), help="brokers, and members of the set")
    parser.add_argument("--again", type=bool, default=False, help="also seeds that have passed")
    return parser.parse_args()


def passed(file: Path, options: Options) -> bool:
    if not file.exists():
        return False
    before: Result = json.loads(file.read_text())
    return bool(before["clean"] and before["options"] == vars(options))


def one(options: Options, again: bool) -> bool:
    """Whether the seed passes; a wrong build passes when it is caught."""
    name = f"seed-{options.seed}" + (f"-{options.wrong}" if options.wrong else "")
    file, directory = KEPT / f"{name}.json", KEPT / name
    if passed(file, options) and not again:
        say(f"seed {options.seed} has passed already")
        return True
    result = asyncio.run(run(options, directory))
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False, default=str))
    write(KEPT, ROOT / "docs" / "proof.md")
    if result["clean"] or options.wrong:
        shutil.rmtree(directory)
    if options.wrong:
        say(
            f"{options.wrong}: {'NOT CAUGHT' if result['clean'] else 'caught: ' + ', '.join(f'{n} {len(f)}' for n, f in result['findings'].items())}"
        )
        return not result["clean"]
    if not result["clean"]:
        print(failure(result))
        return False
    say(f"seed {options.seed} passed: {result['commands']} commands, {len(result['faults'])} faults, {result['minutes']} min")
    return True


def main() -> int:
    told = asked()
    if not Path("/proc/net/tcp").exists():
        print("The fault harness reads from Linux's /proc whose a connection is: run it on Linux.", file=sys.stderr)
        return 78
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # servers that are away are what this is about
    for end in (signal.SIGINT, signal.SIGTERM):  # whoever ends it finds nothing of it running
        signal.signal(end, signal.default_int_handler)
    KEPT.mkdir(parents=True, exist_ok=True)
    builds = list(WRONG) if told.wrong == "all" else [told.wrong]
    results = [one(Options(told.seed + n, told.commands, told.faults, told.minutes, build, told.only or TELLING * bool(build), nodes=told.nodes), told.again)
               for n in range(told.seeds) for build in builds]  # fmt: skip
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
