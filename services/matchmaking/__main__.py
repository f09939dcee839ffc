"""Matchmaking alone: `python -m services.matchmaking`."""

import sys

from services.matchmaking.service import service
from shared.run import run

if __name__ == "__main__":
    sys.exit(run(service))
