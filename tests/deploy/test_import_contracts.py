"""Who may import whom: each contract is broken once on purpose, to see that the guard bites."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources alone, free to be spoilt."""
    for package in ("shared", "services", "deploy"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=lambda folder, names: {n for n in names if "." in n and not n.endswith(".py")}
        )
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    return tmp_path


def lint(where: Path) -> str:
    return subprocess.run([LINT, "--no-logo", "--no-cache"], cwd=where, capture_output=True, text=True, check=False).stdout


def test_every_folder_of_a_service_is_a_package_so_that_none_escapes_the_contracts() -> None:
    loose = {file.parent for package in ("shared", "services", "deploy") for file in (ROOT / package).rglob("*.py")}

    assert sorted(str(folder.relative_to(ROOT)) for folder in loose if not (folder / "__init__.py").exists()) == []


def test_the_sources_keep_every_contract(copy: Path) -> None:
    assert " 0 broken." in lint(copy)


@pytest.mark.parametrize(
    ("file", "planted", "contract"),
    [
        ("services/registry/__init__.py", "import services.evaluation", "services meet only in events"),
        ("services/notification/ledger/__init__.py", "import services.matchmaking", "services meet only in events"),
        ("shared/versions.py", "import services.registry", "what every service stands on knows no service"),
        ("services/evaluation/__init__.py", "import deploy.local", "a service does not know how it is deployed"),
        ("services/registry/__init__.py", "import aiokafka", "one file knows the broker's client"),
        ("shared/engine.py", "from faststream.kafka import KafkaBroker", "one file knows the broker's client"),
        ("services/evaluation/__init__.py", "from pymongo import MongoClient", "one file knows the database's client"),
        ("shared/kafka.py", "import motor.motor_asyncio", "one file knows the database's client"),
        ("shared/record.py", "import fastapi", "the language of records and its values touch nothing outside"),
        ("shared/names.py", "import shared.engine", "the language of records and its values touch nothing outside"),
    ],
)
def test_a_planted_violation_is_caught_by_its_contract(copy: Path, file: str, planted: str, contract: str) -> None:
    with (copy / file).open("a", encoding="utf-8") as spoilt:
        spoilt.write(f"\n{planted}\n")

    assert f"{contract} BROKEN" in lint(copy)
