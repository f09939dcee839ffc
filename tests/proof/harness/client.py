"""An independent client process: gives real commands with idempotency keys, repeats what it does not know, and keeps its own history.

`python -m tests.proof.harness.client DIRECTORY NUMBER`; the rest lies in DIRECTORY/plan.json. One JSON object a line in
DIRECTORY/history-NUMBER.jsonl: key, service, kind, id, outcome (ok | fail | unknown), version, status, started, ended, the identity of the
call as the platform makes it of the key, and the answers that told nothing. It goes on until a file `stop` lies there; what is unknown then
is asked for until a file `end` does.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid5

import httpx

from deploy.demo.platform import Who
from shared.http import KEYS
from shared.uscc import demo_code
from tests.bench.server import issuer_of

WORKERS = 4  # of one process
SILENT = 6.0  # seconds without an answer after which the outcome is unknown
MEMBERSHIP, LEAD, NEED, CONTACT = (
    "registry.members.membership", "matchmaking.leads.lead", "matchmaking.matching.need", "notification.ledger.contact_point",
)  # fmt: skip
PATHS = {MEMBERSHIP: "memberships", LEAD: "leads", NEED: "needs", CONTACT: "contact-points"}
AWAY = (httpx.TransportError, OSError, AttributeError)  # the last is what httpx makes of a connection reset while it was being opened
INVEST, SO_ADMIN = Who("INVEST_DEPT", "dept:invest"), Who("SO_ADMIN", "dept:so-admin")


@dataclass
class Life:
    """What one record is put through, command after command. `wish` names the next from its stage; a new record follows a closed one."""

    kind: str
    who: Who
    wish: Callable[["Life", random.Random], tuple[Who, str, dict[str, Any]]]
    association: str
    number: int
    id: str = ""
    stage: str = ""
    turn: int = 0

    @property
    def service(self) -> str:
        return self.kind.partition(".")[0]

    def path(self, command: str) -> str:
        base = f"/{self.service}/{PATHS[self.kind]}"
        return f"{base}/{self.id}:{command}" if command else base


def of_membership(life: Life, dice: random.Random) -> tuple[Who, str, dict[str, Any]]:
    us = Who("ASSOCIATION", life.association)
    if not life.id:
        return life.who, "", {"association": life.association}
    wrong = dice.random() < 0.03
    match life.stage:
        case "APPLIED":
            return us, "reinstate" if wrong else "admit", {}
        case "ACTIVE" if wrong:
            return us, "admit", {}
        case "ACTIVE" if dice.random() < 0.05:
            return life.who, "leave", {"reason": dice.choice(("RELOCATED", "FEE_BURDEN", "OTHER"))}
        case "ACTIVE" if dice.random() < 0.4:
            return us, "change_tier", {"tier": f"TIER_{'ABCDEFGHIJ'[life.turn % 10]}"}
        case "ACTIVE":
            return us, "suspend", {"reason": "欠缴会费"}
        case _:
            return us, "reinstate", {}


def of_lead(life: Life, dice: random.Random) -> tuple[Who, str, dict[str, Any]]:
    if not life.id:
        project = {"title": f"演示项目 {life.number}-{life.turn}", "gbt4754": "3670", "link_type": "EXTEND", "amount_total": 500_000_000_00}
        return life.who, "", {"investor": {"name": f"演示投资方{life.number}号{life.turn}"}, "project": project}
    if life.stage == "DROPPED":
        return INVEST, "reopen", {"reason": "投资方重新联系"}
    if dice.random() < 0.2:
        return INVEST, "drop", {"cause": "NO_CONTACT", "reason": "联系不上"}
    return INVEST, "reclassify", {"confidentiality": ("PUBLIC", "INTERNAL", "CONFIDENTIAL")[life.turn % 3], "reason": "按规定调整"}


def of_need(life: Life, dice: random.Random) -> tuple[Who, str, dict[str, Any]]:
    form = {"subject": life.association, "title": f"寻找冷链仓储合作 {life.number}-{life.turn}", "text": "需要三千平方米冷链仓库，一年期",
            "topics": ["冷链", "仓储"]}  # fmt: skip
    if not life.id:
        return life.who, "", form
    if dice.random() < 0.15:
        return life.who, "withdraw", {"reason": "已经解决"}
    match life.stage:
        case "REVIEW":
            return SO_ADMIN, "approve", {}
        case _:
            return life.who, "renew", {}


def of_contact(life: Life, dice: random.Random) -> tuple[Who, str, dict[str, Any]]:
    contact = {"name": f"演示企业{life.number}", "email": f"office{life.number}@firm{life.turn}.example", "quiet_hours": False,
               "wishes": {"duty": ["IN_APP", "EMAIL"], "information": ["IN_APP", "EMAIL"]}}  # fmt: skip
    return life.who, "change" if life.id else "", contact


CLOSED = {"EXITED", "WITHDRAWN", "EXPIRED"}


class Worker:
    def __init__(self, lives: list[Life], bases: dict[str, str], issuer: Any, seed: int, directory: Path, history: Any, name: str) -> None:
        self.lives, self.bases, self.issuer, self.dice = lives, bases, issuer, random.Random(seed)
        self.directory, self.history, self.name, self.count = directory, history, name, 0
        self.tokens: dict[Who, str] = {}

    def over(self, sign: str) -> bool:
        return (self.directory / sign).exists()

    async def run(self, pace: float) -> None:
        async with httpx.AsyncClient(timeout=SILENT) as client:
            while not self.over("stop"):
                life = self.dice.choice(self.lives)
                await self.tell(client, life)
                if not self.over("hurry"):
                    await asyncio.sleep(self.dice.uniform(0.5, 1.5) * pace)

    def head(self, who: Who) -> dict[str, str]:
        if who not in self.tokens:
            self.tokens[who] = self.issuer.token(who.role, who.organisation)
        return {"authorization": f"Bearer {self.tokens[who]}"}

    async def tell(self, client: httpx.AsyncClient, life: Life) -> None:
        """One command, asked until it is answered or the run has ended."""
        who, command, body = life.wish(life, self.dice)
        life.turn += 1
        self.count += 1
        key, path = f"{self.name}-{self.count}", life.path(command)
        call = uuid5(KEYS, f"{f'{who.role}/{who.organisation}'.lower()}\n{who.role}\n{who.organisation}\n\n{path}\n{key}")
        line: dict[str, Any] = {"key": key, "service": life.service, "kind": life.kind, "id": life.id or None, "outcome": "unknown", "version": None,
                                "status": None, "started": stamp(), "command": command, "call": str(call)}  # fmt: skip
        absorbed, pause = Counter[str](), 0.1
        while line["outcome"] == "unknown" and not self.over("end"):
            try:
                answer = await client.post(
                    f"{self.bases[life.service]}{path}", json=body, headers=self.head(who) | {"idempotency-key": key}
                )
            except AWAY as error:
                absorbed[type(error).__name__] += 1
            else:
                line["status"] = answer.status_code
                if answer.is_success:
                    told = answer.json()
                    line |= {"outcome": "ok", "id": told["id"], "version": told["meta"]["version"]}
                    life.id, life.stage = ("", "") if told["stage"] in CLOSED else (told["id"], told["stage"])
                elif answer.status_code < 500 and answer.status_code not in (408, 425, 429):
                    line |= {"outcome": "fail", "code": answer.json().get("code")}
                else:
                    absorbed[str(answer.status_code)] += 1
            if line["outcome"] == "unknown":
                await asyncio.sleep(pause * self.dice.uniform(0.5, 1.0))
                pause = min(pause * 1.6, 1.0)
        line |= {"ended": stamp(), "absorbed": dict(absorbed)}
        self.history.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.history.flush()
        if line["outcome"] == "fail" and life.id:
            await self.look(client, life)

    async def look(self, client: httpx.AsyncClient, life: Life) -> None:
        """How the record stands, after a refusal: somebody else may have moved it."""
        try:
            answer = await client.get(
                f"{self.bases[life.service]}/{life.service}/{PATHS[life.kind]}/{life.id}", headers=self.head(life.who)
            )
        except AWAY:
            return
        if answer.is_success:
            told = answer.json()
            life.id, life.stage = ("", "") if told["stage"] in CLOSED else (told["id"], told["stage"])


def stamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def lives(number: int, plan: dict[str, Any]) -> Iterator[Life]:
    """The records of one process: half of them memberships, a tenth the addresses of their firms, the rest needs and leads."""
    count = plan["records"] // plan["clients"]
    for n in range(number * 1000, number * 1000 + count):
        share, firm = n % 1000 % 10, Who("ENTERPRISE", demo_code("91611100", 20_000 + n))
        association = plan["associations"][n % len(plan["associations"])]
        if share < 5:
            yield Life(MEMBERSHIP, firm, of_membership, association, n)
        elif share == 5:
            yield Life(
                CONTACT, Who("ENTERPRISE", demo_code("91611100", 20_000 + n - 1)), of_contact, association, n
            )  # of the member before it
        elif share < 8:
            yield Life(NEED, firm, of_need, plan["subject"], n)
        else:
            yield Life(LEAD, Who("ASSOCIATION", association), of_lead, association, n)


async def main(directory: Path, number: int) -> None:
    plan = json.loads((directory / "plan.json").read_text())
    mine = list(lives(number, plan))
    issuer, pace = issuer_of(plan["key"]), plan["clients"] * WORKERS / plan["rate"]
    with (directory / f"history-{number}.jsonl").open("a", encoding="utf-8") as history:
        workers = [
            Worker(
                mine[w::WORKERS],
                plan["bases"],
                issuer,
                plan["seed"] * 100 + number * 10 + w,
                directory,
                history,
                f"{plan['seed']}-{number}-{w}",
            )
            for w in range(WORKERS)
        ]
        await asyncio.gather(*(w.run(pace) for w in workers))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
