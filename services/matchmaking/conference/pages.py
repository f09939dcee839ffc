"""A schedule, and the whole plan, as a page to read and to print. Everything in it is escaped; it asks for nothing from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape

from services.matchmaking.conference.report import Report
from services.matchmaking.conference.schedule import Schedule, when

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #767676;padding:.4rem .6rem;text-align:left;vertical-align:top}
caption{text-align:left;font-weight:600;padding:.4rem 0}@media print{body{margin:0}}"""
Two = tuple[str, str]  # English and Chinese
COLUMNS: tuple[Two, ...] = (("Slot", "场次"), ("From", "开始"), ("Until", "结束"), ("Table", "桌号"))
STAGES: dict[str, Two] = {
    "PLANNED": ("planned", "筹备中"), "INVITED": ("invitations are out", "已邀请"), "HELD": ("held", "已举办"),
    "FOLLOWED_UP": ("followed up", "已跟进"), "CLOSED": ("closed", "已办结"), "CANCELLED": ("called off", "已取消"),
}  # fmt: skip


def schedule_page(schedule: Schedule, lang: int) -> str:
    """One's meetings; `lang` is 0 for English, 1 for Chinese."""
    heads = (*COLUMNS, ("With", "对接单位"), ("Code", "统一社会信用代码"))
    rows = [(str(a.slot), *when(a), str(a.table), a.name or a.partner, a.partner) for a in schedule.appointments]
    absent = (
        [(f"Noted as absent from slot {schedule.absent_from}.", f"自第 {schedule.absent_from} 场起登记缺席。")[lang]]
        if schedule.absent_from
        else []
    )
    return page(
        schedule.title, lang, [headline(schedule, lang), *absent],
        table(("Your meetings", "您的对接日程")[lang], heads, rows, lang, ("No meeting has been arranged yet.", "尚未排定场次。")[lang]),
    )  # fmt: skip


def report_page(report: Report, lang: int) -> str:
    """Every table, and what fairness has cost."""
    heads = (*COLUMNS, ("Association", "协会商会"), ("Enterprise", "企业"), ("Locked", "锁定"))
    rows = [
        (str(s.slot), *when(s), str(s.table), s.association_name or s.association, s.enterprise_name or s.enterprise, (("yes", "是")[lang] if s.locked else ""))
        for s in report.meetings
    ]  # fmt: skip
    left = (
        [(f"Without a meeting: {', '.join(report.without)}.", f"未排场次：{'、'.join(report.without)}。")[lang]] if report.without else []
    )
    return page(
        report.title, lang, [headline(report, lang), *(report.en, report.zh)[lang], *left],
        table(("All meetings", "全部场次")[lang], heads, rows, lang, ("No meeting has been arranged yet.", "尚未排定场次。")[lang]),
    )  # fmt: skip


def headline(shown: Schedule | Report, lang: int) -> str:
    return (
        f"{shown.venue}; {STAGES[shown.stage][0]}; arrangement {shown.arrangement}.",
        f"{shown.venue}；{STAGES[shown.stage][1]}；第 {shown.arrangement} 版排程。",
    )[lang]


def table(caption: str, heads: Sequence[Two], rows: Sequence[Iterable[str]], lang: int, empty: str) -> str:
    if not rows:
        return f"<p>{escape(empty)}</p>"
    head = "".join(f'<th scope="col">{escape(h[lang])}</th>' for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def page(title: str, lang: int, said: Iterable[str], body: str) -> str:
    told = "".join(f"<p>{escape(line)}</p>" for line in said)
    return (
        f'<!doctype html><html lang="{("en", "zh-CN")[lang]}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{told}{body}</main></body></html>"
    )
