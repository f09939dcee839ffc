"""Reading a file somebody sent: CSV or XLSX, in a process of its own that may use so much memory and time and no more (reliability B12, B13).

Run as a program: the first line of its input is JSON (what is allowed, which words mean which column), the rest is the file; it answers with
one line of JSON, rows or the reason why not. It stands on the standard library and openpyxl alone, knows no service, and writes nothing.
"""

import csv
import io
import json
import re
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

FORMULA = "=+-@\t\r\n"  # what a spreadsheet may take for the beginning of a formula, width aside
CELL_EXCEL = 32_767  # characters no spreadsheet exceeds
LINES_MAX = 50_000  # lines looked at, empty ones included
BIG = 1 << 20  # bytes; below, a high ratio harms nobody
DATES = (re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?$"), re.compile(r"^(\d{4})(\d{2})(\d{2})$"))
FIELDS = ("member", "kind", "tier", "joined_on")


class Unreadable(Exception):
    """The file as a whole is refused; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


# ── text and cells ────────────────────────────────────────────────────────────────────────────────
def decoded(data: bytes) -> str:
    """The text of a CSV file: by its byte order mark, as UTF-8, or as GB18030. Raises: Unreadable for bytes that are none of them."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        tries: tuple[str, ...] = ("utf-16",)
    else:
        tries = ("utf-8-sig", "gb18030")
    for encoding in tries:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise Unreadable("not_text")
        return text
    raise Unreadable("encoding_unknown")


def formula_like(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula, also in full width and behind blanks."""
    plain = unicodedata.normalize("NFKC", text)
    return plain.lstrip(" ")[:1] in tuple(FORMULA) or text[:1] in tuple(FORMULA)


def heading(text: str) -> str:
    """The word of a heading: width, case and blanks aside."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def day(text: str) -> str | None:
    """An ISO date of the ways people write one, or None."""
    for form in DATES:
        if found := form.match(text):
            try:
                return date(*(int(p) for p in found.groups())).isoformat()
            except ValueError:
                return None
    return None


def shown(value: Any) -> str:
    """The text of a cell as a person sees it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


# ── lines ─────────────────────────────────────────────────────────────────────────────────────────
Cell = tuple[str, bool]  # text, and whether it is a formula


def csv_lines(data: bytes, allowed: dict[str, Any]) -> Iterator[list[Cell]]:
    """The lines of a CSV file. Raises: Unreadable."""
    text = decoded(data)
    first = text.split("\n", 1)[0]
    delimiter = max((",", ";", "\t", "，"), key=first.count)
    csv.field_size_limit(CELL_EXCEL)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            if len(row) > allowed["columns_max"]:
                raise Unreadable("too_many_columns")
            yield [(cell, False) for cell in row]
    except csv.Error as error:
        raise Unreadable("cell_too_large" if "field limit" in str(error) else "not_csv") from error


def opened(data: bytes, allowed: dict[str, Any]) -> None:
    """Look into the archive before anything is unpacked. Raises: Unreadable for what no honest workbook is."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        parts = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Unreadable("not_xlsx") from error
    if len(parts) > allowed["entries_max"]:
        raise Unreadable("too_many_parts")
    if sum(p.file_size for p in parts) > allowed["unpacked_max"]:
        raise Unreadable("unpacks_too_large")
    names = [p.filename for p in parts]
    if len(set(names)) < len(names):
        raise Unreadable("part_twice")
    for part in parts:
        name = part.filename
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            raise Unreadable("part_outside")
        if part.flag_bits & 1:
            raise Unreadable("encrypted")
        if part.file_size > BIG and part.file_size > allowed["ratio_max"] * max(1, part.compress_size):
            raise Unreadable("packed_too_tightly")
        if re.search(r"\.(zip|xls[xmb]?|doc[xm]?|7z|rar|gz|exe)$", name, re.IGNORECASE) or name.startswith("xl/embeddings/"):
            raise Unreadable("nested_archive")
        if name.startswith("xl/externalLinks/"):
            raise Unreadable("external_links")
        if name.lower().endswith("vbaproject.bin"):
            raise Unreadable("macros")
    for part in parts:
        if part.filename.endswith((".xml", ".rels")) and declares(archive, part):
            raise Unreadable("entities")


def declares(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether an XML part brings declarations of its own: no workbook does."""
    try:
        with archive.open(part) as stream:
            head = stream.read(4096).replace(b"\0", b"")
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError) as error:
        raise Unreadable("not_xlsx") from error
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head


def xlsx_lines(data: bytes, allowed: dict[str, Any]) -> Iterator[list[Cell]]:
    """The lines of the first sheet of a workbook. Raises: Unreadable."""
    from defusedxml.common import DefusedXmlException
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    opened(data, allowed)
    width = allowed["columns_max"]
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, keep_links=False, data_only=False)
        if not book.worksheets:
            raise Unreadable("no_sheet")
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size is not believed
        for row in sheet.iter_rows(max_col=width + 1):
            if len(row) > width and row[width].value is not None:
                raise Unreadable("too_many_columns")
            cells = [(shown(c.value), c.data_type == "f") for c in row[:width]]
            if any(len(text) > CELL_EXCEL for text, _ in cells):
                raise Unreadable("cell_too_large")
            yield cells
    except DefusedXmlException as error:
        raise Unreadable("entities") from error
    except MemoryError as error:
        raise Unreadable("unpacks_too_large") from error
    except (InvalidFileException, zipfile.BadZipFile, SyntaxError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, EOFError,
            OverflowError, RecursionError) as error:  # fmt: skip
        raise Unreadable("not_xlsx") from error  # SyntaxError is what ElementTree's ParseError is


# ── rows ──────────────────────────────────────────────────────────────────────────────────────────
def columns(cells: Sequence[Cell], words: dict[str, list[str]]) -> tuple[dict[str, int], int]:
    """Which column holds which field, and how many are of no use. Raises: Unreadable."""
    meaning = {heading(word): field for field, said in words.items() for word in said}
    found: dict[str, int] = {}
    unknown = 0
    for n, (text, _) in enumerate(cells):
        field = meaning.get(heading(text)) if len(text) <= 100 else None
        if field in found:
            raise Unreadable("column_twice")
        if field:
            found[field] = n
        else:
            unknown += bool(text.strip())
    if "member" not in found:
        raise Unreadable("no_member_column")
    return found, unknown


def row_of(cells: Sequence[Cell], at: dict[str, int], allowed: dict[str, Any]) -> dict[str, Any]:
    """One line as the four fields of a roll, or with the problem it has."""
    row: dict[str, Any] = {"member": "", "kind": "UNIT", "tier": "MEMBER", "joined_on": None}
    for field, n in at.items():
        text, formula = cells[n] if n < len(cells) else ("", False)
        if formula or formula_like(text):
            return row | {"problem": "formula", "field": field}
        if len(text) > allowed["cell_max"]:
            return row | {"problem": "cell_too_long", "field": field}
        text = text.strip()
        if field == "member":
            row["member"] = text if len(text) <= 40 else text[:39] + "…"
        elif text and field == "joined_on":
            row[field] = day(text)
            if row[field] is None:
                return row | {"problem": "date_unreadable", "field": field}
        elif text:
            known = allowed["kinds" if field == "kind" else "tiers"]
            said = known.get(text) or (text.upper() if field == "tier" and re.fullmatch(r"[A-Za-z][A-Za-z_]{0,29}", text) else None)
            if said is None:
                return row | {"problem": f"{field}_unknown", "field": field}
            row[field] = said
    return row


def rows(lines: Iterable[list[Cell]], allowed: dict[str, Any]) -> dict[str, Any]:
    """Every row of a file with its line number. Raises: Unreadable."""
    at: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    ignored = 0
    for n, cells in enumerate(lines, start=1):
        if n > LINES_MAX:
            raise Unreadable("too_many_rows")
        if not any(text.strip() for text, _ in cells):
            continue
        if not at:
            at, ignored = columns(cells, allowed["columns"])
            continue
        if len(found) == allowed["rows_max"]:
            raise Unreadable("too_many_rows")
        found.append({"line": n, **row_of(cells, at, allowed)})
    if not at:
        raise Unreadable("empty")
    return {"rows": found, "ignored_columns": ignored}


def read(data: bytes, form: str, allowed: dict[str, Any]) -> dict[str, Any]:
    """The rows of a file, or `{"refused": code}`."""
    try:
        if not data.strip():
            raise Unreadable("empty")
        if len(data) > allowed["file_max"]:
            raise Unreadable("too_large")
        packed = data.startswith(b"PK")
        if form == "csv" and packed:
            raise Unreadable("not_csv")
        return rows(csv_lines(data, allowed) if form == "csv" else xlsx_lines(data, allowed), allowed)
    except Unreadable as no:
        return {"refused": no.code}


def main() -> None:
    """Confine this process, then read."""
    asked = json.loads(sys.stdin.buffer.readline())
    allowed: dict[str, Any] = asked["allowed"]
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (allowed["memory_max"], allowed["memory_max"]))
        resource.setrlimit(resource.RLIMIT_CPU, (allowed["seconds_max"], allowed["seconds_max"]))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        told = read(sys.stdin.buffer.read(), asked["format"], allowed)
    except MemoryError:
        told = {"refused": "unpacks_too_large"}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
