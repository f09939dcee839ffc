"""Make `.venv` hold exactly what `requirements-dev.lock` names, every file checked against its hash.

Run by whatever Python is on the machine, so it needs the standard library only and parses on old versions too.
"""

import hashlib
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
LOCK = os.path.join(ROOT, "requirements-dev.lock")


def fail(sentence: str) -> None:
    """One sentence with the remedy, and no traceback."""
    sys.exit(sentence)


def pinned_uv(lock: str) -> str:
    """The lock's own lines for uv: its version and hashes."""
    found = re.search(r"^uv==.*?(?=^[a-z0-9])", lock, re.MULTILINE | re.DOTALL)
    if found is None:
        fail("requirements-dev.lock does not name uv: restore it with `git checkout requirements-dev.lock`.")
        return ""
    return found.group(0)


def main() -> None:
    """Virtual environment, uv, the lock, the stamp."""
    if sys.version_info < (3, 11):
        fail("Guildhall needs Python 3.11 or later, this is %d.%d: run `make PYTHON=/path/to/python3.11`." % sys.version_info[:2])
    with open(LOCK, encoding="utf-8") as file:
        lock = file.read()
    python = os.path.join(VENV, "bin", "python")
    if not os.path.exists(python):
        print("Making .venv …", flush=True)
        if subprocess.call([sys.executable, "-m", "venv", VENV]) != 0:
            fail("Python could not make a virtual environment: install its venv module (on Debian: apt-get install python3-venv).")
    print("Installing the locked packages …", flush=True)
    wanted = os.path.join(VENV, "uv.lock.txt")
    with open(wanted, "w", encoding="utf-8") as file:
        file.write(pinned_uv(lock))
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"]
    uv = os.path.join(VENV, "bin", "uv")
    subprocess.call([*pip, wanted])
    # uv is a matter of speed (seconds instead of half a minute): where it cannot run, pip does the same work
    if not (os.path.exists(uv) and subprocess.call([uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", LOCK]) == 0):
        print("uv could not do it; pip does, which takes longer …", flush=True)
        if subprocess.call([*pip, LOCK]) != 0:
            fail(
                "The locked packages could not be installed: see the lines above; on the first run the network (or a mirror set for pip) is needed, and 1 GB of disk."
            )
    with open(os.path.join(VENV, "in-step"), "w", encoding="utf-8") as file:
        file.write(hashlib.sha256(lock.encode()).hexdigest() + "\n")


if __name__ == "__main__":
    main()
