"""Record purity, as a contract of import-linter: what a record file stands on, and all of its service that it stands on.

Judged by the source itself, so that no file escapes by lying in a folder that is no package.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from importlinter import Contract, ContractCheck, fields, output

VALUES = ("record", "uscc", "industry", "district", "names", "workdays", "versions", "masking")
PURE = frozenset({"pydantic", "pydantic_core", "typing_extensions", "annotated_types", *(f"shared.{v}" for v in VALUES)})
IMPURE = frozenset(  # of the standard library: what reads a clock, the world or chance
    "asyncio time random secrets socket ssl subprocess threading multiprocessing concurrent urllib http smtplib ftplib sqlite3 tempfile shutil os sys logging "
    "selectors signal ctypes".split()
)
# pure enough for a module that a record file stands on (texts, tables), not for a record file itself
BESIDE = frozenset({"orjson", "yaml", "jinja2", "rapidfuzz", "stdnum", "chinese_calendar"})
CLOCKS = frozenset(
    {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("uuid", "uuid1"), ("uuid", "uuid4")}
)
WAYS_IN = frozenset({"opens", "command", "clock", "on", "opens_on"})


def is_record_file(tree: ast.Module) -> bool:
    """It fills a Kind, tells an Event, or keeps a Record."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Kind" and _called(node, tree):
            return True
        if isinstance(node, ast.ClassDef) and any(isinstance(b, ast.Name) and b.id in ("Event", "Record") for b in node.bases):
            return True
        decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
        if any(isinstance(d, ast.Call) and isinstance(d.func, ast.Attribute) and d.func.attr in WAYS_IN for d in decorators):
            return True
    return False


def _called(subscript: ast.Subscript, tree: ast.Module) -> bool:
    return any(isinstance(n, ast.Call) and n.func is subscript for n in ast.walk(tree))


def imported(tree: ast.Module, module: str) -> Iterator[tuple[str, int]]:
    """Every module a file imports, with the line; `from a import b` gives `a.b` when that may be a module, and `a`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.rsplit(".", node.level)[0] if node.level else ""
            name = ".".join(part for part in (above, node.module) if part)
            yield from ((f"{name}.{alias.name}", node.lineno) for alias in node.names)


def impure_calls(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            of, name = (getattr(node.func, "value", None), getattr(node.func, "attr", getattr(node.func, "id", "")))
            if (getattr(of, "attr", getattr(of, "id", "")), name) in CLOCKS or (of is None and name in ("uuid1", "uuid4")):
                yield ast.unparse(node.func), node.lineno


def breaches(root: Path, package: str = "services") -> list[str]:
    """Every line of a record file, or of what it stands on in its service, that is not pure."""
    found: set[str] = set()
    for file in sorted((root / package).rglob("*.py")):
        if is_record_file(ast.parse(file.read_text("utf-8"))):
            found |= set(_judge(root, file, PURE, set()))
    return sorted(found)


def _judge(root: Path, file: Path, pure: frozenset[str], seen: set[Path]) -> Iterator[str]:
    if file in seen:
        return
    seen.add(file)
    tree, place = ast.parse(file.read_text("utf-8")), file.relative_to(root)
    parts = place.with_suffix("").parts
    own = ".".join(parts[:2])
    for call, line in impure_calls(tree):
        yield f"{place}:{line} calls {call}: time and chance come with the call"
    for name, line in imported(tree, ".".join(parts)):
        top, holder = name.split(".")[0], name.rsplit(".", 1)[0]
        if name in pure or holder in pure or top in pure or (top in sys.stdlib_module_names and top not in IMPURE):
            continue
        if name == own or name.startswith(f"{own}."):
            beside = next((p for p in (_file(root, name), _file(root, holder)) if p), None)
            if beside:
                yield from _judge(root, beside, PURE | BESIDE, seen)
            continue
        yield f"{place}:{line} imports {name}"


def _file(root: Path, module: str) -> Path | None:
    path = root.joinpath(*module.split("."))
    return next((p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()), None)


class RecordPurity(Contract):
    """`type = record_purity`; `package` is the folder of the services."""

    package = fields.StringField(required=False, default="services")

    def check(self, graph: Any, verbose: bool) -> ContractCheck:
        wrong = breaches(Path.cwd(), self.package)
        return ContractCheck(kept=not wrong, metadata={"breaches": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for breach in check.metadata["breaches"]:
            output.print_error(breach)
