"""How we say no: RFC 9457 with a stable code and JSON pointers, in Chinese or English, and never a word of the input."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from starlette.responses import Response

from shared.record import Refused

TITLES = {
    400: ("Not understood", "请求无法解析"), 401: ("Who are you?", "身份未确认"), 403: ("Not allowed", "无权操作"), 404: ("Not found", "未找到"),
    405: ("Not possible here", "不支持的方法"), 408: ("Too slow", "请求超时"), 409: ("Refused", "不予受理"), 412: ("Changed meanwhile", "记录已更新"),
    413: ("Too large", "内容过大"), 415: ("Wrong kind of content", "内容类型不支持"), 422: ("The form is not right", "填报内容有误"),
    429: ("Too many requests", "请求过于频繁"), 500: ("Our fault", "系统错误"), 503: ("Come back soon", "服务暂不可用"),
}  # fmt: skip
FORM: dict[str, tuple[str, str]] = {  # pydantic error type → what to tell; {…} are its bounds, never the value
    "missing": ("is required", "必填"),
    "extra_forbidden": ("is not a field of this form", "表单中没有该项"),
    "string_type": ("must be text", "应为文本"),
    "string_too_short": ("must have at least {min_length} characters", "至少 {min_length} 个字符"),
    "string_too_long": ("must have at most {max_length} characters", "最多 {max_length} 个字符"),
    "string_pattern_mismatch": ("does not have the required form", "格式不符合要求"),
    "int_type": ("must be a whole number", "应为整数"),
    "int_parsing": ("must be a whole number", "应为整数"),
    "int_from_float": ("must be a whole number", "应为整数"),
    "float_type": ("must be a number", "应为数字"),
    "finite_number": ("must be a finite number", "应为有限数字"),
    "bool_type": ("must be true or false", "应为 true 或 false"),
    "bool_parsing": ("must be true or false", "应为 true 或 false"),
    "greater_than": ("must be greater than {gt}", "应大于 {gt}"),
    "greater_than_equal": ("must be at least {ge}", "不得小于 {ge}"),
    "less_than": ("must be less than {lt}", "应小于 {lt}"),
    "less_than_equal": ("must be at most {le}", "不得大于 {le}"),
    "literal_error": ("must be one of {expected}", "应为以下之一：{expected}"),
    "enum": ("must be one of {expected}", "应为以下之一：{expected}"),
    "too_short": ("needs at least {min_length} entries", "至少 {min_length} 项"),
    "too_long": ("may have at most {max_length} entries", "最多 {max_length} 项"),
    "date_from_datetime_parsing": ("must be a date (YYYY-MM-DD)", "应为日期（YYYY-MM-DD）"),
    "date_parsing": ("must be a date (YYYY-MM-DD)", "应为日期（YYYY-MM-DD）"),
    "date_type": ("must be a date (YYYY-MM-DD)", "应为日期（YYYY-MM-DD）"),
    "datetime_parsing": ("must be a time (RFC 3339)", "应为时间（RFC 3339）"),
    "datetime_type": ("must be a time (RFC 3339)", "应为时间（RFC 3339）"),
    "timezone_aware": ("must name its time zone", "应注明时区"),
    "tuple_type": ("must be a list", "应为列表"),
    "list_type": ("must be a list", "应为列表"),
    "dict_type": ("must be an object", "应为对象"),
    "model_type": ("must be an object", "应为对象"),
    "model_attributes_type": ("must be an object", "应为对象"),
    "union_tag_invalid": ("is of no known type", "类型未知"),
}
SILENT = ("is not acceptable", "不符合要求")


def language(header: str | None) -> int:
    """0 English, 1 Chinese: the first of the two that `Accept-Language` names with the greatest weight."""
    best, chosen = 0.0, 0
    for part in (header or "")[:200].lower().split(","):
        tag, _, rest = part.strip().partition(";q=")
        try:
            weight = float(rest or 1)
        except ValueError:
            continue
        if tag[:2] in ("zh", "en") and weight > best:
            best, chosen = weight, int(tag[:2] == "zh")
    return chosen


def problem(
    status: int, code: str, detail: str, lang: int = 0, *, errors: Sequence[Any] = (), headers: dict[str, str] | None = None, **more: Any
) -> Response:
    title = TITLES.get(status, ("Refused", "不予受理"))[lang]
    body = {"type": f"/problems/{code}", "title": title, "status": status, "code": code, "detail": detail, **more}
    if errors:
        body["errors"] = list(errors)
    head = {"Content-Language": ("en", "zh")[lang], "Cache-Control": "no-store", **(headers or {})}
    return Response(orjson.dumps(body), status, head, "application/problem+json")


def refused(refusal: Refused, lang: int) -> Response:
    head = {"Retry-After": "2"} if refusal.status == 503 else {"WWW-Authenticate": "Bearer"} if refusal.status == 401 else None
    pointer = {"pointer": refusal.pointer} if refusal.pointer else {}
    detail = (refusal.zh if lang else refusal.en) or str(refusal)
    return problem(
        refusal.status, refusal.code, detail, lang, headers=head, **pointer, **{k: v for k, v in refusal.more.items() if k not in pointer}
    )


def malformed(found: Sequence[Any], lang: int) -> Response:
    """422 with a pointer for each field that is wrong; `found` are pydantic's errors."""
    errors = [said(e["type"], e["loc"], e.get("ctx", {}), lang) for e in found[:50]]
    detail = ("the form is not right; see errors", "填报内容有误，详见 errors")[lang]
    return problem(422, "malformed", detail, lang, errors=errors)


def said(type_: str, loc: Iterable[int | str], context: dict[str, Any], lang: int) -> dict[str, str]:
    own = context.get("error")
    if isinstance(own, Refused):
        code, detail = own.code, (own.zh if lang else own.en) or own.code
    else:
        code, known = type_, FORM.get(type_, SILENT)[lang]
        bounds = {k: v for k, v in context.items() if k in ("min_length", "max_length", "gt", "ge", "lt", "le", "expected")}
        detail = (
            known.format(**bounds)
            if all(f"{{{k}}}" not in known or k in bounds for k in ("min_length", "max_length", "gt", "ge", "lt", "le", "expected"))
            else SILENT[lang]
        )
    return {"pointer": "".join(f"/{escaped(str(part))}" for part in loc), "code": code, "detail": detail}


def escaped(part: str) -> str:
    """A JSON pointer token (RFC 6901); a client's own field name is shown only as far as it is a name."""
    part = part if part.replace("_", "").replace("-", "").isalnum() and part.isascii() and len(part) <= 64 else "?"
    return part.replace("~", "~0").replace("/", "~1")
