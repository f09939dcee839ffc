"""The ports of one part of a stack: kept from run to run, so that a restarted server is found where it was."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy.local.process import Missing, choose_ports, is_free

__all__ = ["Ports"]


class Ports:
    """Named by environment variables where these are set, else the ones of the last run while still free, else free ones."""

    def __init__(self, directory: Path, part: str, roles: Sequence[str], named: Mapping[str, str]) -> None:
        self._file = directory / "run" / f"{part}.ports.json"
        self._roles = tuple(roles)
        self._named = named

    def known(self) -> dict[str, int]:
        """The ports of the last start. Raises Missing when there was none."""
        try:
            ports: dict[str, int] = json.loads(self._file.read_text())
        except (FileNotFoundError, ValueError):
            raise Missing(f"This stack was never started ({self._file} is not there): run `python -m deploy.local up`.") from None
        return ports

    def take(self) -> dict[str, int]:
        """Choose for a start, and remember.

        Raises:
            Missing: a port named by the environment is taken or is no port.
        """
        fixed = {role: port for role, variable in self._named.items() if (port := _from_environment(variable))}
        for role, port in fixed.items():
            if not is_free(port):
                raise Missing(
                    f"Port {port} ({self._named[role]}) is taken: stop the program that has it, or name another port in {self._named[role]}."
                )
        open_roles = [role for role in self._roles if role not in fixed]
        before = self.known() if self._file.exists() else {}
        preferred = [before[role] for role in open_roles if role in before]
        ports = fixed | dict(zip(open_roles, choose_ports(len(open_roles), preferred, fixed.values()), strict=True))
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file.write_text(json.dumps(ports))
        return ports


def _from_environment(variable: str) -> int | None:
    told = os.environ.get(variable, "")
    if not told:
        return None
    if not told.isdigit() or not 0 < int(told) < 65536:
        raise Missing(f"{variable}={told} is no port: give a number from 1 to 65535, or leave it out.")
    return int(told)
