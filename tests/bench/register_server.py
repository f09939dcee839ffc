"""The real registry, with a signing key the measurement knows: `python -m tests.bench.register_server serve <port>`."""

import os
import sys

import uvicorn

from services.registry.service import service
from shared.run import build
from shared.settings import Settings
from tests.bench.server import issuer_of

if __name__ == "__main__":
    port = int(sys.argv[2])
    app = build([service], Settings.from_environment(profile="test", port=port), issuer_of(os.environ["BENCH_KEY"]))
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", access_log=False, log_config=None)
