"""`make bench [spine | verify]`: run measurements, spine unless another is named.

Spine writes docs/benchmarks.md with its JSON beside it, verify docs/verify-bench.json; what follows a name that begins with `-` is told to verify.
"""

import sys

from tests.bench import spine, verify, writes

KNOWN = {"spine": lambda _: spine.main(), "verify": verify.main, "writes": lambda _: writes.main()}


def main(arguments: list[str]) -> int:
    first = next((n for n, a in enumerate(arguments) if a.startswith("-")), len(arguments))
    names, options = arguments[:first], arguments[first:]
    if unknown := set(names) - set(KNOWN):
        print(f"no such measurement: {', '.join(sorted(unknown))}; there is {', '.join(KNOWN)}", file=sys.stderr)
        return 2
    for name in names or ["spine"]:
        KNOWN[name](options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
