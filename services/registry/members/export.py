"""The roll as a file: CSV or XLSX that no spreadsheet takes for a program (reliability B12).

In CSV every field is quoted, and one that could be taken for a formula begins with an apostrophe; in XLSX every cell is text, and a second
sheet lists the cells that were changed.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from services.registry.members.sheet import formula_like

HEADINGS = ("统一社会信用代码", "会员类型", "会员级别", "状态", "入会日期", "退会日期", "退会原因", "备注")


def harmless(text: str) -> str:
    """The text, behind an apostrophe if a spreadsheet could take it for a formula."""
    return f"'{text}" if formula_like(text) else text


def csv_of(rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a byte order mark, as Excel wants it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADINGS)
    for row in rows:
        writer.writerow([harmless(text) for text in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_of(rows: Iterable[Sequence[str]]) -> bytes:
    """A workbook of text cells, written row by row."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("会员名册")
    changed: list[str] = []

    def line(cells: Sequence[str]) -> list[Any]:
        made = []
        for text in cells:
            cell = WriteOnlyCell(sheet, value="")
            cell.value = text
            cell.data_type = "s"
            made.append(cell)
        return made

    sheet.append(line(HEADINGS))
    for n, row in enumerate(rows, start=2):
        safe = [harmless(text) for text in row]
        changed += [f"{get_column_letter(c + 1)}{n}" for c, (was, now) in enumerate(zip(row, safe, strict=True)) if was != now]
        sheet.append(line(safe))
    if changed:
        warning = book.create_sheet("提示")
        warning.append(["以下单元格以疑似公式的字符开头，已加前缀 ' / cells that could be taken for formulas, made harmless"])
        for at in changed:
            warning.append([at])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
