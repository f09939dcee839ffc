"""Who may import whom holds here, and each contract catches the violation it is there for."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.purity import breaches, is_record_file

ROOT = Path(__file__).parents[1]
LINT = Path(sys.executable).parent / "lint-imports"


def lint(where: Path) -> str:
    run = subprocess.run([LINT, "--no-cache"], cwd=where, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def copy_to(where: Path) -> Path:
    """The sources alone, so that faults can be planted in them."""
    for folder in ("shared", "services", "deploy"):
        for file in (ROOT / folder).rglob("*.py"):
            target = where / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    (where / "tests/contracts").mkdir(parents=True)
    shutil.copy(ROOT / "tests/contracts/purity.py", where / "tests/contracts/purity.py")
    shutil.copy(ROOT / ".importlinter", where / ".importlinter")
    return where


def broken(said: str) -> set[str]:
    """The names of the broken contracts; a long name goes over several lines."""
    told = re.sub(r"\s+", " ", said.partition("dependencies.")[2])
    return {
        name.strip(" -") for name, verdict in re.findall(r"(.+?) (KEPT|BROKEN)(?: \(\d+ ignored imports?\))?", told) if verdict == "BROKEN"
    }


def test_the_contracts_are_kept() -> None:
    said = lint(ROOT)
    assert "0 broken" in said, said


def test_every_folder_with_sources_is_a_package() -> None:
    """Otherwise the linter would not see what is in it."""
    folders = {file.parent for top in ("shared", "services", "deploy") for file in (ROOT / top).rglob("*.py")}
    assert [str(f.relative_to(ROOT)) for f in sorted(folders) if not (f / "__init__.py").exists()] == []


PLANTED = {
    # the file it is planted in, the line, and the contract that says no
    "services/evaluation/service.py": ("import services.registry.service", "Services meet only in events"),
    "services/matchmaking/service.py": ("import deploy.local", "Services never import deploy"),
    "shared/names.py": ("import services.registry", "shared never imports services"),
    "shared/versions.py": ("import aiokafka", "faststream and aiokafka only in shared.kafka"),
    "services/notification/service.py": ("from faststream.kafka import KafkaBroker", "faststream and aiokafka only in shared.kafka"),
    "shared/district.py": ("from motor import motor_asyncio", "motor and pymongo only in shared.mongo"),
    "services/registry/service.py": ("import pymongo", "motor and pymongo only in shared.mongo"),
    "shared/workdays.py": ("import fastapi", "fastapi and starlette only in"),
    "services/matchmaking/engine/terms.py": ("from ortools.sat.python import cp_model", "ortools only in services.matchmaking.conference"),
    "services/matchmaking/engine/market.py": ("import qdrant_edge", "qdrant only in services.matchmaking.index"),
}


def test_each_contract_catches_its_violation(tmp_path: Path) -> None:
    where = copy_to(tmp_path)
    for file, (line, _) in PLANTED.items():
        path = where / file
        path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    record = next(f for f in sorted((where / "services").rglob("*.py")) if is_record_file(ast.parse(f.read_text("utf-8"))))
    record.write_text(record.read_text("utf-8") + "\nimport httpx\n", "utf-8")
    said = lint(where)
    names = broken(said)
    for file, (line, contract) in PLANTED.items():
        assert any(n.startswith(contract) for n in names), f"{file}: {line} was not caught\n{said}"
        module = file.removesuffix(".py").replace("/", ".")
        imported = line.split()[1]
        assert re.search(rf"{re.escape(module)} +-> +{re.escape(imported.split('.')[0])}", said), f"{file}: {line} is not named\n{said}"
    assert any(n.startswith("Record files import the standard library") for n in names), said
    assert f"{record.relative_to(where)}" in said
    assert "imports httpx" in said


RULES = '''"""Rules"""
from shared.record import Call, Event, Kind, Record
class Made(Event, to="OPEN"):
    pass
'''
IMPURE = {
    "a record that logs": ("import logging", "imports logging"),
    "a record that opens a connection": ("import httpx", "imports httpx"),
    "a record that knows the store": ("from shared.mongo import Store", "imports shared.mongo.Store"),
    "a record that knows the engine": ("from shared import engine", "imports shared.engine"),
    "a record of another service": ("from services.two.room.record import Made as Theirs", "imports services.two.room.record.Made"),
    "a record that renders": ("import jinja2", "imports jinja2"),
    "a record that reads the clock": ("from datetime import datetime\nNOW = datetime.now()", "calls datetime.now"),
    "a record that reads the day": ("import datetime\nTODAY = datetime.date.today()", "calls datetime.date.today"),
    "a record that draws an identity": ("from uuid import uuid4\nID = uuid4()", "calls uuid4"),
    "a record that draws lots": ("import random", "imports random"),
    "a record beside which somebody sends": ("from services.one.room import beside", "imports aiosmtplib"),
    "the same, said relatively": ("from . import beside", "imports aiosmtplib"),
    "a record two steps from the store": ("from services.one.room.between import x", "imports aiosmtplib"),
}


def service_with(where: Path, line: str) -> Path:
    for service in ("one", "two"):
        (where / f"services/{service}/room").mkdir(parents=True)
    (where / "services/one/room/record.py").write_text(f"{RULES}{line}\n", "utf-8")
    (where / "services/two/room/record.py").write_text(RULES, "utf-8")
    (where / "services/one/room/beside.py").write_text("import aiosmtplib\n", "utf-8")
    (where / "services/one/room/between.py").write_text("import services.one.room.beside\nx = 1\n", "utf-8")
    (where / "services/one/room/texts.py").write_text(
        "import jinja2\nimport yaml\nimport json\nfrom services.one.room import texts\n", "utf-8"
    )
    return where


@pytest.mark.parametrize("fault", IMPURE)
def test_an_impure_record_is_caught(fault: str, tmp_path: Path) -> None:
    line, complaint = IMPURE[fault]
    (found,) = breaches(service_with(tmp_path, line))
    assert complaint in found


PURE = (
    "from datetime import date, timedelta",
    "from pydantic import Field",
    "from shared.uscc import Uscc",
    "from shared import versions",
    "from services.one.room.texts import words",
    "from services.one.room import texts",
    "from decimal import Decimal\nfrom collections import Counter\nfrom functools import cache",
)


@pytest.mark.parametrize("line", PURE)
def test_a_pure_record_may_stand_on_what_is_pure(line: str, tmp_path: Path) -> None:
    assert breaches(service_with(tmp_path, line)) == []


def test_a_file_is_known_as_a_record_file_by_what_it_does() -> None:
    assert is_record_file(ast.parse("x = Kind[A, B](A, 'a.b.c', path='p')"))
    assert is_record_file(ast.parse("class A(Record): pass"))
    assert is_record_file(ast.parse("@leads.command(by='PUBLIC', when='LEAD')\ndef f(): pass"))
    assert not is_record_file(ast.parse("def f(kind: Kind[Any, Any]) -> None: pass"))
    assert not is_record_file(ast.parse("@app.get('/')\ndef f(): pass"))
    assert not is_record_file(ast.parse("class A(Heard, type='x'): pass"))
