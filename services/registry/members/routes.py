"""Files with members, in and out: `POST /registry/member-imports` reads one and shows what would happen, `GET /registry/member-roll` gives one.

The file is the body of the request as it is; what it says is read in a process of its own (`sheet.py`). Nothing of the file is kept but the
four fields of each row. The confirmation is `POST /registry/member-imports/{id}:confirm`.
"""

import asyncio
import hashlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.registry.members import export, sheet
from services.registry.members.member_import import (
    PREVIEWS,
    PROBLEMS,
    RULES,
    Format,
    Found,
    ImportRules,
    MemberImport,
    Verdict,
    counts,
    member_imports,
    verdicts,
)
from services.registry.members.membership import BELONGING, Membership, Stage, memberships
from shared.engine import Engine
from shared.http import answer, caller, fault, language_of, query
from shared.record import Call, Malformed, NotAllowed, NotFound
from shared.uscc import AssociationUscc

IMPORTS = "/member-imports"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: dict[str, Format] = {"text/csv": "csv", XLSX: "xlsx"}
AT_ONCE = 2  # files read at the same time; others wait their turn
SHOWN = 100  # rows shown with the preview itself; all of them can be asked for
REASONS: dict[str, tuple[str, str]] = {
    "empty": ("the file is empty", "文件为空"),
    "too_large": ("the file is too large", "文件过大"),
    "encoding_unknown": ("save the file as UTF-8 or GB18030", "请将文件保存为 UTF-8 或 GB18030 编码"),
    "not_text": ("the file is no text", "文件不是文本"),
    "not_csv": ("the file is no CSV", "文件不是有效的 CSV"),
    "not_xlsx": ("the file is no XLSX workbook", "文件不是有效的 XLSX 工作簿"),
    "cell_too_large": ("a cell is too large", "单元格内容过长"),
    "too_many_columns": ("there are too many columns", "列数过多"),
    "too_many_rows": ("there are too many rows: split the file", "行数过多，请拆分文件"),
    "too_many_parts": ("the workbook has too many parts", "工作簿内文件过多"),
    "unpacks_too_large": ("the workbook is too large once unpacked", "工作簿解压后过大"),
    "packed_too_tightly": ("the workbook is packed too tightly to be one", "工作簿压缩比异常"),
    "part_outside": ("a part of the workbook lies outside of it", "工作簿内文件路径异常"),
    "part_twice": ("a part of the workbook is there twice", "工作簿内文件重复"),
    "encrypted": ("the workbook is encrypted", "工作簿已加密"),
    "nested_archive": ("the workbook contains another file", "工作簿内嵌其他文件"),
    "external_links": ("the workbook refers to other files", "工作簿含外部链接"),
    "macros": ("the workbook contains macros", "工作簿含宏"),
    "entities": ("the workbook contains declarations of its own", "工作簿含实体声明"),
    "no_sheet": ("the workbook has no sheet", "工作簿没有工作表"),
    "column_twice": ("a column is there twice", "列标题重复"),
    "no_member_column": ("no column names the members: call it 统一社会信用代码 or credit_code", "缺少“统一社会信用代码”列"),
    "took_too_long": ("reading the file took too long", "读取文件超时"),
    "not_readable": ("the file cannot be read", "文件无法读取"),
}


class AskedRows(BaseModel):
    """Rows of a preview, in order of their lines."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    verdict: Verdict | None = None
    after: Annotated[int, Field(ge=0, le=10**6, description="the `next` of the page before")] = 0
    limit: Annotated[int, Field(ge=1, le=1000)] = 200


class AskedRoll(BaseModel):
    """Which roll, of which stages, as what."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    format: Literal["csv", "xlsx"] = "csv"
    association: Annotated[AssociationUscc | None, Field(description="for the office; an association gets its own")] = None
    stage: tuple[Stage, ...] = ("ACTIVE", "SUSPENDED")


class Row(BaseModel):
    """A line of the file and its verdict."""

    line: int
    member: str
    kind: str
    tier: str
    joined_on: str | None
    verdict: Verdict
    code: str | None = None
    field: str | None = None
    same_as: int | None = None
    detail: str | None = None


class Rows(BaseModel):
    """A page of rows."""

    items: list[Row]
    next: int | None


class Shown(BaseModel):
    """What would happen: rows new, there already and wrong; columns nobody asked for; the first rows, in order of their lines."""

    id: str
    stage: str
    new: int
    already: int
    wrong: int
    ignored_columns: int
    expires_at: str
    can_confirm: bool
    rows: Rows


async def rows_of(data: bytes, form: str, rules: ImportRules) -> dict[str, Any]:
    """The rows of a file, read in a process of its own. Raises: Malformed with the reason."""
    asked = orjson.dumps({"format": form, "allowed": rules.model_dump(mode="json")}) + b"\n"
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(Path(sheet.__file__)), stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        told, _ = await asyncio.wait_for(child.communicate(asked + data), rules.seconds_max)
    except TimeoutError:
        raise unread("took_too_long") from None
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode != 0 or not told:
        raise unread("not_readable")
    found: dict[str, Any] = orjson.loads(told)
    if "refused" in found:
        raise unread(found["refused"])
    return found


def unread(code: str) -> Malformed:
    en, zh = REASONS[code]
    return Malformed(f"file_{code}", en, zh)


def page(kept: dict[str, Any] | None, asked: AskedRows, lang: int) -> dict[str, Any]:
    """A page of the rows of a file."""
    rows = kept["rows"] if kept else []
    chosen = [r for r in rows if r["line"] > asked.after and asked.verdict in (None, r["verdict"])]
    told = [r | ({"detail": PROBLEMS[r["code"]][lang]} if r.get("code") else {}) for r in chosen[: asked.limit]]
    return {"items": told, "next": told[-1]["line"] if len(chosen) > asked.limit else None}


def preview_of(found: MemberImport, kept: dict[str, Any] | None, lang: int) -> dict[str, Any]:
    """What would happen, and the first rows."""
    told = found.model_dump(mode="json", include={"id", "stage", "new", "already", "wrong", "ignored_columns", "expires_at"})
    ready = found.stage == "PREVIEWED" and found.wrong == 0 and found.new > 0
    return told | {"can_confirm": ready, "rows": page(kept, AskedRows(limit=SHOWN), lang)}


def line_of(m: Membership) -> tuple[str, ...]:
    """A membership as a line of the roll."""
    kinds = {"UNIT": "单位", "PERSON": "个人"}
    return (
        m.member,
        kinds[m.kind],
        m.tier,
        m.stage,
        str(m.joined_on or ""),
        str(m.left_on or ""),
        m.exit_reason or "",
        m.suspended_for or "",
    )


def member_files(engine: Engine) -> APIRouter:
    """Previews of files, and the roll as a file."""
    router, store, turns = APIRouter(tags=["members"]), engine.store, asyncio.Semaphore(AT_ONCE)

    @router.post(
        IMPORTS, response_model=Shown, status_code=201, summary="Read a file of members and show every row's verdict [导入预览]",
        description="By ASSOCIATION. The body is the file: text/csv (UTF-8, UTF-16 or GB18030) or an XLSX workbook. Nothing is taken in yet.",
        operation_id="registry.member_imports.read",
        openapi_extra={"requestBody": {"required": True, "content": {t: {"schema": {"type": "string", "format": "binary"}} for t in FORMATS}}},
    )  # fmt: skip
    async def read_file(request: Request, call: Annotated[Call, Depends(caller)]) -> Response:
        if call.role != "ASSOCIATION" or not call.organisation:
            raise NotAllowed("role_not_allowed", f"{call.role} may not import members", f"角色 {call.role} 无权导入会员")
        form = FORMATS.get(request.headers.get("content-type", "").split(";")[0].strip().lower())
        if form is None:
            raise fault(415, "not_a_table", "send text/csv or an XLSX workbook", "请上传 CSV 或 XLSX 文件")
        rules, data = RULES.in_force(call.today), request.scope.get("guildhall.body") or b""
        async with turns:
            found = await rows_of(data, form, rules)
        if not found["rows"]:
            raise unread("empty")
        present = await store.find(memberships, {"association": call.organisation, "stage": list(BELONGING)})
        rows = await asyncio.to_thread(verdicts, found["rows"], frozenset(h.record.member for h in present), call.today)
        number, digest = counts(rows), hashlib.sha256(data).hexdigest()
        kept = {"association": call.organisation, "made_at": call.now, "rows": rows}
        await store.put(PREVIEWS, str(call.id), {"$setOnInsert": kept})
        told = Found(association=call.organisation, file=str(call.id), format=form, digest=digest, new=number["NEW"],
                     already=number["ALREADY_MEMBER"], wrong=number["WRONG"], ignored_columns=found["ignored_columns"])  # fmt: skip
        key = digest if "idempotency-key" in request.headers else ""
        (held,) = await engine.execute(member_imports, "preview", told, replace(call, role="PLATFORM"), digest=key)
        shown = preview_of(held.record, await store.one(PREVIEWS, held.record.file), language_of(request))
        return answer(shown, 201, {"Location": f"/registry{IMPORTS}/{held.record.id}", "ETag": f'"{held.version}"'})

    @router.get(
        IMPORTS + "/{id}/rows",
        response_model=Rows,
        summary="The rows of a file, each with its verdict",
        operation_id="registry.member_imports.rows",
    )
    async def read_rows(request: Request, id: str, call: Annotated[Call, Depends(caller)]) -> Response:
        if call.role != "ASSOCIATION":
            raise NotAllowed("role_not_allowed", f"{call.role} may not read this", f"角色 {call.role} 无权查阅")
        asked: AskedRows = query(AskedRows, request)
        held = await store.load(member_imports, id)
        if held is None or held.record.association != call.organisation:
            raise NotFound("not_found", "there is no such import", "没有该次导入")
        return answer(page(await store.one(PREVIEWS, held.record.file), asked, language_of(request)))

    @router.get(
        "/member-roll", summary="The roll as CSV or XLSX [导出会员名册]", operation_id="registry.member_roll.get", response_class=Response
    )
    async def roll(request: Request, call: Annotated[Call, Depends(caller)]) -> Response:
        asked: AskedRoll = query(AskedRoll, request)
        if call.role not in ("ASSOCIATION", "SO_ADMIN"):
            raise NotAllowed("role_not_allowed", f"{call.role} may not read this", f"角色 {call.role} 无权查阅")
        whose = call.organisation if call.role == "ASSOCIATION" else asked.association
        if not whose:
            raise Malformed("which_association", "say which association", "请指明协会", pointer="/association")
        if asked.association not in (None, whose):
            raise NotFound("not_found", "there is no such roll", "没有该名册")
        found = await store.find(memberships, {"association": whose, "stage": list(asked.stage)})
        write = export.csv_of if asked.format == "csv" else export.xlsx_of
        made = await asyncio.to_thread(write, [line_of(h.record) for h in found])
        kind = "text/csv; charset=utf-8" if asked.format == "csv" else XLSX
        name = f'attachment; filename="members-{call.today}.{asked.format}"'
        return Response(made, 200, {"Content-Disposition": name, "Cache-Control": "no-store"}, kind)

    return router
