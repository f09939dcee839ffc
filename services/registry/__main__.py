"""The registry alone: `python -m services.registry`."""

from services.registry.service import service
from shared.run import run

raise SystemExit(run(service))
