"""`make bench [spine]`: run the measurements and write docs/benchmarks.md with its JSON beside it."""

import sys

from tests.bench import spine

KNOWN = {"spine": spine.main}


def main(names: list[str]) -> int:
    if unknown := set(names) - set(KNOWN):
        print(f"no such measurement: {', '.join(sorted(unknown))}; there is {', '.join(KNOWN)}", file=sys.stderr)
        return 2
    for name in names or list(KNOWN):
        KNOWN[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
