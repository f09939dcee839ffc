"""Every service in one process, and the operator's commands: `python -m services [serve | letters … | topics | verify … | index …]`.

Without a word it is the demo: it brings up Kafka and MongoDB, creates the topics, starts all services, loads the
founding story through the public API, and takes down at the end only what it has started.
"""

import argparse
import asyncio
import contextlib
import errno
import importlib
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from shared import kafka, letters, logs
from shared.auth import DEMO_LIFETIME, Issuer
from shared.engine import Engine, Service
from shared.findings import Report
from shared.mongo import OUTAGES, Store
from shared.record import Refused
from shared.run import REFUSED, build, start
from shared.settings import Settings
from shared.verify import Ledger, Verifier

NAMES = ("registry", "evaluation", "notification", "matchmaking", "portal")
STORY = timedelta(days=150)  # the demo begins this long ago and ends now
ROLES = (
    ("REG_AUTHORITY", "dept:approval", "", "登记管理机关"), ("SO_ADMIN", "dept:so-admin", "", "新区社会组织管理部门"),
    ("SUPERVISING_UNIT", "dept:supervising", "", "业务主管单位"), ("INDUSTRY_DEPT", "dept:industry", "", "行业主管部门"),
    ("PARTY_WORK", "dept:party", "", "党建工作机构"), ("FIC", "dept:fic", "", "工商联"), ("INVEST_DEPT", "dept:invest", "", "招商部门"),
    ("NEW_CITY", "dept:XX-KG", "XX-KG", "空港新城"), ("ASSOCIATION", "51611100PDY000087D", "", "西咸新区航空物流协会"),
    ("ENTERPRISE", "91611100PDY00001X6", "", "示例企业"), ("PANEL", "panel:01", "", "评估专家"), ("COMMITTEE", "committee:01", "", "评估委员"),
    ("OPERATOR", "operator", "", "运维人员"),
)  # fmt: skip

ARRIVAL: dict[
    str, dict[str, tuple[str, ...]]
] = {  # what of read models depends on the order in which topics and partitions were heard, as no two runs hear them alike
    "registry": {
        "directory": ("changed_at",),
        # written by no event: snapshots as they were published, files that were read, questions that were asked
        **dict.fromkeys(("directory_snapshots", "directory_claims", "member_imports", "query_audit", "query_used"), ("*",)),
    },
    "portal": {"feed": ("*",)},
    "evaluation": {"facts": ("sources", "changed_at")},
    "matchmaking": {
        "profiles": ("updated_on", "exposure", "exposure_on"),
        "matching_index": ("*",),
    },  # the latter by operators and processes
}


def services() -> list[Service]:
    return [importlib.import_module(f"services.{name}.service").service for name in NAMES]


def application(settings: Settings, issuer: Issuer | None = None) -> FastAPI:
    """All services behind one address, with the start page at `/` and the reference at `/docs`."""
    from services.portal.pages import start_page
    from services.portal.reference import reference

    every = services()
    app = build(every, settings, issuer)
    app.include_router(start_page(app.state.engines["portal"]))
    app.include_router(reference(every))
    return app


def topics(prefix: str = "") -> list[str]:
    return [prefix + t for s in services() for t in s.topics]


# ── the demo ──────────────────────────────────────────────────────────────────────────────────────
class Hindrance(Exception):
    """One clear sentence with the remedy."""


async def demo(console: Console) -> int:
    from deploy.local import Stack
    from deploy.local.process import Missing

    directory = Path(os.environ.get("GUILDHALL_DIRECTORY", ".local"))
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if address := await running_already(directory):
        console.print(
            f"Guildhall is already running at {address} (another terminal). Stop it there with Ctrl-C, or look with `make status`."
        )
        return 0
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for wish in (signal.SIGINT, signal.SIGTERM):  # however often it is pressed, everything is taken down once and in order
        loop.add_signal_handler(wish, stop.set)
    stack = Stack(directory)
    console.print("[bold]Guildhall[/] 行业协会商会协同平台 · demo 演示\nbringing up Kafka and MongoDB …")
    started: Sequence[str] = ()
    try:
        try:
            endpoints = await asyncio.to_thread(stack.up)
        except Missing as missing:
            raise Hindrance(str(missing)) from None
        started = endpoints.started
        console.print(f"  {endpoints.how}")
        if not stop.is_set():
            await present(console, directory, endpoints.kafka, endpoints.mongo, stop)
        return 0
    finally:
        if started:
            await asyncio.to_thread(stack.down, *started)
            console.print("Stopped what was started. Data stays in .local; `make clean` forgets it.")


async def present(console: Console, directory: Path, bus: str, mongo: str, stop: asyncio.Event) -> None:
    from deploy.local.mail_sink import MailSink

    port, listening = free_port(int(os.environ.get("PORT", "0")))
    done = directory / "demo-loaded"
    clock = os.environ.get("CLOCK") or (
        None if done.exists() or os.environ.get("DEMO") == "none" else (datetime.now(UTC) - STORY).isoformat()
    )
    with MailSink(directory / "mail.jsonl") as sink:
        os.environ["GUILDHALL_SMTP"] = sink.address
        settings = Settings.from_environment(profile="demo", kafka=bus, mongo=mongo, port=port, clock=clock, directory=str(directory),
                                             prefix=os.environ.get("GUILDHALL_PREFIX", ""))  # fmt: skip
        logs.configure("INFO", "json", (directory / "guildhall.log").open("a", buffering=1))
        await kafka.create_topics(settings.kafka, topics(settings.prefix))
        issuer = Issuer(settings.oidc_audience)
        app = application(settings, issuer)
        address = f"http://{settings.host}:{port}"
        async with serving(app, listening):
            remember(directory, address, bus, mongo, issuer)
            console.print(
                f"[bold green]ready[/] {address}   (mail goes to {directory / 'mail.jsonl'}, logs to {directory / 'guildhall.log'})"
            )
            if not done.exists() and os.environ.get("DEMO") != "none":
                code = await load(directory, address, stop)
                if code == 0:
                    done.write_text(datetime.now(UTC).isoformat())
                elif not stop.is_set():
                    console.print(f"[yellow]The demo data could not all be loaded (exit {code}); start again to go on where it stopped.[/]")
            if not stop.is_set():
                invite(console, address, directory)
            await stop.wait()
            console.print("stopping …")


@contextlib.asynccontextmanager
async def serving(app: FastAPI, listening: socket.socket) -> AsyncIterator[None]:
    config = uvicorn.Config(app, loop="uvloop", access_log=False, log_config=None, timeout_graceful_shutdown=5, server_header=False)
    server = uvicorn.Server(config)
    app.state.server = server  # long answers end when it wants to
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:
            if task.done():
                with contextlib.suppress(SystemExit):
                    await task
                raise Hindrance("the services did not start; the reason is in .local/guildhall.log")
            await asyncio.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        with contextlib.suppress(SystemExit):
            await task


async def load(directory: Path, address: str, stop: asyncio.Event) -> int:
    """Load the founding story through the public API, in a process of its own, with its progress shown."""
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "deploy.demo.load", address, str(directory / "tokens.json"))
    while child.returncode is None:
        if stop.is_set():
            child.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), 0.3)
    return child.returncode


def remember(directory: Path, address: str, bus: str, mongo: str, issuer: Issuer) -> None:
    """`endpoints.json`, and `tokens.json` readable by its owner only."""
    tokens = {role: issuer.token(role, organisation, district) for role, organisation, district, _ in ROLES}
    for name, content in (("endpoints.json", {"http": address, "kafka": bus, "mongo": mongo}), ("tokens.json", tokens)):
        made = directory / f"{name}.{secrets.token_hex(4)}"
        made.touch(mode=0o600)
        made.write_text(json.dumps(content, indent=1))
        made.replace(directory / name)


def invite(console: Console, address: str, directory: Path) -> None:
    table = Table(title=f"Who may do what (tokens in {directory / 'tokens.json'}, valid {DEMO_LIFETIME // 3600} h)", title_justify="left")
    for column in ("role", "角色", "organisation", "token"):
        table.add_column(column, no_wrap=True)
    tokens = json.loads((directory / "tokens.json").read_text())
    for role, organisation, district, title in ROLES:
        table.add_row(role, title, district or organisation, f"{tokens[role][:12]}…{tokens[role][-6:]}")
    console.print(table)
    token = f"$(python3 -c \"import json;print(json.load(open('{directory / 'tokens.json'}'))['SO_ADMIN'])\")"
    console.print("[bold]Three things to try[/]")
    console.print(f"  1. {address}/ — the flow of events, live;  {address}/docs — every command of every service", soft_wrap=True)
    console.print(
        f"  2. curl -s '{address}/registry/directory?limit=3&total=true' — the public register [名录], no token needed",
        markup=False,
        soft_wrap=True,
    )
    console.print(
        f"  3. curl -s -H \"Authorization: Bearer {token}\" '{address}/matchmaking/recommendations/associations/51611100PDY000087D'",
        markup=False,
        soft_wrap=True,
    )
    console.print("Ctrl-C stops everything that was started here.")


async def running_already(directory: Path) -> str:
    with contextlib.suppress(OSError, ValueError, KeyError, httpx.HTTPError):
        address: str = json.loads((directory / "endpoints.json").read_text())["http"]
        async with httpx.AsyncClient(timeout=2) as client:
            if (await client.get(f"{address}/livez")).status_code in (200, 503):
                return address
    return ""


def free_port(wanted: int) -> tuple[int, socket.socket]:
    """The named port, or 8080, or any that is free. Raises: Hindrance when the named one is taken."""
    for port in [wanted] if wanted else [8080, 0]:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError as error:
            listening.close()
            if error.errno not in (errno.EADDRINUSE, errno.EACCES) or wanted:
                raise Hindrance(f"port {port} is taken or not allowed; free it, or name another with PORT=…") from None
            continue
        return listening.getsockname()[1], listening
    raise Hindrance("no port is free on the loopback address")


# ── the operator's commands ───────────────────────────────────────────────────────────────────────
def settings_or_refuse() -> Settings:
    try:
        return Settings.from_environment()
    except ValidationError as error:
        names = ", ".join(f"GUILDHALL_{str(e['loc'][0]).upper()} ({e['type']})" for e in error.errors(include_input=False))
        raise Hindrance(f"these settings are not right: {names}") from None


async def on_letters(asked: argparse.Namespace) -> int:
    settings = settings_or_refuse()
    mongo = settings.mongo or json.loads(Path(".local/endpoints.json").read_text())["mongo"]
    wanted = [s for s in services() if asked.service in ("", s.name)]
    told: list[Any] = []
    for service in wanted:
        engine = Engine(service, Store(mongo, f"{settings.prefix}{service.name}", settings.mongo_driver))
        try:
            match asked.verb:
                case "list":
                    told += await letters.listed(engine, letters.STATES if asked.all else ("PARKED", "UNREADABLE"))
                case "show":
                    told.append(await letters.shown(engine, asked.id))
                case "correct":
                    await letters.corrected(engine, asked.id, Path(asked.data).read_bytes(), asked.by)
                    told.append({"corrected": asked.id})
                case "redrive":
                    told += await letters.redriven(engine, asked.key)
                case "release":
                    done, why = await engine.release(asked.id, asked.by, asked.why)
                    told.append({"released": asked.id, "redriven": done, "stopped": why})
        finally:
            await engine.store.close()
    print(json.dumps(told, ensure_ascii=False, indent=1, default=str))
    return 0


async def on_index(asked: argparse.Namespace) -> int:
    """The index of the profiles: where each process stands; or all build it anew, compare, and switch. Waits until they have."""
    from services.matchmaking.index import operate

    settings = settings_or_refuse()
    mongo = settings.mongo or json.loads(Path(".local/endpoints.json").read_text())["mongo"]
    store = Store(mongo, f"{settings.prefix}matchmaking", settings.mongo_driver)
    try:
        if asked.verb == "rebuild":
            number, before = await operate.order_rebuild(store, datetime.now(UTC), asked.unlike), ""
            while waiting := await operate.outstanding(store, number):
                said = ", ".join(operate.progress(row) for row in waiting)
                if said != before:
                    print(said, file=sys.stderr, flush=True)
                before = said
                await asyncio.sleep(1)
        rows = await operate.told(store)
    finally:
        await store.close()
    print(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
    return 1 if any(row.get("state") in ("DIFFERS", "FAILED") for row in rows) else 0


def ledger() -> Ledger:
    """What `verify` asks of notices [通知]: one for each cause, recipient, channel and text, handed over once, and none forgotten half-way (domain §1.10)."""
    from services.notification.ledger.notice import NoticeRevived, NoticeSent, notices

    ends = frozenset({"SENT", "DELIVERED", "READ", "ACKNOWLEDGED", "DEAD", "UNKNOWN", "SUPPRESSED"})
    waits = {"QUEUED": "scheduled_for", "RETRIED": "scheduled_for", "SENDING": "lease_until", "FAILED": "retry_at"}
    accepted, anew = frozenset({notices.type_of(NoticeSent)}), frozenset({notices.type_of(NoticeRevived)})
    return Ledger(notices, ("cause", "recipient", "channel", "template"), ends, waits, accepted, anew, outside=frozenset({"EMAIL"}))


async def on_verify(asked: argparse.Namespace) -> int:
    settings, now = settings_or_refuse(), None
    if not settings.kafka or not settings.mongo:  # the demo of this directory, whose clock may have been moved
        try:
            here = json.loads(Path(".local/endpoints.json").read_text())
        except OSError:
            raise Hindrance("set GUILDHALL_KAFKA and GUILDHALL_MONGO, or run it where the demo was started") from None
        settings = settings.model_copy(update={"kafka": (here["kafka"],), "mongo": here["mongo"]})
        with contextlib.suppress(httpx.HTTPError, KeyError, TypeError):
            async with httpx.AsyncClient(timeout=2) as client:
                ahead = datetime.fromisoformat((await client.get(f"{here['http']}/clock")).json()["now"]) - datetime.now(UTC)
            now = lambda: datetime.now(UTC) + ahead  # noqa: E731
    elif settings.profile == "production":
        now = lambda: datetime.now(UTC)  # noqa: E731
    verifier = Verifier(services(), settings, ledgers=[ledger()], arrival=ARRIVAL, limit=asked.limit, scratch=asked.scratch, now=now,
                        histories=asked.history, sinks=asked.sink, patience=asked.patience, stall=asked.stall)  # fmt: skip
    try:
        told = await verifier.show(asked.show) if asked.show else await verifier.run(asked.service, asked.replay)
    finally:
        await verifier.close()
    if isinstance(told, Report) and not asked.json:
        print("\n".join(told.lines()))
    else:
        print(json.dumps(told.json() if isinstance(told, Report) else told, ensure_ascii=False, indent=1, default=str))
    if not isinstance(told, Report) or told.json()["clean"]:
        return 0
    return 1 if told.counts else REFUSED


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="guildhall", description="Guildhall 行业协会商会协同平台: without a command, the demo.")
    verbs = top.add_subparsers(dest="command")
    verbs.add_parser("demo", help="bring everything up with demo data (the default)")
    verbs.add_parser("serve", help="all services in one process, with the servers and identity of the settings")
    verbs.add_parser("topics", help="create the topics that are missing (a deploy step)").add_argument("--replicas", type=int, default=1)
    checks = verbs.add_parser("verify", help="read databases and topics of the running platform and say what does not fit; stops nothing")
    checks.add_argument("--service", default="", choices=("", *NAMES), help="only what this service tells")
    checks.add_argument("--replay", action="store_true", help="also hear all topics again in an empty database and compare the read models")
    checks.add_argument("--scratch", default="", help="MongoDB for that database; without it, the platform's own")
    checks.add_argument(
        "--history",
        metavar="FILE",
        nargs="+",
        type=Path,
        default=(),
        help="what clients were answered (JSON lines): none lost, none doubled",
    )
    checks.add_argument(
        "--sink", metavar="FILE", nargs="+", type=Path, default=(), help="what mail relays and the like have taken (JSON lines)"
    )
    checks.add_argument("--patience", type=float, default=60.0, help="seconds an event may wait in an outbox or before a reader (60)")
    checks.add_argument(
        "--stall", type=float, default=0.0, help="with --history: seconds clients may be without any answer (0: as long as it takes)"
    )
    checks.add_argument("--limit", type=int, default=20, help="findings shown of each check")
    checks.add_argument("--json", action="store_true", help="the report for machines")
    checks.add_argument("--show", metavar="KEY", default="", help="instead: all that is kept of one record, as a finding names it")
    about = "the index of the profiles, of each process: where it stands, or build it anew beside the one in use"
    index = verbs.add_parser("index", help=about).add_subparsers(dest="verb", required=True)
    index.add_parser("status", help="generation, versions, how far it has come, and how the last rebuild went")
    rebuild = index.add_parser("rebuild", help="build anew, compare with the one in use, and switch when both say the same")
    rebuild.add_argument("--unlike", action="store_true", help="switch also when they do not: the one in use is known to be wrong")
    dead = verbs.add_parser("letters", help="dead letters: what could not be handled, and what to do about it").add_subparsers(
        dest="verb", required=True
    )
    for verb, about in (("list", "what waits, with its reason"), ("show", "one letter, whole"), ("correct", "give a parked letter corrected data"),
                        ("redrive", "hand parked letters in again, in order"), ("release", "give one up: its record goes on without it")):  # fmt: skip
        one = dead.add_parser(verb, help=about)
        one.add_argument("--service", default="", choices=("", *NAMES), help="only this service")
        if verb in ("show", "correct", "release"):
            one.add_argument("id")
            one.set_defaults(needs_service=True)
        if verb == "list":
            one.add_argument("--all", action="store_true", help="also those redriven and released")
        if verb == "redrive":
            one.add_argument("--key", default="", help="only this record, as `letters list` names it")
        if verb in ("correct", "release"):
            one.add_argument("--by", required=True, help="who decides (an account, not a name)")
        if verb == "correct":
            one.add_argument("--data", required=True, help="file with the corrected JSON")
        if verb == "release":
            one.add_argument("--why", required=True, help="the reason, kept with the letter")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    if getattr(asked, "needs_service", False) and not asked.service:
        print("guildhall: name the service with --service", file=sys.stderr)
        return 2
    try:
        match asked.command:
            case None | "demo":
                return asyncio.run(demo(Console()))
            case "serve":
                settings = settings_or_refuse()
                return start(lambda: application(settings), settings)
            case "topics":
                settings = settings_or_refuse()
                copies = {"min.insync.replicas": str(max(1, asked.replicas - 1))}
                asyncio.run(
                    kafka.create_topics(
                        kafka.Servers.of(settings), topics(settings.prefix), partitions=12, replicas=asked.replicas, settings=copies
                    )
                )
                return 0
            case "verify":
                return asyncio.run(on_verify(asked))
            case "index":
                return asyncio.run(on_index(asked))
            case _:
                return asyncio.run(on_letters(asked))
    except (Hindrance, Refused) as hindrance:
        print(f"guildhall: {hindrance}", file=sys.stderr)
        return REFUSED
    except (*OUTAGES, *kafka.UNSENT) as error:
        print(
            f"guildhall: Kafka or MongoDB cannot be reached ({type(error).__name__}); are they running, and are the addresses right?",
            file=sys.stderr,
        )
        return REFUSED
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
