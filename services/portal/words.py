"""Every word of the pages, as (English, Chinese): the order of `shared.problems.language`."""

from shared.district import NAMES
from shared.problems import language

Words = tuple[str, str]
DISTRICTS: dict[str, Words] = {code: (en, zh) for code, (zh, en) in NAMES.items()}
LEVELS: dict[str, Words] = {"NEW_AREA": ("new area", "新区本级"), "NEW_CITY": ("new cities", "新城")}
STAGES: dict[str, Words] = {
    "LEAD": ("reported", "线索"), "SCREENED": ("screened", "已研判"), "NEGOTIATING": ("negotiating", "洽谈"), "SIGNED": ("signed", "签约"),
    "REGISTERED": ("registered", "注册"), "STARTED": ("started", "开工"), "IN_PRODUCTION": ("in production", "投产"), "DROPPED": ("ended", "终止"),
    "PLANNED": ("planned", "已列入计划"), "LEAD_CONFIRMED": ("lead confirmed", "牵头单位已确认"), "PREPARING": ("preparing", "筹备"),
    "APPLIED": ("applied", "已申请登记"), "ABANDONED": ("given up", "已取消"),
}  # fmt: skip
# 民办函〔2007〕210号, domain §2.3
CATEGORIES: dict[str, Words] = {
    "01": ("industry and commerce", "工商服务业"), "02": ("agriculture", "农业及农村发展"), "03": ("research", "科学研究"), "04": ("education", "教育"),
    "05": ("health", "卫生"), "06": ("culture", "文化"), "07": ("sports", "体育"), "08": ("environment", "生态环境"), "09": ("social services", "社会服务"),
    "10": ("law", "法律"), "11": ("religion", "宗教"), "12": ("occupational", "职业及从业者组织"), "13": ("international", "国际及涉外"), "14": ("other", "其他"),
}  # fmt: skip
SERVICES: dict[str, Words] = {
    "registry": ("Registry", "登记"), "evaluation": ("Evaluation", "评估"), "matchmaking": ("Matchmaking", "对接"),
    "notification": ("Notification", "通知"), "portal": ("Portal", "门户"),
}  # fmt: skip
PURPOSES: dict[str, Words] = {
    "registry": ("who exists, who belongs to whom, who reports", "登记、会员、年报与活动信息"),
    "evaluation": ("facts become points, points become grades", "事实计分，公示定级"),
    "matchmaking": ("needs meet offers, leads land, regions meet", "供需对接、招商线索、跨区域合作"),
    "notification": ("everybody concerned is told, once", "该知道的人都收到，且只收一次"),
    "portal": ("counts and shows what was heard", "汇总并展示所听到的事件"),
}  # fmt: skip
ROOMS: dict[str, Words] = {
    "registry/associations": ("register", "在册名录"), "registry/registration": ("formation plans", "筹建计划"), "evaluation/grades": ("grades", "等级"),
    "matchmaking/leads": ("investment leads", "招商线索"), "matchmaking/partnerships": ("partnerships", "友好商会"),
    "matchmaking/matching": ("matches", "供需匹配"), "notification/ledger": ("notices", "通知台账"),
}  # fmt: skip
VISIBILITY: dict[str, Words] = {
    "public": ("public", "公开"), "zone": ("departments of the zone", "区内部门"), "internal": ("services only", "仅服务间"),
}  # fmt: skip
SENTENCES: dict[str, Words] = {
    "association_registered": ("{name} was registered ({district})", "{name}登记成立（{district}）"),
    "association_activated": ("{name} has begun its work", "{name}完成备案，正式运行"),
    "association_changed": ("{before} is now called {name}", "{before}更名为{name}"),
    "association_jurisdiction_transferred": ("{name} now belongs to {district}", "{name}划归{district}管理"),
    "association_deregistered": ("{name} was struck off the register", "{name}注销登记"),
    "association_registration_revoked": ("The registration of {name} was revoked", "{name}被撤销登记"),
    "evaluation_completed": ("{name} was rated {grade}", "{name}获评 {grade} 级"),
    "rating_downgraded": ("{name} was downgraded to {grade}", "{name}降为 {grade} 级"),
    "rating_revoked": ("The grade of {name} was revoked", "{name}的评估等级被取消"),
    "rating_expired": ("The grade of {name} has expired", "{name}的评估等级有效期满"),
    "cross_region_partnership_formed": ("{name} and {partner} became friendship chambers", "{name}与{partner}结为友好商会"),
    "investment_lead_created": ("An investment lead was reported", "新报送一条招商线索"),
    "investment_lead_screened": ("An investment lead was screened", "一条招商线索完成研判"),
    "lead_stage_advanced": ("An investment lead has reached: {stage}", "一条招商线索进入“{stage}”阶段"),
    "investment_lead_rejected": ("An investment lead was not taken up", "一条招商线索未予受理"),
    "lead_linked": ("An investment lead was joined with an earlier one", "一条招商线索并入在先线索"),
    "lead_dropped": ("An investment lead has ended", "一条招商线索终止"),
    "lead_reopened": ("An investment lead was taken up again: {stage}", "一条招商线索重启，回到“{stage}”阶段"),
    "association_formation_planned": ("A new association is planned", "一家行业协会列入新组建计划"),
    "formation_milestone_reached": ("A planned association has reached: {stage}", "一家筹建中的协会进入“{stage}”阶段"),
    "formation_abandoned": ("A planned association was given up", "一家协会的筹建计划取消"),
}  # fmt: skip
PAGE: dict[str, Words] = {
    "guildhall": ("Guildhall", "行业协会商会协同平台"),
    "tagline": ("Associations and chambers of commerce of the Xixian New Area, on one stream of facts",
                "西咸新区行业协会商会：登记、评估、对接、通知，同在一条事件流上"),
    "demo": ("demo", "演示"),
    "demo_note": ("Demonstration: invented data; identities are for show.", "演示环境：数据为虚构，身份仅供演示。"),
    "skip": ("Skip to the content", "跳到正文"), "menu": ("Main", "主导航"), "overview": ("Overview", "总览"), "reference": ("API reference", "接口文档"),
    "other_language": ("中文", "English"), "language": ("Language", "语言"),
    "flow": ("Flow of events", "事件流"),
    "flow_note": ("Services meet only in events: each tells on the topics of its rooms, each reads what it needs. The figures count the events this portal has heard.",
                  "各服务只通过事件相遇：在各自房间的主题上发布，按需读取。数字为本门户已听到的事件数。"),
    "topic": ("Topic", "主题"), "events": ("events", "个事件"), "events_heard": ("Events heard", "已听事件"), "service": ("Service", "服务"),
    "bus": ("one topic per room, ordered per record", "一房间一主题，同一记录严格有序"),
    "reads": ("reads", "读取"), "reads_all": ("reads all the others", "读取其他各服务"), "this_page": ("this page", "本页"),
    "figures": ("Key figures", "关键数据"), "registered": ("In the register", "在册"), "associations": ("associations", "行业协会"),
    "chambers": ("chambers of commerce", "商会"), "planned": ("planned associations", "新组建计划"), "plans_open": ("not yet registered", "尚未登记"),
    "by_level": ("By level", "按层级"), "by_district": ("New cities", "各新城"), "by_category": ("By field", "按领域"),
    "share": ("culture, sports, agriculture", "文化、体育、农业占比"), "of": ("of", "／"),
    "grades": ("Grades in force", "现有评估等级"), "no_grades": ("No grade has been given yet.", "尚未评定等级。"),
    "leads": ("Investment leads by stage", "招商线索（按阶段）"),
    "leads_note": ("Counts only: leads are for the departments of the zone.", "仅公布数量：线索内容只供区内部门查阅。"),
    "partnerships": ("cross-region partnerships", "跨区域友好商会"), "matches": ("matches proposed", "推荐匹配"), "accepted": ("accepted", "已接受"),
    "notices": ("notices", "通知"), "posted": ("in-app", "站内信"), "sent": ("e-mails sent", "已发邮件"), "read": ("read", "已读"),
    "report": ("founding report", "调研报告"),
    "latest": ("Latest events", "最新动态"), "times": ("Times are Asia/Shanghai.", "时间为北京时间（Asia/Shanghai）。"),
    "nothing": ("Nothing has happened yet", "还没有事件"),
    "nothing_note": ("As soon as the first association is registered, it stands here.", "首个协会登记后即显示在此。"),
    "nothing_demo": ("The demo data are being loaded; this takes a few seconds.", "演示数据加载中，请稍候几秒。"),
    "stale": ("The database does not answer just now; these are the last figures seen.", "数据库暂无响应，以下为最近一次读取的数据。"),
    "reload": ("Reload", "刷新"), "auto_on": ("Refreshes every 15 seconds.", "每 15 秒自动刷新。"), "auto_stop": ("Stop refreshing", "停止自动刷新"),
    "auto_start": ("Refresh automatically", "自动刷新"), "live": ("live", "实时"), "waiting": ("connecting again …", "正在重新连接…"),
    "documents": ("Documents of the services", "各服务文档"), "raw": ("Raw documents", "原始文档"),
    "feeds": ("For portals", "供各门户使用"), "feed_counts": ("counts (JSON)", "统计（JSON）"), "feed_events": ("events (JSON, cursor)", "动态（JSON，游标）"),
    "feed_stream": ("stream (Server-Sent Events)", "实时流（SSE）"),
    "docs_note": ("Every route, form, role, state and event of the services, written from the code that runs.",
                  "各服务的接口、表单、角色、状态与事件，均由运行中的代码直接生成。"),
    "records": ("Record types", "记录类型"), "routes": ("Routes", "接口"), "other_routes": ("Further routes", "其他接口"), "rooms": ("Rooms", "房间"),
    "states": ("States", "状态"), "state_note": ("The numbers on the arrows are the moves of the table. A move without an arrow leaves the stage as it is.",
                                                  "箭头上的编号对应下表的操作；没有箭头的操作不改变阶段。"),
    "move": ("move", "操作"), "who": ("who", "由谁"), "when": ("when", "何时"), "tells": ("tells", "发布事件"), "leads_to": ("leads to", "进入"),
    "opens_it": ("opens it", "新建"), "clock": ("the clock", "时钟"), "hears": ("hears", "听到"), "form": ("Form", "表单"), "field": ("field", "字段"),
    "type": ("type", "类型"), "required": ("required", "必填"), "meaning": ("meaning", "含义"), "yes": ("yes", "是"), "readers": ("May read", "可查阅"),
    "answers": ("answers", "应答"), "parameters": ("Parameters", "参数"), "no_form": ("no form", "无需表单"), "told": ("Events told", "发布的事件"),
    "heard": ("Events heard", "读取的事件"), "in": ("Jump to", "跳转"), "nothing_told": ("It tells no events.", "不发布事件。"),
    "not_here": ("There is no such service here.", "没有该服务。"), "stays": ("stays", "不变"), "unchanged": ("–", "—"),
}  # fmt: skip


def language_of(asked: str | None, accepted: str | None) -> int:
    """1 Chinese unless `?lang=en`, or a browser that reads English and no Chinese before it; 0 English."""
    if asked in ("en", "zh"):
        return int(asked == "zh")
    header = (accepted or "")[:200].lower()
    return 1 if language(header) else int(not any(part.strip().startswith("en") for part in header.split(",")))
