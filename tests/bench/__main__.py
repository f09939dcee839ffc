"""`make bench [spine | verify]`: run the measurements; spine writes docs/benchmarks.md with its JSON beside it, verify docs/verify-bench.json."""

import sys

from tests.bench import spine, verify

KNOWN = {"spine": spine.main, "verify": verify.main}


def main(arguments: list[str]) -> int:
    """Names, and behind them options of the last one. Without a name: all of them."""
    first = next((n for n, a in enumerate(arguments) if a.startswith("-")), len(arguments))
    names, options = arguments[:first], arguments[first:]
    if unknown := set(names) - set(KNOWN):
        print(f"no such measurement: {', '.join(sorted(unknown))}; there is {', '.join(KNOWN)}", file=sys.stderr)
        return 2
    for name in names or list(KNOWN):
        KNOWN[name](options if name == names[-1:][0] else ()) if name == "verify" else spine.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
