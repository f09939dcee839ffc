"""Evaluation alone: `python -m services.evaluation`."""

import sys

from services.evaluation.service import service
from shared.run import run

if __name__ == "__main__":
    sys.exit(run(service))
