"""What happens, day by day. Every act is expected to come out as it is written here.

A is the main case, over the Dragon Boat holiday until its risk is gone; F is its household once
more. B meets an objection that is upheld. C is returned, and late. D is withdrawn. E, in the
neighbour village, is forgotten.
"""

from collections.abc import Callable
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from service.clock import office_time
from service.demo import campaign, ladder
from service.demo.people import STALE, People, expect
from service.demo.usual import MEETING, OWNS_A_CAR, attended_by, criteria, findings

MINIMUM, PHASE = "publicity_minimum", "dynamic_management"
FIRST_PERMITTED = "2021-06-19"

Said = dict[str, Any]


def application_on_paper(people: People) -> None:
    proxy: Said = {"filled_by": "near_relative", "proxy_name": "张某之女"}
    people.apply("A", "张某")
    people.refused(
        "A",
        "sign_consent",
        "fingerprint_missing TG-P01",
        "evidence_missing TG-P01",
        fingerprint=False,
        **proxy,
    )
    people.act("A", "sign_consent", attachments=[people.attach("A")], **proxy)


def four_more_and_one_withdrawn(people: People) -> None:
    people.act("A", "conclude_deliberation")
    people.apply("B", "李某", entry_point="hotline")
    people.apply("C", "王某", channel="department_warning")
    people.apply("D", "赵某", entry_point="app")
    people.apply("E", "孙某", by="neighbour")
    for letter in ("B", "C", "D"):
        people.act(letter, "sign_consent", attachments=[people.attach(letter)])
    wish: Said = {"reason": "子女已就业，农户自愿撤回"}
    people.refused("D", "withdraw", "stale_version", status=STALE, seen=1, **wish)
    people.repeated(people.act("D", "withdraw", **wish))
    people.hidden("A", "neighbour")


def village_review(people: People) -> None:
    people.act("B", "conclude_deliberation")
    people.act("C", "conclude_deliberation")
    absent = attended_by(*MEETING[:-1])
    people.refused("A", "conclude_review", "group_absent TG-P03", attendance=absent)
    for letter in ("A", "B", "C"):
        people.act(letter, "conclude_review")


def posted_before_the_holiday(people: People) -> None:
    for letter in ("A", "B", "C"):
        people.act(letter, "post_publicity")


def too_early(people: People) -> None:
    people.refused(
        "A",
        "conclude_publicity",
        f"too_early TG-P04 TG-D01 {FIRST_PERMITTED}",
        "comparison_missing TG-P05",
    )
    minimum = next(d for d in people.deadlines("A") if d["rule"] == MINIMUM)
    people.timeline.explanation(people.get("village", f"/v1/deadlines/{minimum['id']}/explain"))
    people.act("A", "record_comparison", findings=findings(police="differs"))
    people.act("B", "record_comparison")
    people.act("C", "record_comparison")
    people.act("B", "object", statement="该户有一辆小轿车")


def hit_explained_objection_upheld(people: People) -> None:
    people.act(
        "A",
        "conclude_comparison",
        conclusion="explained",
        officer="戊区干",
        reason="车辆已报废，注销证明已核",
    )
    people.act("A", "object", statement="该户子女有收入未申报")
    people.act("B", "uphold_objection", reason="车辆登记在户主名下，属实")
    why: Said = {"reason": "户主名下有消费型轿车"}
    people.refused("B", "refuse", "decision_against_facts TG-C05", **why)
    people.act("B", "refuse", facts=OWNS_A_CAR, **why)
    people.act("B", "explain_refusal", explained_to="李某")


def publicity_is_over(people: People) -> None:
    people.refused("A", "conclude_publicity", "objection_open TG-P06")
    people.act("A", "reject_objection", reason="子女已分户，收入已计入核算")
    for letter in ("A", "C"):
        people.act(letter, "conclude_publicity")
        people.act(letter, "report")


def approved_and_returned(people: People) -> None:
    people.act("A", "approve")
    people.act(
        "C",
        "return_case",
        to="village_review",
        reason="收入核算依据不足",
        to_fix=["补充务工收入证明", "补充会议记录"],
    )


def second_round(people: People) -> None:
    people.act("A", "file", filing_number="2021-001")
    people.act("A", "announce")
    people.act("C", "conclude_review")
    people.act("C", "post_publicity")


def registered_in_time(people: People) -> None:
    people.act("A", "register", system_number="N-0001")
    people.act("A", "assign_helper")
    people.act("C", "record_comparison")


def county_looks(people: People) -> None:
    people.overdue("C 3", "E 3")


def finished_late(people: People) -> None:
    people.act("C", "conclude_publicity")
    people.act("C", "report")
    people.act("C", "approve")
    people.act("C", "file", filing_number="2021-002")
    people.act("C", "announce")
    people.refused("C", "register", "late_reason_missing DX-04", system_number="N-0002")
    people.act("C", "register", system_number="N-0002", reason="退回补正，重新公示")
    people.act("C", "assign_helper")


def helped(people: People) -> None:
    people.act("A", "agree_plan")
    people.act("A", "record_visit")


def helper_retires(people: People) -> None:
    people.act("A", "record_progress", measure=1, progress="已到公益性岗位上岗")
    elsewhere: Said = {"helper_unit": "另一单位", "ground": "retirement"}
    people.refused("A", "replace_helper", "other_unit_unexplained TG-H06", **elsewhere)
    people.act("A", "replace_helper", ground="retirement")


def not_gone_yet(people: People) -> None:
    people.act("A", "propose_elimination", reason="户主已上岗，救助金已到账")
    unmet = criteria("income_stable")
    people.refused("A", "record_criteria", "criterion_not_met TG-E01", criteria=unmet)
    people.act("A", "roll_back", reason="上岗不满半年，收入尚不稳定")


def gone(people: People) -> None:
    effect: Said = {"done": True, "progress": "续签一年", "effect": "月工资800元，按月发放"}
    people.act("A", "record_progress", measure=1, **effect)
    people.act("A", "record_visit")
    people.act("A", "propose_elimination", reason="收入连续稳定，医疗支出已报销")
    people.act("A", "record_criteria")
    people.act("A", "conclude_deliberation")
    people.act("A", "post_publicity")


def marked(people: People) -> None:
    people.act("A", "conclude_publicity")
    people.act("A", "report")
    people.act("A", "approve")
    people.act("A", "file", filing_number="2021-003")
    people.act("A", "announce")
    people.act("A", "mark_eliminated")


def the_risk_returns(people: People) -> None:
    people.apply_anew("F", "A")


SCENES: tuple[tuple[date, Callable[[People], None]], ...] = (
    (date(2021, 6, 3), application_on_paper),
    (date(2021, 6, 4), four_more_and_one_withdrawn),
    (date(2021, 6, 7), village_review),
    (date(2021, 6, 10), posted_before_the_holiday),
    (date(2021, 6, 15), too_early),
    (date(2021, 6, 17), hit_explained_objection_upheld),
    (date(2021, 6, 21), publicity_is_over),
    (date(2021, 6, 22), approved_and_returned),
    (date(2021, 6, 23), second_round),
    (date(2021, 6, 24), registered_in_time),
    (date(2021, 6, 28), county_looks),
    (date(2021, 7, 1), finished_late),
    (date(2021, 7, 2), helped),
    (date(2021, 7, 15), helper_retires),
    (date(2021, 9, 10), not_gone_yet),
    (date(2021, 11, 8), gone),
    (date(2021, 11, 15), marked),
    (date(2021, 12, 6), the_risk_returns),
)
BEGINS_AT: datetime = office_time(SCENES[0][0], 9)


def play(people: People) -> None:
    """Play every scene on its day, those of the cases first.

    Raises `OffScript` at the first thing that comes otherwise.
    """
    all_of_them = sorted((*SCENES, *campaign.SCENES, *ladder.SCENES), key=itemgetter(0))
    for day, scenes in groupby(all_of_them, key=itemgetter(0)):
        people.on(day)
        for _, scene in scenes:
            scene(people)


def look_back(people: People) -> None:
    """Show what is left open and late, and the history of the main case."""
    people.overdue("E 164")
    late = [d for d in people.deadlines("C") if d["state"] == "late"]
    expect("C was late", [(PHASE, 6)], [(d["rule"], d["days_late"]) for d in late])
    path = f"/v1/cases/{people.cases['A'].id}/history"
    people.timeline.history("案A 沿革 history of case A", people.get("county", path)["items"])
