"""What a document can be made of: forms of stages, the stages many share, the events beside them.

A stage is a state of the case; the event of its form completes it and leads to the next stage
of the route. Which stages, in which order, by whom and on which conditions is the document's;
a document may also have stages of its own, each with a form from here.
"""

from dataclasses import dataclass

from service.codes import Label

FORMS: dict[str, str] = {
    "clue": "take_up_clue",
    "verification": "record_verification",
    "consent": "sign_consent",
    "deliberation": "conclude_deliberation",
    "review": "conclude_review",
    "comparison": "close_comparison",
    "posting": "post_publicity",
    "publicity": "conclude_publicity",
    "report": "report",
    "approval": "approve",
    "filing": "file",
    "announcement": "announce",
    "registration": "register",
    "household_notice": "notify_household",
    "helper": "assign_helper",
    "plan": "agree_plan",
    "criteria": "record_criteria",
    "marking": "mark_eliminated",
}
"""Form of a stage -> the event that completes it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A state on a route: its name, and the form of the act that completes it."""

    label: Label
    form: str

    @property
    def completed_by(self) -> str:
        return FORMS[self.form]


def _stage(zh: str, en: str, form: str) -> Stage:
    return Stage(Label(zh=zh, en=en), form)


STAGES: dict[str, Stage] = {
    "clue": _stage("线索登记", "clue registered", "clue"),
    "verification": _stage("入户核实", "verification at home", "verification"),
    "consent": _stage("待签承诺授权", "awaiting consent", "consent"),
    "group_deliberation": _stage("村民小组评议", "group deliberation", "deliberation"),
    "team_assessment": _stage("驻村工作队研判评估", "assessment by the resident team", "review"),
    "village_review": _stage("村级核实评议", "village review", "review"),
    "comparison": _stage("数据比对", "data comparison", "comparison"),
    "posting": _stage("初选名单待公示", "initial list, to be posted", "posting"),
    "publicity": _stage("村内公示", "publicity in the village", "publicity"),
    "village_report": _stage("待上报乡镇", "to be reported to the township", "report"),
    "township_review": _stage("乡镇审核", "township review", "approval"),
    "township_meeting": _stage(
        "乡镇领导小组会议", "meeting of the township's leading group", "deliberation"
    ),
    "county_report": _stage("待上报县级", "to be reported to the county", "report"),
    "county_approval": _stage("县级审定（批准）", "county approval", "approval"),
    "county_filing": _stage("县级备案", "county filing", "filing"),
    "announcement": _stage("待公告", "to be announced", "announcement"),
    "registration": _stage("待录入标注", "to be registered", "registration"),
    "household_notice": _stage("待告知农户", "household to be told", "household_notice"),
    "monitored": _stage("已纳入监测", "monitored", "helper"),
    "planning": _stage("待制定帮扶措施", "measures to be agreed", "plan"),
    "plan_filing": _stage("帮扶措施待备案", "plan to be filed", "filing"),
    "elimination_verification": _stage("消除入户核查", "elimination: verification", "criteria"),
    "elimination_review": _stage("消除评议", "elimination: review", "deliberation"),
    "elimination_posting": _stage("消除名单待公示", "elimination: to be posted", "posting"),
    "elimination_publicity": _stage("消除公示", "elimination: publicity", "publicity"),
    "elimination_report": _stage("消除待上报", "elimination: to be reported", "report"),
    "elimination_township": _stage("消除乡镇审核", "elimination: township review", "approval"),
    "elimination_county": _stage("消除县级审核", "elimination: county approval", "approval"),
    "elimination_filing": _stage("消除县级备案", "elimination: county filing", "filing"),
    "elimination_announcement": _stage(
        "消除待公告", "elimination: to be announced", "announcement"
    ),
    "elimination_marking": _stage("待标注风险消除", "elimination: to be marked", "marking"),
}
"""The stages that documents share, by their usual codes."""

ASSISTED, HELD, ELIMINATED = "assisted", "held", "eliminated"
EXPLANATION_OWED, NOT_QUALIFIED, WITHDRAWN = "explanation_owed", "not_qualified", "withdrawn"
HANDED_OVER, ENDED = "handed_to_department", "naturally_ended"

REST: dict[str, Label] = {
    ASSISTED: Label(zh="帮扶中", en="being helped"),
    HELD: Label(zh="暂不标注，持续帮扶", en="held, help goes on"),
    ELIMINATED: Label(zh="风险已消除", en="risk eliminated"),
    EXPLANATION_OWED: Label(zh="不予纳入，待向农户说明", en="refused, explanation owed"),
    NOT_QUALIFIED: Label(zh="不符合条件（已说明）", en="not qualified, explained"),
    WITHDRAWN: Label(zh="已撤回", en="withdrawn"),
    HANDED_OVER: Label(zh="已转行业部门", en="handed to the department"),
    ENDED: Label(zh="自然减少", en="ended naturally"),
}
"""The states that lie on no route."""

CLOSED = frozenset({ELIMINATED, NOT_QUALIFIED, WITHDRAWN, HANDED_OVER, ENDED})
"""States in which the episode is over and the household may be taken in anew."""

STATES: dict[str, Label] = {code: stage.label for code, stage in STAGES.items()} | REST
"""Every state that documents share, in the order of the procedure."""

OPEN = "open"
STAY, BACK, ELIMINATION = "", "(back)", "(elimination)"

SIDE_EVENTS: dict[str, str] = {
    "hand_to_department": HANDED_OVER,
    "record_opinion": STAY,
    "repost_publicity": STAY,
    "record_comparison": STAY,
    "conclude_comparison": STAY,
    "object": STAY,
    "reject_objection": STAY,
    "uphold_objection": BACK,
    "add_helper": STAY,
    "replace_helper": STAY,
    "revise_plan": STAY,
    "record_progress": STAY,
    "record_visit": STAY,
    "collect_change": STAY,
    "propose_elimination": ELIMINATION,
    "hold": HELD,
    "lift_hold": ASSISTED,
    "roll_back": ASSISTED,
    "end_naturally": ENDED,
    "return_case": BACK,
    "refuse": EXPLANATION_OWED,
    "explain_refusal": NOT_QUALIFIED,
    "withdraw": WITHDRAWN,
}
"""Event beside the route -> where it leads: a state, nowhere, or back to a stage it names."""
