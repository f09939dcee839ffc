"""One server process for a measurement: `python -m tests.bench.server WHAT PORT`, told the rest by its environment.

WHAT is kernel, hand or club (the spine); register or directory (the job with the kernel); hand-register or hand-directory (without).
"""

import json
import os
import sys
from pathlib import Path

import uvicorn
from joserfc.jwk import ECKey, KeySet

from shared import logs, mongo
from shared.auth import DEMO_ISSUER, DEMO_LIFETIME, Issuer, Verifier
from shared.run import build
from shared.settings import Settings
from tests.bench import by_hand, hand, job
from tests.shared.kernel_samples import club, library


def issuer_of(path: str) -> Issuer:
    """The issuer whose key lies in a file, so that client and servers agree."""
    issuer = Issuer()
    file = Path(path)
    if file.exists():
        issuer.key = ECKey.import_key(json.loads(file.read_text()))
    else:
        file.write_text(json.dumps(issuer.key.as_dict(private=True)))
    return issuer


def main(what: str, port: int) -> None:
    logs.configure("ERROR")
    if os.environ.get("BENCH_ALONE"):
        mongo.TRIPS, mongo.TOGETHER_MAX = 10_000, 1
    mongo.TRIPS = int(os.environ.get("BENCH_TRIPS", mongo.TRIPS))
    settings = Settings.from_environment(profile="test", port=port)
    issuer = issuer_of(os.environ["BENCH_KEY"])
    if what == "hand":
        verifier = Verifier(DEMO_ISSUER, "guildhall", DEMO_LIFETIME, KeySet([issuer.key]))
        app = by_hand.build(verifier, settings.mongo, settings.kafka[0], f"{settings.prefix}hand")
    elif what.startswith("hand-"):
        make = {"hand-register": hand.register, "hand-directory": hand.directory}[what]
        app = make(settings.mongo, settings.kafka[0], settings.prefix)
    else:
        services = {"kernel": library, "club": club, "register": job.register, "directory": job.directory}
        app = build([services[what]], settings, issuer)
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", access_log=False, log_config=None)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
