"""Every word of the register's pages, as (English, Chinese): facets and their values, fields, events, sentences."""

from typing import Any

from services.registry.oversight.duties import WORDS as STATES
from shared.pages.words import CATEGORIES, DISTRICTS, LEVELS, Words

GRADES: dict[str, Words] = {"NONE": ("not rated", "未评级"), **{g: (g, g) for g in ("1A", "2A", "3A", "4A", "5A")}}
KINDS: dict[str, Words] = {"INDUSTRY_ASSOCIATION": ("industry association", "行业协会"), "CHAMBER": ("chamber of commerce", "商会")}
STATUSES: dict[str, Words] = {
    "REGISTERED": ("registered", "已登记"), "ACTIVE": ("active", "正常运行"), "SUSPENDED": ("suspended", "停止活动"),
    "LIQUIDATING": ("in liquidation", "清算中"), "DEREGISTERED": ("struck off", "已注销"), "REVOKED": ("registration revoked", "已撤销登记"),
}  # fmt: skip
LISTINGS: dict[str, Words] = {
    "NONE": ("on no list", "未列入"), "ABNORMAL": ("abnormal activity list", "活动异常名录"), "SERIOUS": ("serious violation list", "严重违法失信名单"),
}  # fmt: skip
VALUES: dict[str, dict[str, Words]] = {
    "level": LEVELS, "district": DISTRICTS, "kind": KINDS, "so_category": CATEGORIES, "grade": GRADES, "status": STATUSES, "listing": LISTINGS,
}  # fmt: skip
FACET_TITLES: dict[str, Words] = {
    "level": ("Level", "层级"), "district": ("Place", "地区"), "kind": ("Kind", "类型"), "so_category": ("Field", "领域"), "grade": ("Grade", "等级"),
    "status": ("Status", "状态"), "listing": ("Credit list", "信用名单"),
}  # fmt: skip

# codes that stand in published facts, challenges, statistics
CODES: dict[str, Words] = {
    **KINDS, **STATUSES, **LEVELS, **DISTRICTS, **{str(state): words for state, words in STATES.items()}, "ABNORMAL": LISTINGS["ABNORMAL"], "SERIOUS": LISTINGS["SERIOUS"],
    "ANNUAL_REPORT_NOT_FILED": ("annual report not filed", "未按期报送年报"), "NO_PARTY_ORGANISATION": ("no Party organisation", "未按要求建立党组织"),
    "RECTIFICATION_NOT_DONE": ("rectification not done", "未按要求整改"), "SMALL_PENALTY": ("minor penalty", "受到较轻行政处罚"),
    "UNREACHABLE": ("cannot be reached", "无法取得联系"), "OTHER_BY_LAW": ("other cause by law", "法律法规规定的其他情形"),
    "TWO_YEARS_ABNORMAL": ("two years on the abnormal list", "列入异常名录满两年"), "CHANGE_BY_FRAUD_REVOKED": ("change by fraud revoked", "以欺骗手段变更被撤销"),
    "SUSPENSION_PENALTY": ("activities suspended as a penalty", "被责令停止活动"), "LARGE_FINE": ("large fine", "受到较大数额罚款"),
    "REPEATED_SMALL_PENALTIES": ("repeated minor penalties", "多次受到较轻处罚"), "JUDGMENT_DEFAULTER": ("defaults on a judgment", "失信被执行人"),
    "CERTIFICATE_REVOKED": ("certificate revoked", "被吊销登记证书"),
    "QUALIFIED": ("qualified", "合格"), "BASICALLY_QUALIFIED": ("basically qualified", "基本合格"), "UNQUALIFIED": ("not qualified", "不合格"),
    "NOT_TAKEN": ("not taken", "未参加"), "WARNING": ("warning", "警告"), "FINE": ("fine", "罚款"), "CONFISCATION": ("confiscation", "没收违法所得"),
    "SUSPENSION": ("suspension", "责令停止活动"), "REVOCATION": ("revocation", "撤销登记"),
    "COMMITTEE": ("committee", "专业委员会"), "BASE": ("base", "基地"), "ALLIANCE": ("alliance", "联盟"), "REP_OFFICE": ("representative office", "代表机构"),
    "EMERGING_IMPROVE": ("emerging, to be completed", "新兴产业·加快完善"), "TRADITIONAL_STRENGTHEN": ("traditional, to be strengthened", "传统产业·做大做强"),
    "OPTIMISE": ("to be optimised", "优化发展"),
    "REGISTRATION_ITEMS": ("registration items", "登记事项"), "CHARTER": ("charter", "章程"), "ORGANS_AND_OFFICERS": ("organs and officers", "组织机构与负责人"),
    "FEE_STANDARD": ("fee standard", "会费标准"), "FEE_INCOME_AND_USE": ("fee income and use", "会费收支情况"), "ANNUAL_REPORT": ("annual report", "年度工作报告"),
    "AUDIT_SUMMARY": ("audit summary", "审计报告摘要"), "SERVICE_COMMITMENTS": ("service commitments", "服务承诺"),
    "OTHER_CHARGES": ("charges other than fees", "会费以外的收费"), "DONATIONS": ("donations", "捐赠收支"), "MAJOR_ACTIVITIES": ("major activities", "重大活动"),
    "CSR_REPORT": ("social-responsibility report", "社会责任报告"),
    "NAME": ("name", "名称"), "KIND": ("kind", "类型"), "LEVEL": ("level", "层级"), "DISTRICT": ("place", "地区"), "DOMICILE": ("domicile", "住所"),
    "SCOPE": ("business scope", "业务范围"), "PURPOSE": ("purpose", "宗旨"), "TERRITORY": ("territory", "活动地域"),
    "REGISTERED_FUND": ("registered fund", "注册资金"), "REGISTERED_ON": ("registration date", "登记日期"),
    "SUPERVISING_UNIT": ("supervising unit", "业务主管单位"), "LEGAL_REPRESENTATIVE": ("legal representative", "法定代表人"), "STATUS": ("status", "状态"),
    "ANNUAL_CHECK": ("annual check", "年度检查"), "GRADE": ("grade", "等级"), "CREDIT_LIST": ("credit list", "信用名单"), "PENALTY": ("penalty", "行政处罚"),
    "AWARD": ("award", "奖励"), "PURCHASED_SERVICE": ("purchased service", "购买服务"), "SERVICE_COMMITMENT": ("service commitment", "服务承诺"),
    "SOCIAL_RESPONSIBILITY_REPORT": ("social-responsibility report", "社会责任报告"), "BRANCH": ("branch", "分支机构"),
    "OFFICE_CONTACT": ("office contact", "办公联系方式"), "CLASSIFICATION": ("classification", "分类"),
    "WRONG": ("wrong", "有误"), "OUTDATED": ("out of date", "已过时"), "NOT_THEIRS": ("not theirs", "不属该组织"),
    "FILED": ("being checked", "核查中"), "UPHELD": ("upheld, correction follows", "异议成立，待更正"), "REJECTED": ("not upheld", "异议不成立"),
    "CORRECTED": ("corrected", "已更正"), "AS_SHOWN": ("the register is right", "名录内容无误"), "NOT_ENOUGH_TOLD": ("not enough was told", "提供信息不足"),
    "NOT_A_FACT_OF_THE_REGISTER": ("no fact of the register", "不属名录事项"),
    "QUIET": ("quiet", "沉寂"), "SILENT": ("silent", "长期沉寂"), "DORMANT": ("dormant", "休眠"),
    "UNIT": ("unit members", "单位会员"), "PERSON": ("individual members", "个人会员"),
    "DISSATISFIED": ("dissatisfied", "不满意"), "NO_BENEFIT": ("no benefit", "无收益"), "FEE_BURDEN": ("fee too high", "会费负担"),
    "UNPAID_LAPSED": ("fees unpaid", "欠费退会"), "EXPELLED": ("expelled", "除名"), "RELOCATED": ("moved away", "迁出"),
    "BUSINESS_CEASED": ("business ceased", "停业"), "MERGED": ("merged", "合并"), "OTHER": ("other", "其他"),
    "LEAD": ("reported", "线索"), "SCREENED": ("screened", "已研判"), "NEGOTIATING": ("negotiating", "洽谈"), "SIGNED": ("signed", "签约"),
    "STARTED": ("started", "开工"), "IN_PRODUCTION": ("in production", "投产"), "DROPPED": ("ended", "终止"),
    "FORMED": ("formed", "已结成"), "ENDED": ("ended", "已终止"), "PLANNED": ("planned", "已列入计划"), "LEAD_CONFIRMED": ("lead confirmed", "牵头单位已确认"),
    "PREPARING": ("preparing", "筹备"), "APPLIED": ("applied", "已申请登记"), "ABANDONED": ("given up", "已取消"), "PROPOSED": ("proposed", "拟列入"),
    "LISTED": ("listed", "已列入"), "REMOVED": ("removed", "已移出"), "DISMISSED": ("dismissed", "不予列入"), "NOT_OPEN": ("not open", "未开放"),
    "OPEN": ("open", "待报送"), "SUBMITTED": ("submitted", "已报送"), "RETURNED": ("returned", "退回补正"), "FIRST_REVIEWED": ("first review done", "已初审"),
    "ACCEPTED": ("accepted", "已受理"), "CONCLUDED": ("concluded", "已出结论"), "PUBLISHED": ("published", "已公布"),
}  # fmt: skip
FIELDS: dict[str, Words] = {
    "uscc": ("Unified social credit code", "统一社会信用代码"), "name": ("Name", "名称"), "kind": ("Kind", "类型"), "level": ("Level", "层级"),
    "district": ("Place", "地区"), "domicile": ("Domicile", "住所"), "scope": ("Business scope", "业务范围"), "purpose": ("Purpose", "宗旨"),
    "territory": ("Territory", "活动地域"), "registered_fund": ("Registered fund", "注册资金"), "registered_on": ("Registered on", "登记日期"),
    "registration_authority": ("Registration authority", "登记管理机关"), "supervising_unit": ("Supervising unit", "业务主管单位"),
    "legal_representative": ("Legal representative", "法定代表人"), "status": ("Status", "状态"), "so_category": ("Field", "领域"),
    "gbt4754": ("Industries (GB/T 4754)", "国民经济行业（GB/T 4754）"), "regime_code": ("Registration regime", "登记管理体制"),
    "ended_on": ("Ended on", "终止日期"), "office_telephone": ("Office telephone", "办公电话"), "office_email": ("Office e-mail", "办公邮箱"),
    "charter": ("Charter", "章程"), "fee_standard": ("Fee standard", "会费标准"), "annual_reports": ("Annual reports (public copy)", "年度工作报告（公开本）"),
    "annual_checks": ("Annual checks", "年度检查结论"), "penalties": ("Penalties in force", "行政处罚"), "awards": ("Awards", "表彰奖励"),
    "model_titles": ("Model titles", "示范称号"), "titles": ("Brand titles", "品牌称号"), "purchased_services": ("Purchased services", "承接政府购买服务"),
    "commitments": ("Service commitments", "服务承诺"), "csr_reports": ("Social-responsibility reports", "社会责任报告"),
    "branches": ("Branches", "分支机构"), "development_lists": ("Development lists", "发展名单"), "disclosed": ("Disclosed items", "信息公开事项"),
    "grade": ("Grade", "评估等级"), "grade_valid_from": ("Valid from", "有效期自"), "grade_valid_to": ("Valid to", "有效期至"),
    "abnormal_list": ("Abnormal activity list", "活动异常名录"), "serious_violation_list": ("Serious violation list", "严重违法失信名单"),
    # parts of published facts
    "version": ("version", "版次"), "approved_on": ("approved on", "核准日期"), "document": ("document", "文件"), "tiers": ("tiers", "档次"),
    "tier": ("tier", "档次"), "adopted_on": ("adopted on", "通过日期"), "year": ("year", "年度"), "conclusion": ("conclusion", "结论"),
    "public_copy": ("public copy", "公开本"), "amount": ("amount", "金额"), "imposed_on": ("decided on", "决定日期"), "decision_no": ("decision", "决定书文号"),
    "item": ("item", "事项"), "standard": ("standard", "标准"), "time_limit_h": ("time limit (hours)", "办理时限（小时）"), "fee": ("fee", "收费"),
    "complaints_to": ("complaints to", "投诉渠道"), "since": ("since", "自"), "url": ("address", "网址"), "published_on": ("published on", "公布日期"),
    "type": ("type", "类别"), "established_on": ("established on", "设立日期"), "grantor": ("granted by", "授予单位"), "granted_on": ("granted on", "授予日期"),
    "valid_to": ("valid to", "有效期至"), "list": ("list", "名单"), "listed_on": ("listed on", "列入日期"), "until": ("until", "至"), "reason": ("reason", "事由"),
}  # fmt: skip
EVENTS: dict[str, Words] = {  # what the public list follows; nothing else of the history is shown
    "association_registered": ("Registered", "成立登记"), "association_activated": ("Began its work", "完成备案，正式运行"),
    "association_classified": ("Classified anew", "重新归类"), "association_changed": ("Registered items changed", "变更登记"),
    "association_corrected": ("Item corrected", "更正登记事项"), "association_jurisdiction_transferred": ("Moved to another authority", "管辖划转"),
    "association_decoupled": ("Decoupled from its unit", "完成脱钩"), "association_suspended": ("Suspended", "停止活动"),
    "association_resumed": ("Resumed", "恢复活动"), "association_liquidation_started": ("Liquidation began", "开始清算"),
    "association_deregistered": ("Struck off", "注销登记"), "association_merged": ("Merged into another", "并入其他组织"),
    "supervising_unit_assigned": ("Supervising unit assigned", "确定业务主管单位"), "association_registration_revoked": ("Registration revoked", "撤销登记"),
}  # fmt: skip
TABLES: dict[str, Words] = {
    "joined_by_year": ("Members joined, by year", "入会（按年度）"), "joined_by_kind": ("Members joined, by kind", "入会（按会员类型）"),
    "exited_by_year": ("Members left, by year", "退会（按年度）"), "exited_by_reason": ("Members left, by reason", "退会（按原因）"),
    "leads_by_stage": ("Investment leads, by stage", "招商线索（按阶段）"), "partnerships": ("Friendship chambers", "友好商会"),
    "annual_reports_by_stage": ("Annual reports, by year and stage", "年度报告（按年度与阶段）"),
    "annual_checks_by_conclusion": ("Annual checks, by year and conclusion", "年度检查（按年度与结论）"),
    "credit_listings_by_stage": ("Credit lists, by list and stage", "信用名单（按名单与阶段）"), "formation_plans_by_stage": ("Formation plans, by stage", "新组建计划（按阶段）"),
}  # fmt: skip
ROLES: dict[str, Words] = {
    "SO_ADMIN": ("social-organisation office", "社会组织管理部门"), "REG_AUTHORITY": ("registration authority", "登记管理机关"),
    "SUPERVISING_UNIT": ("supervising units", "业务主管单位"), "INDUSTRY_DEPT": ("industry departments", "行业主管部门"),
    "PARTY_WORK": ("Party-building body", "党建工作机构"), "FIC": ("federation of industry and commerce", "工商联"),
    "NEW_CITY": ("new cities, for their own associations", "各新城（限本辖区组织）"), "INVEST_DEPT": ("investment promotion", "招商部门"),
    "ASSOCIATION": ("the association itself", "本组织"),
}  # fmt: skip
PAGE: dict[str, Words] = {
    "title": ("Register of associations", "行业协会商会名录"), "lead": ("Every industry association and chamber of commerce in the register, and what is public of it.",
                                                                 "检索在册行业协会商会及其公开信息。"),
    "tabs": ("Pages of the register", "名录页面"), "search": ("Search", "检索"), "coverage": ("Coverage map", "覆盖图谱"), "statistics": ("Statistics", "统计"),
    "dormant": ("Silent associations", "沉寂组织"), "wrong": ("Please check what you asked for", "请检查检索条件"),
    "unknown_field": ("The address holds a condition this page does not know; it was not searched.", "地址中含有本页没有的条件，未予检索。"),
    "q": ("Name, any part of it", "名称（任意部分）"), "q_hint": ("Up to 100 characters; width, case and blanks do not matter.", "最多 100 个字符，不分全半角、大小写与空格。"),
    "code": ("Credit code, or its beginning", "统一社会信用代码（可只填开头）"), "code_hint": ("2 to 18 letters and digits.", "2–18 位字母数字。"),
    "gbt4754": ("Industry code (GB/T 4754)", "行业代码（GB/T 4754）"), "gbt4754_hint": ("2 to 4 digits; everything beneath it counts.", "2–4 位数字，含其下各级。"),
    "any": ("any", "不限"), "find": ("Search", "检索"), "clear": ("Clear", "清空条件"), "limit": ("Entries on a page", "每页条数"),
    "living": ("Without a choice: all that have not ended.", "不选则为所有未终止的组织。"),
    "narrow": ("Narrow down", "筛选"), "narrow_note": ("Each number says how many there would be with that choice.", "数字为选择该项后的数量。"),
    "chosen": ("chosen; take it back", "已选，点击取消"), "results": ("Results", "检索结果"), "sorted": ("in the order of their credit codes", "按统一社会信用代码排序"),
    "no_less": ("at least", "至少"), "too_many": ("More fit than are counted for one page: each number is at least so many. A longer part of the name is counted exactly.",
                                                   "符合条件的组织过多，未逐一计数，各数字均为“至少”；输入更长的名称可得确切数字。"),
    "found": ("found", "条结果"), "shown_here": ("on this page", "条在本页"),
    "next": ("Next page", "下一页"), "first": ("First page", "首页"), "paging": ("Pages of the result", "结果分页"),
    "none": ("Nothing was found", "没有符合条件的组织"),
    "none_tips": ("Try a shorter part of the name, take back one of the choices, or include those that have ended.", "可以试试：缩短名称关键字、取消部分条件，或勾选已注销、已撤销的组织。"),
    "past_end": ("There is nothing behind this place.", "该位置之后没有更多条目。"), "none_at_all": ("Nothing is registered yet.", "名录中尚无登记。"),
    "same": ("This result as data", "本页结果的数据"),
    "snapshot": ("Open data: the whole register as a file", "开放数据：名录全量文件"), "taken": ("Taken at", "截取时间"), "of_day": ("Snapshot of", "快照日期"),
    "entries": ("associations", "个组织"), "file": ("File", "文件"), "bytes": ("Bytes", "字节"), "digest": ("SHA-256", "SHA-256"),
    "no_snapshot": ("No snapshot has been published yet; the first follows in the night.", "尚未发布快照，首份将于夜间生成。"),
    "items": ("Registered items", "登记事项"), "rating": ("Grade and credit lists", "等级与信用名单"), "published": ("What is published", "公开事项"),
    "nothing": ("nothing published", "无公开内容"), "on_no_list": ("not listed", "未列入"),
    "ended": ("This association is no longer in the register; its last entry stays readable.", "该组织已不在册，保留其最后登记信息供查阅。"),
    "listed_warning": ("This association stands on a credit list.", "该组织已被列入信用名单。"),
    "challenges": ("Challenges to what stands here", "公开信息异议"), "no_challenges": ("Nobody has challenged anything.", "暂无异议。"),
    "fact": ("fact", "事项"), "ground": ("ground", "理由"), "standing": ("status", "状态"), "filed_on": ("filed on", "提出日期"), "decide_by": ("decide by", "答复期限"),
    "overdue": ("overdue", "逾期"), "answer": ("answer", "答复"),
    "how": ("Is something here not right?", "发现信息有误？"),
    "how_1": ("Anyone may challenge a public fact, without a token and without a name. It is checked within a stated number of working days, and how it stands is shown here.",
              "任何人均可对公开信息提出异议，无需登录，也无需留名。主管部门在规定工作日内核查，进展在本页公开。"),
    "how_2": ("Choose the fact and the ground; say what should stand there and where one can see it. Do not name persons, numbers or addresses of persons.",
              "请选择事项与理由，并说明正确内容及依据。请勿填写个人姓名、号码或地址。"),
    "choose": ("choose", "请选择"), "proposed": ("what should stand there", "正确内容"), "source": ("where one can see it", "依据"),
    "object": ("Challenge this fact", "提出异议"), "by_api": ("The same by the API", "通过接口提交"),
    "facts_are": ("Facts", "事项代码"), "grounds_are": ("Grounds", "理由代码"),
    "history": ("History", "历史"), "history_none": ("No history is kept of this entry here.", "此处未保存该条目的历史。"),
    "history_note": ("What was registered, from when it held, and when the register came to know of it.", "登记了什么、自何时生效、何时录入名录。"),
    "event": ("event", "事件"), "holds": ("holds from", "生效"), "recorded": ("recorded", "录入"), "changed_items": ("items", "事项"),
    "as_of": ("As it was on", "当日实际状态"), "as_of_hint": ("What was true at the end of that day.", "该日结束时的真实状态。"),
    "known_at": ("As it was known on", "当日已知状态"), "known_at_hint": ("What the register knew at the end of that day.", "该日结束时名录已知的状态。"),
    "recall": ("Show that day", "查看当日"), "today": ("Back to today", "返回现状"), "past": ("You are reading an earlier state", "正在查看历史状态"),
    "not_yet": ("On that day nothing was registered under this code.", "当日该代码下尚无登记。"),
    "as_data": ("This page as data", "本页数据"), "dossier": ("Governance dossier", "治理档案"), "dossier_for": ("for those who oversee", "供监管部门查阅"),
    "chains": ("Priority chains", "重点产业链"), "chain": ("chain", "产业链"), "covered": ("covered", "已覆盖"), "uncovered": ("no association", "无协会"),
    "associations": ("associations", "协会数"), "code_name": ("code and industry", "代码与行业"), "gaps": ("without an association", "空缺"),
    "coverage_lead": ("Which priority chains and which divisions of GB/T 4754 no association that lives stands for.", "哪些重点产业链、哪些国民经济行业大类尚无在册协会。"),
    "chains_without": ("chains without any association", "条产业链没有协会"), "divisions_without": ("divisions without an association", "个大类没有协会"),
    "divisions": ("Divisions of GB/T 4754", "国民经济行业大类"), "table_of": ("Table in force", "所用产业链表"), "complete": ("every division has one", "各大类均有协会"),
    "statistics_lead": ("What the register counts. Where persons could be told, fewer than five are shown as <5.", "名录统计。可能识别个人之处，少于 5 的数值显示为 <5。"),
    "value": ("value", "项目"), "number": ("number", "数量"), "total": ("total", "合计"), "in_register": ("Registered and not ended", "在册（未终止）"),
    "with_ended": ("with those that have ended", "含已终止的组织"),
    "no_figures": ("nothing counted yet", "暂无数据"),
    "dossier_lead": ("What is missing, out of term or expiring, those lacking first.", "缺失、过期与即将到期事项，缺项在前。"),
    "as_of_day": ("As of", "截至"), "lacking": ("lacking", "项缺失或逾期"), "duty": ("duty", "事项"), "day": ("day", "日期"), "basis": ("basis", "依据"),
    "grave": ("breach of law", "违法情形"), "nothing_owed": ("Nothing is owed that could be told.", "没有可判定的事项。"), "rules": ("Rules", "规则版本"),
    "last_sign": ("Last sign of life", "最近活动"), "days_silent": ("days silent", "沉寂天数"), "never": ("none heard", "无记录"),
    "dormant_lead": ("Associations nothing was heard of, the longest first.", "长期没有活动记录的组织，最久者在前。"), "at_least": ("At least", "至少达到"),
    "none_silent": ("Nobody has been silent so long.", "没有达到该程度的组织。"), "show": ("Show", "查看"),
    "not_found": ("Not in the register", "名录中查无此组织"),
    "not_found_tips": ("Check the credit code (18 characters), or search by a part of the name.", "请核对 18 位统一社会信用代码，或按名称检索。"),
    "back": ("To the search", "前往检索"), "needed": ("For those who oversee", "仅供监管部门查阅"),
    "needed_1": ("This page holds what is not public. It is read with the same bearer token as the data behind it; there is no sign-in by browser here.",
                 "本页内容不对公众开放，须以与其数据接口相同的令牌访问；此处没有网页登录。"),
    "needed_2": ("Ask your identity provider for an access token and send it along:", "请向身份认证服务获取访问令牌，并随请求发送："),
    "may_read": ("May read it", "可查阅者"), "token_wrong": ("The token that was sent is not valid, or no longer.", "所提交的令牌无效或已过期。"),
    "refused": ("Not for this role", "该角色无权查阅"), "away": ("The register does not answer just now", "名录暂时无法读取"),
    "away_tips": ("Nothing is lost. Please try again in a moment.", "数据未受影响，请稍后重试。"), "unclear": ("That could not be understood", "无法识别的请求"),
}  # fmt: skip


def code_words(code: Any, lang: int, facet: str = "") -> str:
    """What a code is called, in a facet or anywhere; what is no code this version knows stands as it is."""
    text = str(code)
    return ({**CODES, **VALUES[facet]} if facet else CODES).get(text, (text, text))[lang]


def cell_words(name: str, lang: int, facet: str = "") -> str:
    """What a cell of the statistics is called: its codes one by one, which a slash joins."""
    return " · ".join(code_words(part, lang, facet) for part in name.split("/"))
