"""The labels of the service's own code lists; those of a document stand in its policy."""

from service.codes import Label
from service.workflows.campaign.roster import STANDINGS
from service.workflows.clock_events import HAPPENINGS
from service.workflows.inspection.became import BECAME
from service.workflows.kinds import KINDS

WORDS: dict[str, dict[str, Label]] = {
    "kinds": {kind.value: label for kind, label in KINDS.items()},
    "area_levels": {
        "province": Label(zh="省", en="province"),
        "city": Label(zh="市", en="city"),
        "county": Label(zh="县（区）", en="county"),
        "township": Label(zh="乡镇", en="township"),
        "village": Label(zh="村", en="village"),
    },
    "relations": {
        "head": Label(zh="户主", en="head"),
        "spouse": Label(zh="配偶", en="spouse"),
        "child": Label(zh="子女", en="child"),
        "child_in_law": Label(zh="儿媳女婿", en="child-in-law"),
        "grandchild": Label(zh="孙子女", en="grandchild"),
        "parent": Label(zh="父母", en="parent"),
        "sibling": Label(zh="兄弟姐妹", en="sibling"),
        "other": Label(zh="其他", en="other"),
    },
    "document_types": {
        "resident_identity": Label(zh="居民身份证", en="resident identity card"),
        "disability_certificate": Label(zh="残疾人证", en="disability certificate"),
        "other": Label(zh="其他证件", en="other document"),
    },
    "duplicate_fields": {
        "head_name": Label(zh="户主姓名", en="name of the head"),
        "telephone": Label(zh="联系电话", en="telephone"),
        "area_code": Label(zh="所在村", en="village"),
        "group_name": Label(zh="村民小组", en="villagers' group"),
        "household_type": Label(zh="户类型", en="type of household"),
        "member_count": Label(zh="家庭人口数", en="number of members"),
        "member_names": Label(zh="家庭成员姓名", en="names of the members"),
    },
    "duplicate_results": {
        "same": Label(zh="相同", en="same"),
        "differs": Label(zh="不同", en="differs"),
        "unknown": Label(zh="无法比较", en="unknown"),
    },
    "duplicate_verdicts": {
        "same": Label(zh="同一户", en="the same household"),
        "different": Label(zh="不是同一户", en="different households"),
    },
    "answers": {
        "must_include": Label(zh="必须纳入", en="must be included"),
        "not_included": Label(zh="不纳入", en="not included"),
        "excluded": Label(zh="不得确定为监测对象", en="excluded outright"),
        "judgement": Label(zh="综合研判", en="left to judgement"),
    },
    "decisions": {
        "include": Label(zh="纳入", en="include"),
        "refuse": Label(zh="不予纳入", en="refuse"),
    },
    "opinions": {
        "for": Label(zh="同意", en="for"),
        "against": Label(zh="不同意", en="against"),
    },
    "verdicts": {
        "agrees": Label(zh="一致", en="agrees"),
        "differs": Label(zh="有出入", en="differs"),
        "no_record": Label(zh="无记录", en="no record"),
        "not_provided": Label(zh="未提供", en="not provided"),
    },
    "hit_conclusions": {
        "explained": Label(zh="已说明，不影响", en="explained"),
        "confirmed": Label(zh="属实", en="confirmed"),
    },
    "explanation_means": {
        "visit": Label(zh="上门", en="visit"),
        "telephone": Label(zh="电话", en="telephone"),
        "letter": Label(zh="书面", en="letter"),
    },
    "notice_ends": {
        "concluded": Label(zh="公示结束", en="concluded"),
        "replaced": Label(zh="已更正，重新公示", en="replaced by a changed notice"),
        "taken_down": Label(zh="中途撤下", en="taken down meanwhile"),
    },
    "roster_rows": {
        "household": Label(zh="户", en="household"),
        "village": Label(zh="村", en="village"),
    },
    "standings": {standing.value: label for standing, label in STANDINGS.items()},
    "finding_outcomes": {became.value: label for became, label in BECAME.items()},
    "problem_scopes": {
        "household": Label(zh="户内问题", en="a household's problem"),
        "area": Label(zh="面上问题", en="a problem of an area"),
    },
    "problem_standings": {
        "in_progress": Label(zh="正在整改", en="being put right"),
        "rectified": Label(zh="已整改", en="put right"),
        "void": Label(zh="作废", en="void"),
    },
    "remediation_lists": {
        "measure": Label(zh="整改措施", en="measure"),
        "responsible_person": Label(zh="责任人", en="responsible person"),
        "responsible_unit": Label(zh="责任单位", en="responsible unit"),
        "time_limit_on": Label(zh="整改时限", en="time limit"),
    },
    "limit_kinds": {
        "not_before": Label(zh="不得早于", en="not before"),
        "due": Label(zh="不得晚于", en="due"),
    },
    "units": {
        "hour": Label(zh="小时", en="hour"),
        "working_day": Label(zh="工作日", en="working day"),
        "calendar_day": Label(zh="天", en="calendar day"),
        "calendar_month": Label(zh="个月", en="calendar month"),
        "date": Label(zh="固定日期", en="fixed date"),
        "end_of_month": Label(zh="月末", en="end of the month"),
        "end_of_quarter": Label(zh="季末", en="end of the quarter"),
        "end_of_half_year": Label(zh="半年末", en="end of the half-year"),
        "end_of_year": Label(zh="年末", en="end of the year"),
    },
    "deadline_states": {
        "running": Label(zh="期限内", en="running"),
        "overdue": Label(zh="已逾期", en="overdue"),
        "met": Label(zh="按期办结", en="met"),
        "late": Label(zh="逾期办结", en="met late"),
        "lapsed": Label(zh="不再适用", en="lapsed"),
        "suspended": Label(zh="已中止计时", en="suspended"),
    },
    "clock_events": {what.value: label for what, label in HAPPENINGS.items()},
    "paper_standings": {
        "owed": Label(zh="应报送", en="owed"),
        "submitted": Label(zh="已报送", en="submitted"),
        "returned": Label(zh="已退回", en="returned"),
        "accepted": Label(zh="已接收", en="accepted"),
        "released": Label(zh="不再报送", en="no longer owed"),
    },
    "unit_standings": {
        "planned": Label(zh="待检查", en="to be checked"),
        "checked": Label(zh="已检查", en="checked"),
        "excused": Label(zh="免予检查", en="excused"),
    },
    "answer_kinds": {
        "problem": Label(zh="有无问题", en="whether there is a problem"),
        "number": Label(zh="数字", en="a number"),
        "choice": Label(zh="选项", en="a choice"),
        "text": Label(zh="文字", en="text"),
        "yes_no": Label(zh="是或否", en="yes or no"),
        "demand": Label(zh="有无需求", en="whether there is a wish"),
    },
    "filled_for": {
        "household": Label(zh="农户", en="household"),
        "village": Label(zh="村", en="village"),
        "township": Label(zh="乡镇", en="township"),
        "county": Label(zh="县（区）", en="county"),
        "department": Label(zh="部门", en="department"),
    },
    "problem_consequences": {
        "remediation": Label(zh="列入问题整改", en="put right"),
        "clue": Label(zh="转监测程序", en="a clue for the monitoring procedure"),
        "department": Label(zh="交行业部门", en="a matter of the sector department"),
    },
    "number_units": {
        "percent": Label(zh="%", en="per cent"),
        "yuan": Label(zh="元", en="yuan"),
        "persons": Label(zh="人", en="persons"),
    },
    "filling_rules": {
        "signed": Label(
            zh="谁排查、谁签字、谁负责：排查人签字，随每个问题留名",
            en="who inspects signs, and stands by name with every problem found",
        ),
        "no_proxy": Label(
            zh="不得代填：填表人须是入户的人", en="nobody fills for another: the filler was there"
        ),
        "no_blanks": Label(zh="不得不填：每项都须作答", en="every item that is asked is answered"),
        "description": Label(zh="有问题的须写明具体内容", en="a problem is described in words"),
        "no_form_when_clean": Label(
            zh="无问题的户不用填表，走访记录即可",
            en="a household without a problem needs no form; the visit is recorded",
        ),
        "fixed_on_spot": Label(
            zh="边查边改、立行立改", en="a problem may be put right on the spot"
        ),
        "team": Label(zh="几人一组", en="so many go together (`number`)"),
        "never_asked_twice": Label(
            zh="避免重复填报：已有信息预先带出",
            en="what is known is filled in, and not asked again",
        ),
    },
    "notice_causes": {
        "deadline": Label(zh="期限", en="a deadline"),
        "case": Label(zh="案件", en="a case"),
        "campaign": Label(zh="排查行动", en="a campaign"),
        "urge": Label(zh="催办", en="an urge"),
        "vacancy": Label(zh="岗位空缺", en="a vacant position"),
        "channel": Label(zh="通知渠道", en="a channel"),
    },
    "subscription_states": {
        "active": Label(zh="启用", en="active"),
        "paused": Label(zh="暂停", en="paused"),
        "ended": Label(zh="已删除", en="deleted"),
    },
    "delivery_states": {
        "waiting": Label(zh="待发送", en="waiting"),
        "delivered": Label(zh="已送达", en="delivered"),
        "dead": Label(zh="已放弃", en="given up"),
        "cancelled": Label(zh="已取消", en="cancelled"),
    },
    "delivery_outcomes": {
        "delivered": Label(zh="已送达", en="delivered"),
        "http_error": Label(zh="对方返回错误状态", en="answered with an error status"),
        "rate_limited": Label(zh="对方限流", en="rate-limited by the receiver"),
        "refused": Label(zh="对方拒收", en="refused by the receiver"),
        "timeout": Label(zh="超时", en="timed out"),
        "connection_failed": Label(zh="连接失败", en="the connection failed"),
        "address_refused": Label(zh="地址不允许访问", en="an address nothing may be sent to"),
        "fault": Label(zh="服务内部错误", en="a fault of the service"),
    },
    "channels": {
        "webhook": Label(zh="接口推送", en="webhook"),
        "email": Label(zh="电子邮件", en="e-mail"),
        "wecom": Label(zh="企业微信群机器人", en="WeCom robot"),
        "dingtalk": Label(zh="钉钉机器人", en="DingTalk robot"),
        "feishu": Label(zh="飞书机器人", en="Feishu robot"),
    },
}
"""List -> code -> label."""
