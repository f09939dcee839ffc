"""The registration case with the kernel or by hand, one process: `python -m tests.bench.cases_server kernel|hand <port>`.

With the kernel it is the real records and nothing beside them: the case, the association that is born of it, the regimes, and the change
cases and transfers whose names and persons a case looks at. The directory, the statistics and the other records that hear of a new
association are left out on both sides, for nobody has written them by hand.
"""

import os
import sys

import uvicorn
from joserfc.jwk import KeySet

from services.registry.associations import decoupling, ending
from services.registry.associations.association import associations
from services.registry.registration import certificate, decision
from services.registry.registration.case import cases
from services.registry.registration.change_case import change_cases
from services.registry.registration.publication import regimes
from services.registry.registration.shipping import enter_regimes
from services.registry.registration.transfer import transfers
from shared import logs
from shared.auth import DEMO_ISSUER, DEMO_LIFETIME, Verifier
from shared.engine import Service
from shared.run import build
from shared.settings import Settings
from tests.bench import cases_by_hand
from tests.bench.server import issuer_of

CHAPTERS = (decoupling, ending, decision, certificate)  # of the association and of the case
service = Service(
    "registry",
    kinds=(regimes, cases, associations, change_cases, transfers),
    rooms={"registration": "zone", "associations": "public"},
    loops=(enter_regimes,),
)


def main(what: str, port: int) -> None:
    logs.configure("ERROR")
    settings, issuer = Settings.from_environment(profile="test", port=port), issuer_of(os.environ["BENCH_KEY"])
    if what == "hand":
        verifier = Verifier(DEMO_ISSUER, "guildhall", DEMO_LIFETIME, KeySet([issuer.key]))
        app = cases_by_hand.build(verifier, settings.mongo, settings.kafka[0], settings.prefix)
    else:
        app = build([service], settings, issuer)
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", access_log=False, log_config=None)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
