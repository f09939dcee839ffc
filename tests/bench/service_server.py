"""A real service, with a signing key the measurement knows: `python -m tests.bench.service_server <service> <port>`."""

import importlib
import os
import sys

import uvicorn

from shared.run import build
from shared.settings import Settings
from tests.bench.server import issuer_of

if __name__ == "__main__":
    service, port = importlib.import_module(f"services.{sys.argv[1]}.service").service, int(sys.argv[2])
    app = build([service], Settings.from_environment(profile="test", port=port), issuer_of(os.environ["BENCH_KEY"]))
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", access_log=False, log_config=None)
