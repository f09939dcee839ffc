"""The mail relay outside: it refuses 3 % for now, and of 3 % it keeps the mail and never says so; all it has kept is in its journal.

`python -m tests.proof.harness.sink PORT JOURNAL SEED`
"""

import asyncio
import random
import sys
from pathlib import Path
from typing import Any

from deploy.local.mail_sink import MailSink

SHARE = 0.03


class Unreliable(MailSink):
    dice: random.Random

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        luck = self.dice.random()
        if luck < SHARE:
            return "451 not now"
        self.keep(envelope)
        self.mails.clear()  # the journal has it
        if luck < 2 * SHARE:
            server.transport.abort()
            await asyncio.Event().wait()
        return "250 kept"


async def main(port: int, journal: Path, seed: int) -> None:
    sink = Unreliable(port=port, file=journal)
    sink.dice = random.Random(seed)
    await sink.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
