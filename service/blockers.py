"""Why an event cannot happen now: the blockers, each with its sentence in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from service.codes import Label
from service.flaws import FLAWS


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason why an event cannot happen now: what is needed, what there is, until when.

    `need` and `have` are codes or values; `words` has the labels by which a sentence names
    the codes.
    """

    code: str
    need: tuple[str, ...] = ()
    have: tuple[str, ...] = ()
    until: date | datetime | None = None
    cite: str | None = None
    words: Mapping[str, Label] = field(default_factory=dict, compare=False, repr=False)

    @property
    def label(self) -> Label:
        """Return the sentence that tells a person what is missing."""
        sentence = BLOCKERS[self.code]
        need = [self._named(one) for one in self.need]
        have = [self._named(one) for one in self.have]
        zh = {"need": "、".join(n.zh for n in need), "have": "、".join(h.zh for h in have)}
        en = {"need": ", ".join(n.en for n in need), "have": ", ".join(h.en for h in have)}
        return Label(
            zh=sentence.zh.format(until=self.until, **zh),
            en=sentence.en.format(until=self.until, **en),
        )

    def _named(self, code: str) -> Label:
        """Return a code's label; of `department.field` both parts; of anything else itself."""
        parts = code.split(".")
        if not all(part in self.words for part in parts):
            return Label(zh=code, en=code)
        labels = [self.words[part] for part in parts]
        return Label(zh="·".join(p.zh for p in labels), en=", ".join(p.en for p in labels))


BLOCKERS: dict[str, Label] = {
    "too_early": Label(
        zh="法定期限未满：{need}，{until}起方可办理",
        en="The period is not over ({need}); this can be done from {until}.",
    ),
    "date_provisional": Label(
        zh="期限涉及尚未公布工作日历的年份，日期为暂定，待日历导入后重新计算",
        en="The period touches a year without a published calendar; import the calendar first.",
    ),
    "late_reason_missing": Label(
        zh="已逾期{have}天，须说明逾期原因（reason）",
        en="This is {have} days late: state why in `reason`.",
    ),
    "attachment_unknown": Label(
        zh="附件不存在或不属于本辖区：{have}", en="No such attachment within your area: {have}."
    ),
    "return_target_not_allowed": Label(
        zh="不能退回到 {have}；可退回：{need}", en="A return to {have} is not possible; to: {need}."
    ),
    "not_listed": Label(
        zh="{have} 不在文件所列范围：{need}",
        en="The document does not list {have}; it lists: {need}.",
    ),
    "field_missing": Label(zh="须填写：{need}", en="Fill in: {need}."),
    "field_unfit": Label(
        zh="所填 {have} 不符合该栏要求：{need}", en="{have} does not fit the field: {need}."
    ),
    "field_not_asked": Label(
        zh="此处不要求填写：{have}；要求填写：{need}",
        en="The document does not ask for {have} here; it asks for: {need}.",
    ),
    "not_confirmed": Label(zh="须确认：{need}", en="This must be confirmed: {need}."),
    "below_floor": Label(zh="低于下限（{need}）：{have}", en="Below the minimum ({need}): {have}."),
    "above_ceiling": Label(
        zh="超过上限（{need}）：{have}", en="Above the maximum ({need}): {have}."
    ),
    "act_missing": Label(zh="尚未完成：{need}", en="This has not been done yet: {need}."),
    "too_few_present": Label(
        zh="到会人数不足：须{need}，实到{have}",
        en="Too few were present: {need} needed, {have} came.",
    ),
    "share_unknown": Label(
        zh="须填写应到人数（of）和实到人数：{need}",
        en="State how many there are (`of`) and how many came: {need}.",
    ),
    "no_majority": Label(
        zh="同意票不足：须{need}，实为{have}",
        en="Too few votes for it: {need} needed, {have} given.",
    ),
    "opinion_against": Label(zh="会议未通过", en="The meeting did not agree."),
    "object_type_unfit": Label(
        zh="按核实情况应为：{need}，而不是{have}",
        en="By the facts the household is {need}, not {have}.",
    ),
    "helper_missing": Label(zh="尚未安排：{need}", en="No helper of this kind yet: {need}."),
    "no_helper_to_replace": Label(
        zh="没有该类帮扶人可调整：{have}", en="There is no helper of this kind to replace: {have}."
    ),
    "other_unit_unexplained": Label(
        zh="应先在原单位（{need}）内调整；确无法调整的须说明（same_unit_impossible）",
        en="Replace within the same unit ({need}) first, or say in `same_unit_impossible` why not.",
    ),
    "measure_twice": Label(zh="措施编号重复：{have}", en="Measure numbers used twice: {have}."),
    "measure_incomplete": Label(
        zh="第{have}项措施须填写：{need}", en="Measure {have} lacks: {need}."
    ),
    "risk_without_measure": Label(
        zh="风险 {have} 没有对应措施；应有其一：{need}",
        en="No measure answers the risk {have}; one of these would: {need}.",
    ),
    "measure_mismatch": Label(
        zh="措施与风险类型不匹配：{have}；应为其一：{need}",
        en="The measure does not match its risk: {have}; one of these would: {need}.",
    ),
    "no_plan": Label(zh="尚无帮扶方案", en="There is no plan yet."),
    "measures_open": Label(zh="措施尚未落实：第{have}项", en="Measures not carried out: {have}."),
    "criterion_not_stated": Label(zh="须逐项说明：{need}", en="State each criterion: {need}."),
    "criterion_not_met": Label(zh="消除条件未达到：{need}", en="A criterion is not met: {need}."),
    "held_for": Label(
        zh="{have}的，暂不标注风险消除（可作暂不标注处理，继续帮扶）",
        en="Not to be marked because of: {have}. Hold the case; help goes on.",
    ),
    "team_too_small": Label(
        zh="走访须{need}人一组，实为{have}人", en="{need} go together; there were {have}."
    ),
    "daily_cap_reached": Label(
        zh="每天走访不超过{need}户，已达上限：{have}",
        en="No more than {need} households a day; reached: {have}.",
    ),
    "household_type_not_listed": Label(
        zh="户类型 {have} 不在文件所列范围：{need}",
        en="The document lists no household type {have}; it lists: {need}.",
    ),
    "attachment_kind_not_listed": Label(
        zh="附件类别 {have} 不在文件所列范围：{need}",
        en="The document lists no kind of attachment {have}; it lists: {need}.",
    ),
    "list_missing": Label(zh="四项清单未填齐：{need}", en="The four lists lack: {need}."),
    "verifier_rectified": Label(
        zh="整改责任人、整改人或申请销号的人不得自行核实，须由他人核实",
        en="Whoever answered for it, put it right or submitted it cannot verify it as well.",
    ),
    "new_limit_reason_missing": Label(
        zh="整改时限由 {need} 调整为 {have}，须说明原因（reason）",
        en="The time limit changes from {need} to {have}: state why in `reason`.",
    ),
    "scope_unfit": Label(
        zh="户内问题须指明农户，面上问题不指明农户", en="A problem is a household's or an area's."
    ),
    "level_unfit": Label(
        zh="问题层级应与所在地区一致：{need}，而不是{have}",
        en="The level of a problem is that of its area: {need}, not {have}.",
    ),
    "campaign_not_open": Label(
        zh="排查行动不在进行中（{have}），不能登记问题",
        en="The campaign takes no problems now: it is {have}.",
    ),
    "level_not_above": Label(
        zh="只能逐级提到上一级：{need}，不能是{have}",
        en="A problem is raised one level at a time, to {need}, not to {have}.",
    ),
    "no_level_above": Label(zh="已无上一级可提", en="There is no level above this one."),
    "nobody_to_take_it": Label(
        zh="该处没有可承办的岗位（{need}）", en="Nobody there holds the position it needs: {need}."
    ),
    "item_unknown": Label(
        zh="所指问题不存在或不在您的辖区", en="No such problem within your area."
    ),
    "linked_already": Label(
        zh="已与其他问题关联，须先取消关联", en="It is linked to others already: unlink it first."
    ),
    "others_linked_to_it": Label(
        zh="已有其他问题关联到本问题，请把对方关联到本问题",
        en="Others are linked to this one: link the other problem to it instead.",
    ),
    "not_linked": Label(zh="未与其他问题关联", en="It is not linked to any other."),
    "date_in_future": Label(
        zh="日期 {have} 晚于今天 {need}", en="The day {have} lies after today, {need}."
    ),
    "date_before_application": Label(
        zh="日期 {have} 早于申请日 {need}", en="The day {have} lies before the application, {need}."
    ),
    "signature_missing": Label(zh="承诺和授权查询书未签字", en="The form is not signed."),
    "fingerprint_missing": Label(
        zh="承诺和授权查询书须按申请人本人手印",
        en="The form lacks the applicant's own fingerprint.",
    ),
    "proxy_not_permitted": Label(
        zh="代填人 {have} 不在允许范围：{need}", en="{have} may not fill the form; may: {need}."
    ),
    "proxy_not_named": Label(zh="须写明代填人姓名", en="Name the person who filled the form."),
    "evidence_missing": Label(zh="缺少附件：{need}", en="An attachment is missing: {need}."),
    "group_absent": Label(
        zh="村级评议缺少参会方：{need}", en="Nobody was present at the meeting from: {need}."
    ),
    "facts_missing": Label(
        zh="没有核实情况（facts），不能作出决定",
        en="No verified facts are recorded: state `facts`.",
    ),
    "decision_against_facts": Label(
        zh="决定（{have}）与核实情况得出的结论（{need}）不一致，须由具名负责人说明理由（override）",
        en="The decision ({have}) is against what the facts say ({need}): a named officer must"
        " give the reasons in `override`.",
    ),
    "personal_data_in_notice": Label(
        zh="公示内容不得含证件号码、手机号、账号、健康状况（{have}）",
        en="The notice may hold no identity, telephone or account number and no health"
        " data ({have}).",
    ),
    "department_missing": Label(
        zh="以下部门没有比对结论：{need}", en="These departments have no verdict: {need}."
    ),
    "department_not_listed": Label(
        zh="不在文件所列的部门或比对项：{have}",
        en="Departments or fields that the document does not list: {have}.",
    ),
    "verdict_given_twice": Label(
        zh="同一部门同一项目有两个结论", en="One department gives two verdicts on one field."
    ),
    "no_hit": Label(
        zh="比对没有异常，无须作出结论", en="The comparison has no hit to conclude on."
    ),
    "comparison_missing": Label(
        zh="数据比对结果尚未返回", en="The data comparison has not come back yet."
    ),
    "hit_not_concluded": Label(
        zh="比对异常尚无结论：{have}", en="A comparison hit awaits a conclusion: {have}."
    ),
    "hit_confirmed": Label(
        zh="比对异常已被确认，不能继续：{have}",
        en="A comparison hit was confirmed; the case cannot go on: {have}.",
    ),
    "objection_open": Label(
        zh="异议尚未处理：第{have}号", en="An objection is undecided: no. {have}."
    ),
    "no_such_objection": Label(
        zh="没有该号待处理异议；待处理：{need}",
        en="No such undecided objection; undecided: {need}.",
    ),
    "helper_kind_differs": Label(
        zh="该类对象应安排：{need}，而不是{have}",
        en="This type of object is given a {need}, not a {have}.",
    ),
}

POLICY_BLOCKERS: dict[str, Label] = {
    "policy_gap": Label(zh="{need}：{have}", en="{need}: {have}"),
    "policy_version_taken": Label(
        zh="{need}已存在，内容不同；请提高版本号",
        en="{need} is there already, with another text: give this one a higher version.",
    ),
    "policy_version_not_higher": Label(
        zh="{have}不高于现有第{need}版；请提高版本号",
        en="{have} is not higher than version {need}, which is there already.",
    ),
    "policy_of_another_area": Label(
        zh="{have}由其他地区发布；请另取文件代码",
        en="{have} is published by another area: give the document an id of its own.",
    ),
    "policy_not_usable": Label(
        zh="{need}在{have}不可用：未发布，或由其他地区发布",
        en="{need} is not usable in {have}: nobody, or another area, published it.",
    ),
    "policy_not_in_force": Label(zh="{need}今天不在施行期内", en="{need} is not in force today."),
    "version_the_same": Label(zh="事项已按{have}办理", en="The cases are under {have} already."),
    "state_not_known": Label(zh="{need}没有“{have}”这一环节", en="{need} knows no state {have}."),
    "state_not_mapped": Label(
        zh="有事项处于“{have}”，{need}没有这一环节；请在 states 中指明对应环节",
        en="Cases are at {have}, which {need} does not know: say in `states` where they go.",
    ),
    "state_closes": Label(
        zh="版本迁移不能办结事项：{have}", en="A migration closes no case: {have}."
    ),
    "nobody_holds": Label(
        zh="没有“{need}”岗位接手这些地区的事项：{have}",
        en="No position of {need} would hold the cases in {have}.",
    ),
    "object_type_not_known": Label(
        zh="{need}没有对象类型“{have}”", en="{need} knows no type of object {have}."
    ),
}
"""What stands in the way of a document or of moving cases to it."""

CHECKLIST_BLOCKERS: dict[str, Label] = {
    "item_not_known": Label(zh="排查表没有第{have}项", en="The form has no item {have}."),
    "item_not_asked": Label(
        zh="第{have}项不在此处排查（按户类型或由单位填写）",
        en="Item {have} is not asked here: another type of household, or a unit, is asked it.",
    ),
    "answer_twice": Label(zh="第{have}项有两个答案", en="Item {have} is answered twice."),
    "answer_blank": Label(zh="第{need}项未填", en="Item {need} is left blank."),
    "answer_unfit": Label(
        zh="所填 {have} 不符合该项要求：{need}", en="{have} does not answer the item: {need}."
    ),
    "description_missing": Label(
        zh="第{need}项有问题，须写明具体内容（text）",
        en="Item {need} is a problem: describe it in `text`.",
    ),
    "fixed_without_problem": Label(
        zh="第{have}项没有问题，不能记为立行立改",
        en="Item {have} is no problem, so nothing was put right on the spot.",
    ),
    "form_not_signed": Label(zh="排查人未签字", en="Whoever inspected has not signed."),
    "role_may_not_fill": Label(
        zh="{have}不能填写此表；应由：{need}", en="{have} may not fill this form; may: {need}."
    ),
    "filled_for_another": Label(
        zh="不得代填：{have}不在入户人员之中",
        en="Nobody fills for another: {have} was not among the visitors.",
    ),
    "form_not_of_this": Label(
        zh="此表填写对象是{need}，不是{have}",
        en="This form is filled in for: {need}, not: {have}.",
    ),
    "not_on_list": Label(
        zh="不在排查行动启动时确定的名册上",
        en="It is not on the list that was frozen when the campaign started.",
    ),
    "excused_from_list": Label(
        zh="名册已认定不适用，不须填表", en="The campaign was found not to apply: no form is owed."
    ),
    "form_there_already": Label(
        zh="同一排查行动同一排查表已提交；须更正的先退回，须重填的先作废",
        en="There is such a form already: return it to correct it, void it to fill it in anew.",
    ),
    "before_campaign": Label(
        zh="{have}早于排查行动开始之日（{need}）",
        en="{have} lies before the first day of the campaign, {need}.",
    ),
    "campaign_over": Label(
        zh="排查行动已结束（{have}），名册不再变动",
        en="The campaign is over ({have}): its list stands for good.",
    ),
    "form_led_to_work": Label(
        zh="由此表产生的{have}件事项已在办，不能作废；请先处理这些事项",
        en="{have} of the cases that came of this form have been begun: settle these first.",
    ),
}
"""What is wrong with a form that was filled in."""

CAMPAIGN_BLOCKERS: dict[str, Label] = {
    "programme_opens_itself": Label(
        zh="“{have}”为经常性工作，由系统按期立项；自行拟定的行动不填 programme 和 period",
        en="The service opens {have} by itself: leave `programme` and `period` out.",
    ),
    "phase_not_known": Label(
        zh="文件没有“{have}”这一阶段；文件所列：{need}",
        en="The document has no phase {have}; it has: {need}.",
    ),
    "phase_twice": Label(zh="阶段“{have}”写了两次", en="The phase {have} stands there twice."),
    "days_out_of_order": Label(
        zh="结束日 {have} 早于开始日 {need}", en="It ends on {have}, before it begins on {need}."
    ),
    "window_outside": Label(
        zh="阶段“{have}”超出行动起止日 {need}；请调整起止日或阶段时间",
        en="The phase {have} lies outside the campaign's days, {need}: move one of them.",
    ),
    "campaign_too_long": Label(
        zh="行动起止日 {have} 超过{need}个月", en="{have} is longer than {need} month(s)."
    ),
    "day_is_over": Label(
        zh="{have} 已过；须为 {need} 或以后", en="{have} is over: name {need} or a later day."
    ),
    "area_outside": Label(
        zh="地区 {have} 不在本次行动范围内", en="The area {have} is not part of this campaign."
    ),
    "row_not_listed": Label(zh="名单中没有第{have}行", en="The list has no row {have}."),
    "row_stands_otherwise": Label(
        zh="该行处于“{have}”，须为“{need}”（有排查表的先作废排查表）",
        en="The row stands as {have}, not as {need}: a form that was handed in is voided first.",
    ),
    "not_announced": Label(zh="尚未部署", en="The campaign has not been announced."),
    "rows_open": Label(
        zh="名单中还有{have}行未了结（{need}）", en="Rows of the list still open ({need}): {have}."
    ),
    "count_differs": Label(
        zh="所填数{have}与名单应查数{need}不符", en="{have} was stated; the list has {need}."
    ),
    "papers_open": Label(
        zh="还有{have}份应报材料未被接收", en="Papers owed and not accepted yet: {have}."
    ),
    "problems_open": Label(
        zh="还有{have}个问题未整改到位", en="Problems not put right yet: {have}."
    ),
    "villages_unchecked": Label(zh="以下村尚未抽查：{have}", en="Villages not looked at: {have}."),
    "not_supervised": Label(
        zh="本次行动的督查中尚无：{need}", en="No supervision of this campaign did this: {need}."
    ),
    "campaign_not_under_way": Label(
        zh="排查行动处于“{have}”，不能填报", en="The campaign is {have}: no form is taken in."
    ),
    "not_in_phase": Label(
        zh="{have} 不在“{need}”阶段内，也没有批准延后填报",
        en="{have} lies outside the phase {need}, and nobody allowed the area to be late.",
    ),
}
"""What stands in the way of a campaign, and of its forms."""
CLOCK_BLOCKERS: dict[str, Label] = {
    "clock_suspended": Label(
        zh="计时已中止，期限未满：{need}；恢复计时后方可办理",
        en="The clock stands, so the period is not over ({need}); it must be resumed first.",
    ),
    "operation_not_in_document": Label(
        zh="文件没有规定“{need}”可以{have}", en="The document does not let “{need}” be {have}."
    ),
    "clock_closed": Label(
        zh="期限已了结，不能再变更：{need}",
        en="The clock runs no longer ({need}); nothing can be changed about it.",
    ),
    "period_over": Label(
        zh="期限已满（{need}），不能再中止或延长；须在{until}前提出",
        en="The period is over ({need}): it had to be asked for before {until}.",
    ),
    "already_suspended": Label(
        zh="计时已经中止：{need}", en="The clock stands already ({need}); it can be resumed."
    ),
    "not_suspended": Label(
        zh="计时没有中止：{need}", en="The clock runs ({need}); there is nothing to resume."
    ),
    "held_by_objection": Label(
        zh="异议尚未处理，计时不能恢复：{need}",
        en="An objection stands, and the clock with it ({need}): decide the objection.",
    ),
    "used_up": Label(
        zh="文件规定最多{need}次，已办理{have}次",
        en="The document allows it {need} time(s); it was done {have} time(s).",
    ),
    "extension_undecided": Label(
        zh="已有延长申请待审批：{need}",
        en="A request is undecided ({need}); wait for the decision.",
    ),
    "no_extension_asked": Label(
        zh="没有待审批的延长申请：{need}", en="Nobody has asked for more time ({need})."
    ),
    "own_request": Label(
        zh="不得审批本人或本岗位提出的申请",
        en="Nobody decides what they, or their position, asked for.",
    ),
}
"""Why nothing can be done to a clock."""

SHEET_BLOCKERS: dict[str, Label] = {
    "sheet_too_long": Label(
        zh="超过{need}行，请缩小范围后导出", en="More than {need} rows: ask for fewer."
    ),
}

PAPER_BLOCKERS: dict[str, Label] = {
    "paper_without_file": Label(
        zh="须附上材料文件（attachments）", en="Attach the paper's file in `attachments`."
    ),
    "paper_not_signed": Label(zh="材料尚未签字：{need}", en="The paper is not signed by: {need}."),
    "paper_not_sealed": Label(zh="材料尚未盖章：{need}", en="The paper lacks the seal: {need}."),
    "other_file_signed": Label(
        zh="所签（盖）的不是最近起草的文件；起草的为：{need}",
        en="These are not the files of the newest draft, which are: {need}.",
    ),
}
"""What a paper lacks that a unit owes."""

CHANNEL_BLOCKERS: dict[str, Label] = {
    "target_refused": Label(
        zh="不能向该地址发送：{have}", en="Nothing can be sent to that target: {have}."
    ),
    "secret_unfit": Label(zh="密钥须为{need}", en="The secret must be {need}."),
    "secret_not_taken": Label(
        zh="该渠道没有密钥（secret）", en="This channel has no secret: leave it out."
    ),
    "channel_not_set_up": Label(
        zh="该渠道尚未配置，请管理员设置{need}",
        en="This channel is not set up: the operator must set {need}.",
    ),
}
"""Why a channel cannot send to a target."""

BLOCKERS |= CHANNEL_BLOCKERS | POLICY_BLOCKERS | CHECKLIST_BLOCKERS | PAPER_BLOCKERS
SUPERVISION_BLOCKERS: dict[str, Label] = {
    "unit_not_fitting": Label(
        zh="不在辖区内，或不是此种督查的对象（{need}）：{have}",
        en="Not within the area, or no {need}, which is what this looks at: {have}.",
    ),
    "unit_twice": Label(zh="同一单位列了两次：{have}", en="Planned twice: {have}."),
    "unit_left_out": Label(
        zh="须全部检查，还缺：{need}", en="Every one is to be checked; missing: {need}."
    ),
    "days_in_disorder": Label(
        zh="结束日期{have}早于开始日期", en="The last day, {have}, lies before the first."
    ),
    "unit_checks_itself": Label(
        zh="交叉检查不能自己检查自己：{have}", en="In a cross-check nobody checks itself: {have}."
    ),
    "peer_missing": Label(
        zh="须指明由辖区内哪个同级单位检查：{have}",
        en="Say which unit of the same level within the area checks: {have}.",
    ),
    "campaign_without_phase": Label(
        zh="须属于有“{need}”阶段的行动", en="It belongs to a campaign that has the phase {need}."
    ),
    "check_outside_phase": Label(
        zh="检查日期{have}不在阶段时间内：{need}",
        en="The day of the check, {have}, lies outside the phase: {need}.",
    ),
    "check_outside_months": Label(
        zh="检查日期{have}不在规定月份：{need}月",
        en="The day of the check, {have}, is in none of the months: {need}.",
    ),
    "household_elsewhere": Label(
        zh="农户{have}不属于被检查单位{need}", en="The household {have} is not of {need}."
    ),
    "unit_not_planned": Label(
        zh="不在督查计划之内：{have}", en="Not among the units of the plan: {have}."
    ),
    "unit_not_waiting": Label(
        zh="已检查、已免检或不在计划之内：{have}；待检查：{need}",
        en="Checked, excused or not planned: {have}; still to be checked: {need}.",
    ),
    "units_not_checked": Label(
        zh="尚未检查、也未说明免检原因：{need}", en="Neither checked nor excused: {need}."
    ),
    "sanction_without_evidence": Label(
        zh="问责须附佐证材料（attachments）", en="Attach the evidence of the sanction."
    ),
    "sanction_by_nobody": Label(
        zh="问责只能由人记录", en="A sanction is recorded by a person, never by the service."
    ),
}
"""What stands in the way of a supervision, and of what is recorded after it."""

ERASURE_BLOCKERS: dict[str, Label] = {
    "household_in_procedure": Label(
        zh="该户尚有在办事项，办结后方可删除：{have}",
        en="Something still runs for the household; it is erased when that is over: {have}.",
    ),
    "term_not_over": Label(
        zh="保存期限未满或未设定（办结次年起算{need}年）：{have}",
        en="The term is not over, or none is set ({need} years after the end): {have}.",
    ),
}
"""What stands in the way of erasing somebody."""

for _more in (
    POLICY_BLOCKERS,
    CHECKLIST_BLOCKERS,
    CAMPAIGN_BLOCKERS,
    CLOCK_BLOCKERS,
    PAPER_BLOCKERS,
    SUPERVISION_BLOCKERS,
    ERASURE_BLOCKERS,
    FLAWS,
):
    BLOCKERS |= _more
BLOCKERS |= POLICY_BLOCKERS | CHECKLIST_BLOCKERS | CAMPAIGN_BLOCKERS | PAPER_BLOCKERS | FLAWS
BLOCKERS |= SUPERVISION_BLOCKERS | CLOCK_BLOCKERS | SHEET_BLOCKERS
"""Every code a blocker may have, with its sentence."""
