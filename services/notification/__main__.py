"""`python -m services.notification`: this service, alone."""

import sys

from services.notification.service import service
from shared.run import run

if __name__ == "__main__":
    sys.exit(run(service))
