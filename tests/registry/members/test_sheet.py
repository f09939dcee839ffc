"""Files somebody sent (reliability B12, B13): what is read of them, and every way in which one is refused."""

import codecs
import io
import zipfile
from typing import Any

import pytest

from services.registry.members.export import csv_of, harmless, xlsx_of
from services.registry.members.member_import import PROBLEMS, RULES
from services.registry.members.routes import REASONS, rows_of
from services.registry.members.sheet import day, decoded, formula_like, read
from shared.record import Malformed
from tests.registry.examples import LEAD, MARCH_2, PERSON
from tests.registry.members.desk import table, workbook

ALLOWED: dict[str, Any] = RULES.in_force(MARCH_2).model_dump(mode="json")
TEXT = f"统一社会信用代码,会员类型,会员级别,入会日期\r\n{LEAD},单位,理事,2025年6月1日\r\n{PERSON},个人,,\r\n"
ROWS = [
    {"line": 2, "member": LEAD, "kind": "UNIT", "tier": "COUNCIL", "joined_on": "2025-06-01"},
    {"line": 3, "member": PERSON, "kind": "PERSON", "tier": "MEMBER", "joined_on": None},
]


def rows(data: bytes, form: str = "csv", **allowed: Any) -> Any:
    found = read(data, form, ALLOWED | allowed)
    return found.get("refused") or found["rows"]


def zipped(parts: dict[str, bytes], base: bytes | None = None) -> bytes:
    """A workbook with these parts added, or put in the place of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        with zipfile.ZipFile(io.BytesIO(base or workbook([["credit_code"], [LEAD]]))) as old:
            for name in old.namelist():
                if name not in parts:
                    made.writestr(name, old.read(name))
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
XMLNS = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
XXE = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "data",
    [TEXT.encode(), TEXT.encode("utf-8-sig"), TEXT.encode("gb18030"), codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), TEXT.replace(",", ";").encode(),
     codecs.BOM_UTF16_LE + TEXT.replace(",", "\t").encode("utf-16-le"), TEXT.replace("\r\n", "\n\n").replace("\n\n", "\n").encode()],
    ids=["UTF-8", "UTF-8 with BOM", "GB18030", "UTF-16", "semicolons", "Excel's Unicode text", "line feeds"],
)  # fmt: skip
def test_a_table_is_read_in_whatever_way_it_was_saved(data: bytes) -> None:
    assert rows(data) == ROWS


def test_a_workbook_says_the_same_as_a_table() -> None:
    from datetime import datetime

    head = ["统一社会信用代码", "会员类型", "会员级别", "入会日期"]
    assert rows(workbook([head, [LEAD, "单位", "理事", datetime(2025, 6, 1)], [PERSON, "个人", None, None]]), "xlsx") == ROWS


def test_headings_are_found_in_either_language_width_and_order() -> None:
    assert rows(f"Tier, Credit_Code ,备注\nPRESIDENT,{LEAD},x\n".encode())[0]["tier"] == "PRESIDENT"
    assert read(f"ｃredit_code,备注\n{LEAD},x".encode(), "csv", ALLOWED)["ignored_columns"] == 1


def test_empty_lines_are_passed_over_and_lines_keep_their_numbers() -> None:
    assert [r["line"] for r in rows(f"\n\ncredit_code\n\n{LEAD}\n,\n{PERSON}".encode())] == [5, 7]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝cmd|' /C calc'!A0", "  =1", '=HYPERLINK("http://x")', "＋1", "\r=1"]
)
def test_what_looks_like_a_formula_is_no_member(cell: str) -> None:
    assert formula_like(cell)
    quoted = '"' + cell.replace('"', '""') + '"'
    assert rows(f"credit_code\n{quoted}\n".encode())[0]["problem"] == "formula"
    assert harmless(cell) == f"'{cell}"


def test_a_formula_of_a_workbook_is_seen_as_one() -> None:
    assert rows(workbook([["credit_code"], ["=1+1"]]), "xlsx")[0]["problem"] == "formula"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f"{LEAD},企业,,", "kind_unknown"), (f"{LEAD},,荣誉 会长?,", "tier_unknown"), (f"{LEAD},,,2025-13-01", "date_unreadable"),
        (f"{LEAD},,,昨天", "date_unreadable"), (f"{LEAD},{'长' * 2001},,", "cell_too_long"),
    ],
)  # fmt: skip
def test_a_row_says_what_is_wrong_with_it(line: str, problem: str) -> None:
    (row,) = rows(f"credit_code,kind,tier,joined_on\n{line}".encode())
    assert row["problem"] == problem
    assert problem in PROBLEMS


@pytest.mark.parametrize(("text", "iso"), [("2026-03-02", "2026-03-02"), ("2026/3/2", "2026-03-02"), ("2026.3.2", "2026-03-02"), ("20260302", "2026-03-02"),
                                           ("2026年3月2日", "2026-03-02"), ("2026-03-02 00:00:00", "2026-03-02"), ("2026-02-30", None), ("3/2/2026", None)])  # fmt: skip
def test_dates_are_read_as_people_write_them(text: str, iso: str | None) -> None:
    assert day(text) == iso


REFUSED_CSV: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "empty"),
    "blanks": (b" \r\n,,\r\n", "empty"),
    "no heading": (f"{LEAD}\n".encode(), "no_member_column"),
    "a column twice": (b"credit_code,uscc\n", "column_twice"),
    "NUL": (b"credit_code\n\0\n", "not_text"),
    "bytes that are no text": (b"credit_code\n\xff\xff\xff\n", "encoding_unknown"),
    "half of a UTF-16": (codecs.BOM_UTF16_LE + b"\x00", "encoding_unknown"),
    "a quote never closed": (b'credit_code\n"abc\n', "not_csv"),
    "a huge cell": (b"credit_code\n" + b"a" * 40_000, "cell_too_large"),
    "columns without end": (b"credit_code" + b"," * 100_000, "too_many_columns"),
    "rows without end": (b"credit_code\n" + b"a\n" * 10_001, "too_many_rows"),
    "empty lines without end": (b"credit_code\n" + b"\n" * 60_000, "too_many_rows"),
    "an archive": (b"PK\x03\x04", "not_csv"),
    "too large": (b"credit_code\n" + b"a" * 10_485_760, "too_large"),
}


@pytest.mark.parametrize("name", REFUSED_CSV)
def test_a_table_nobody_should_read_is_refused(name: str) -> None:
    data, code = REFUSED_CSV[name]
    assert rows(data) == code
    assert code in REASONS


REFUSED_XLSX: dict[str, tuple[bytes, str]] = {
    "a table": (TEXT.encode(), "not_xlsx"),
    "a broken archive": (b"PK\x03\x04" + b"x" * 100, "not_xlsx"),
    "no workbook": (zipped({"[Content_Types].xml": b"<x/>"}), "not_xlsx"),
    "broken XML": (zipped({SHEET: b"<worksheet"}), "not_xlsx"),
    "a bomb": (zipped({SHEET: b"<worksheet " + XMLNS + b"><sheetData>" + b" " * 30_000_000 + b"</sheetData></worksheet>"}), "packed_too_tightly"),
    "too much in all": (zipped({f"xl/media/{n}.bin": bytes([n]) * 1_000_000 for n in range(110)}), "unpacks_too_large"),
    "many parts": (zipped({f"xl/media/{n}": b"" for n in range(201)}), "too_many_parts"),
    "a part outside": (zipped({"../../etc/cron.d/x": b""}), "part_outside"),
    "a part at the root": (zipped({"/etc/passwd": b""}), "part_outside"),
    "a nested archive": (zipped({"xl/a.zip": b""}), "nested_archive"),
    "an embedded workbook": (zipped({"xl/embeddings/b.bin": b""}), "nested_archive"),
    "external links": (zipped({"xl/externalLinks/externalLink1.xml": b"<x/>"}), "external_links"),
    "macros": (zipped({"xl/vbaProject.bin": b""}), "macros"),
    "billions of laughs": (zipped({SHEET: LAUGHS + b"<worksheet>&b;</worksheet>"}), "entities"),
    "an external entity": (zipped({"xl/sharedStrings.xml": XXE + b"<sst>&x;</sst>"}), "entities"),
    "an entity in UTF-16": (zipped({SHEET: (XXE + b"<worksheet>&x;</worksheet>").decode().encode("utf-16")}), "entities"),
    "columns without end": (workbook([["credit_code", *("x" for _ in range(80))]]), "too_many_columns"),
    "no heading": (workbook([[LEAD]]), "no_member_column"),
    "a lone row far below": (
        zipped({SHEET: b"<worksheet " + XMLNS + b'><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>credit_code</t></is></c></row>'
                b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>'}), "too_many_rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_XLSX)
def test_a_workbook_nobody_should_open_is_refused(name: str) -> None:
    data, code = REFUSED_XLSX[name]
    assert rows(data, "xlsx") == code
    assert code in REASONS


def test_a_part_that_is_there_twice_is_refused() -> None:
    out = io.BytesIO(workbook([["credit_code"], [LEAD]]))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr(SHEET, b"<worksheet/>")
    assert rows(out.getvalue(), "xlsx") == "part_twice"


def test_what_a_workbook_says_of_its_own_size_is_not_believed() -> None:
    lying = (
        b"<worksheet "
        + XMLNS
        + b'><dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>credit_code</t></is></c>'
        b'</row><row r="2"><c r="A2" t="inlineStr"><is><t>' + LEAD.encode() + b"</t></is></c></row></sheetData></worksheet>"
    )
    assert [r["member"] for r in rows(zipped({SHEET: lying}), "xlsx")] == [LEAD]


def test_every_refusal_and_problem_is_said_in_both_languages() -> None:
    for en, zh in (*REASONS.values(), *PROBLEMS.values()):
        assert en[0].isascii()
        assert not zh.isascii()


LINE = (LEAD, "单位", "MEMBER", "SUSPENDED", "2025-06-01", "", "", '=cmd|" /C calc"!A0')


def test_the_roll_as_csv_is_text_to_a_spreadsheet() -> None:
    out = csv_of([LINE])
    assert out.startswith(codecs.BOM_UTF8)
    assert decoded(out).splitlines()[1] == ",".join(f'"{c}"' for c in LINE[:-1]) + ',"\'=cmd|"" /C calc""!A0"'


def test_the_roll_as_a_workbook_holds_no_formula_and_lists_what_was_changed() -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(xlsx_of([LINE])))
    cells = [c for sheet in book.worksheets for row in sheet.iter_rows() for c in row if c.value is not None]
    assert {c.data_type for c in cells} == {"s"}
    assert [row[0].value for row in book.worksheets[1].iter_rows()][1:] == ["H2"]
    with zipfile.ZipFile(io.BytesIO(xlsx_of([LINE]))) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_what_was_written_is_read_again() -> None:
    assert rows(csv_of([LINE]))[0]["member"] == LEAD
    assert rows(xlsx_of([LINE]), "xlsx")[0]["member"] == LEAD
    assert rows(table([LEAD]))[0]["tier"] == "COUNCIL"


@pytest.mark.parametrize("less", [{"memory_max": 16 << 20}, {"seconds_max": 0}])
async def test_the_reader_has_so_much_memory_and_time_and_no_more(less: dict[str, int]) -> None:
    rules = RULES.in_force(MARCH_2)
    book = workbook([["credit_code"], [LEAD]])
    assert (await rows_of(book, "xlsx", rules))["rows"][0]["member"] == LEAD
    with pytest.raises(Malformed) as no:
        await rows_of(book, "xlsx", rules.model_copy(update=less))
    assert no.value.code in ("file_not_readable", "file_unpacks_too_large", "file_took_too_long")
