"""One service as its own process for the proofs: `python -m tests.proof.process NAME PORT`, with an issuer key shared by all."""

import importlib
import os
import sys

import uvicorn

from shared import logs
from shared.run import build
from shared.settings import Settings
from tests.bench.server import issuer_of


def main(name: str, port: int) -> None:
    logs.configure("WARNING")
    settings = Settings.from_environment(profile="test", port=port)
    service = importlib.import_module(f"services.{name}.service").service
    app = build([service], settings, issuer_of(os.environ["PROOF_KEY"]))
    uvicorn.run(app, host="127.0.0.1", port=port, loop="uvloop", access_log=False, log_config=None, timeout_graceful_shutdown=3)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
