"""What the service must refuse on the way into monitoring: requirements B.4, as HTTP answers.

Each row tells an event that lacks something, the blockers it is refused with (code, what is
needed, what there is, from when, under which provision), and what puts it right: the same
event is then accepted. The last tests see to it that no requirement and no blocker is left out.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, get_args
from uuid import UUID

import pytest
from bodies import FACTS, MEETING, findings
from district import CONCLUDED_ON, PDF, Case, District
from sqlmodel import Session

from service import cases, sample
from service.blockers import BLOCKERS
from service.clock import end_of, office_time
from service.store import calendars
from service.store import cases as store
from service.workflows.calendar import SpecialDay
from service.workflows.monitoring.requirements import AnyRequirement

Body = dict[str, Any]
Mend = Callable[[], object]
Obstacle = Callable[[District, Case], Mend]
"""Puts something in a case's way, and returns what takes it away again."""

AT = {
    "sign_consent": ("consent", "village"),
    "conclude_deliberation": ("group_deliberation", "village"),
    "conclude_review": ("village_review", "village"),
    "post_publicity": ("posting", "village"),
    "record_comparison": ("publicity", "county"),
    "conclude_comparison": ("publicity", "county"),
    "reject_objection": ("publicity", "village"),
    "uphold_objection": ("publicity", "village"),
    "conclude_publicity": ("publicity", "village"),
    "report": ("village_report", "village"),
    "approve": ("township_review", "township"),
    "register": ("registration", "township"),
    "assign_helper": ("monitored", "township"),
    "return_case": ("township_review", "township"),
    "refuse": ("village_review", "village"),
    "explain_refusal": ("explanation_owed", "village"),
}
"""Event -> where a case meets it, and who raises it."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason as the answer tells it, but for its sentence."""

    code: str
    cite: str
    need: str | None = None
    have: str | None = None
    until: str | None = None


def nothing(_district: District, _case: Case) -> Mend:
    return lambda: None


@dataclass(frozen=True, slots=True)
class Row:
    """An event that lacks something: what is wrong with its body, or stands in its way."""

    id: str
    event: str
    blockers: tuple[Blocker, ...]
    wrong: Body | Callable[[District], Body] = field(default_factory=dict)
    obstacle: Obstacle = nothing
    right: Body = field(default_factory=dict)


SPECIFIED: list[Row] = []


def refuses(*rows: Row) -> pytest.MarkDecorator:
    """Hand a test its rows, which count for completeness too."""
    SPECIFIED.extend(rows)
    return pytest.mark.parametrize("rows", [pytest.param(rows, id=f"{len(rows)} rows")])


def refused_then_met(district: District, subtests: pytest.Subtests, rows: Sequence[Row]) -> None:
    """Try every row on a case of its own."""
    for row in rows:
        with subtests.test(row.id):
            _refused_then_met(district, row)


def _refused_then_met(district: District, row: Row) -> None:
    state, username = AT[row.event]
    case = led_to(district, state)
    mend = row.obstacle(district, case)
    wrong = row.wrong(district) if callable(row.wrong) else row.wrong
    problem = district.refused(username, case, row.event, 422, **wrong)
    assert problem["code"] == "requirements_not_met"
    assert told(problem) == list(row.blockers)

    mend()
    district.act(username, case, row.event, **row.right)


def led_to(district: District, state: str) -> Case:
    if state != "explanation_owed":
        return district.a_case_at(state)
    case = district.a_case_at("village_review")
    district.act("village", case, "refuse")
    return case


def told(problem: Body) -> list[Blocker]:
    blockers = problem["blockers"]
    assert all(blocker["detail"] for blocker in blockers)
    return [
        Blocker(**{name: value for name, value in blocker.items() if name != "detail"})
        for blocker in blockers
    ]


MINIMUM = "publicity_minimum"
ID_NUMBER, TELEPHONE, ACCOUNT = "11010519491231002X", "13900000000", "6222020200112233445"


def seats(**present: int) -> Body:
    """Return the attendance of a meeting: two of every group, but for those named."""
    return {"attendance": [{"group": g, "present": present.get(g, 2)} for g in MEETING]}


def facts(**changes: Any) -> Body:
    return {"facts": {**FACTS, **changes}}


def excluded_by(exclusion: str, holder: str = "member") -> Body:
    return facts(exclusions=[{"exclusion": exclusion, "holder": holder}])


OVERRIDE = {"override": {"officer": "丙乡干", "reason": "车辆为残值报废车，已核实"}}


# 1: the publicity is not over, or its end is not certain


def compared(district: District, case: Case) -> Mend:
    district.act("county", case, "record_comparison")
    return lambda: district.clock.set(end_of(date(2021, 6, 18)))


def posted_before_an_unpublished_year(district: District, case: Case) -> Mend:
    """Post a notice anew on 2026-12-29, so that its minimum ends in a year without a list."""
    district.on(date(2026, 12, 29))
    district.act("village", case, "return_case", to="posting")
    district.act("village", case, "post_publicity")
    district.act("county", case, "record_comparison")
    district.on(date(2027, 2, 1))

    def publish() -> None:
        publish_2027(district)
        case.version += 1

    return publish


def publish_2027(district: District) -> int:
    """Import the list of 2027, with three days of New Year; return how many cases it touched."""
    new_year = {date(2027, 1, day): SpecialDay(False, "元旦") for day in (1, 2, 3)}

    def bring(session: Session) -> int:
        calendars.put_year(session, 2027, new_year, "a notice of the future", district.clock.now())
        return cases.apply_calendar(session, district.office.registry)

    return district.change(bring)


@refuses(
    Row(
        "on the day of posting",
        "conclude_publicity",
        (Blocker("too_early", "TG-P04 TG-D01", need=MINIMUM, until="2021-06-19"),),
        obstacle=compared,
    ),
    Row(
        "where it ends in a year without a published calendar",
        "conclude_publicity",
        (
            Blocker(
                "date_provisional",
                "TG-P04 TG-D01",
                need=MINIMUM,
                until="2027-01-06T00:00:00+08:00",
            ),
        ),
        obstacle=posted_before_an_unpublished_year,
    ),
)
def test_b4_01_tg_p04_tg_d01_the_publicity_is_not_concluded_before_its_minimum(
    district, subtests, rows
):
    refused_then_met(district, subtests, rows)


def test_b4_01_a_provisional_date_is_marked_until_the_calendar_comes_and_sets_it(district):
    case = district.a_case_at("publicity")
    posted_before_an_unpublished_year(district, case)
    district.on(date(2027, 1, 4))
    (clock,) = running(district, case)
    assert (clock["due_on"], clock["provisional"]) == ("2027-01-05", True)

    assert publish_2027(district) == 1

    (clock,) = running(district, case)
    assert (clock["due_on"], clock["provisional"]) == ("2027-01-06", False)
    assert [(entry["what"], entry.get("due_on")) for entry in clock["clock"]] == [
        ("started", "2027-01-05"),
        ("recomputed", "2027-01-06"),
    ]
    assert clock["clock"][1]["calendar_edition"] == clock["calendar_edition"]


def test_b4_01_the_new_date_is_one_line_of_the_chain_by_the_role_clock(district):
    case = district.a_case_at("publicity")
    posted_before_an_unpublished_year(district, case)
    before, other = district.history(case), district.apply()

    publish_2027(district)

    *unchanged, line = district.history(case)
    assert unchanged == before
    assert (line["event"], line["role"]) == ("recompute_deadlines", "clock")
    assert (line["person_id"], line["position_id"], line["area_code"]) == (None, None, None)
    assert (line["from_state"], line["to_state"]) == ("publicity", "publicity")
    assert line["prev_hash"] == before[-1]["hash"]
    assert line["calendar_edition"] == before[-1]["calendar_edition"] + 1
    (clock,) = running(district, case)
    assert json.loads(line["line"])["deadlines"] == [
        {
            "change": "recomputed",
            "due_on": "2027-01-06",
            "id": clock["id"],
            "provisional": False,
            "rule": "publicity_minimum",
        }
    ]
    assert [line["event"] for line in district.history(other)] == ["open"]


def test_b4_01_after_the_calendar_came_the_minimum_holds_to_the_new_date(district):
    case = district.a_case_at("publicity")
    posted_before_an_unpublished_year(district, case)
    publish_2027(district)
    district.clock.set(office_time(date(2027, 1, 6), 23, 59))
    assert district.send("village", case, "conclude_publicity").status_code == 412
    case.version += 1
    (blocker,) = told(district.refused("village", case, "conclude_publicity", 422))
    assert (blocker.code, blocker.until) == ("too_early", "2027-01-07")

    district.on(date(2027, 1, 7), 0)
    district.act("village", case, "conclude_publicity")

    minimum = district.deadlines(case)[-1]
    assert [entry["what"] for entry in minimum["clock"]] == ["started", "recomputed", "met"]


def running(district: District, case: Case) -> list[Body]:
    return [clock for clock in district.deadlines(case) if clock["state"] == "running"]


# 2: an objection is open


def objected(district: District, case: Case) -> Mend:
    district.act("county", case, "record_comparison")
    district.act("village", case, "object")
    district.on(CONCLUDED_ON)
    return lambda: district.act("village", case, "reject_objection")


def to_be_objected(district: District, case: Case) -> Mend:
    return lambda: district.act("village", case, "object")


def objected_once(district: District, case: Case) -> Mend:
    district.act("village", case, "object")
    return lambda: None


@refuses(
    Row(
        "undecided",
        "conclude_publicity",
        (Blocker("objection_open", "TG-P06", have="1"),),
        obstacle=objected,
    )
)
def test_b4_02_tg_p06_the_publicity_is_not_concluded_over_an_objection(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    *(
        Row(
            f"{event}: none was lodged",
            event,
            (Blocker("no_such_objection", "TG-P06", need="-"),),
            obstacle=to_be_objected,
        )
        for event in ("reject_objection", "uphold_objection")
    ),
    *(
        Row(
            f"{event}: not of this number",
            event,
            (Blocker("no_such_objection", "TG-P06", need="1", have="2"),),
            wrong={"objection": 2},
            obstacle=objected_once,
        )
        for event in ("reject_objection", "uphold_objection")
    ),
)
def test_tg_p06_only_an_objection_that_was_lodged_is_decided(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# 3: the comparison is not settled


def not_compared(district: District, case: Case) -> Mend:
    district.on(CONCLUDED_ON)
    return lambda: district.act("county", case, "record_comparison")


def hit(district: District, case: Case) -> Mend:
    differing = findings(police="differs", taxation="differs")
    district.act("county", case, "record_comparison", findings=differing)
    district.on(CONCLUDED_ON)
    return lambda: district.act("county", case, "conclude_comparison")


def hit_and_confirmed(district: District, case: Case) -> Mend:
    explain = hit(district, case)
    district.act("county", case, "conclude_comparison", conclusion="confirmed")
    return explain


def without_a_hit(district: District, case: Case) -> Mend:
    district.act("county", case, "record_comparison")
    differing = findings(police="differs")
    return lambda: district.act("county", case, "record_comparison", findings=differing)


HITS = "police.consumer_car, taxation.tax_record"


def forgotten(event: str) -> Obstacle:
    """Let a case forget what was said: past the interface, for what no route leads to."""

    def forget(district: District, case: Case) -> Mend:
        entries: list[Body] = []

        def take_out(session: Session) -> None:
            row = session.get_one(store.Case, UUID(case.id))
            entries.extend(row.dossier)
            row.dossier = [entry for entry in row.dossier if entry["body"]["event"] != event]

        def put_back(session: Session) -> None:
            session.get_one(store.Case, UUID(case.id)).dossier = entries

        district.change(take_out)
        return lambda: district.change(put_back)

    return forget


@refuses(
    Row(
        "not back yet",
        "conclude_publicity",
        (Blocker("comparison_missing", "TG-P05"),),
        obstacle=not_compared,
    ),
    Row(
        "a hit without a conclusion",
        "conclude_publicity",
        (Blocker("hit_not_concluded", "TG-P05", have=HITS),),
        obstacle=hit,
    ),
    Row(
        "a hit that was confirmed",
        "conclude_publicity",
        (Blocker("hit_confirmed", "TG-P05", have=HITS),),
        obstacle=hit_and_confirmed,
    ),
    Row(
        "at the township's review",
        "approve",
        (Blocker("comparison_missing", "TG-P05"),),
        obstacle=forgotten("record_comparison"),
    ),
)
def test_b4_03_tg_p05_the_case_does_not_go_on_without_its_comparison(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "a department without a verdict",
        "record_comparison",
        (Blocker("department_missing", "TG-P05", need="finance"),),
        wrong={"findings": findings()[:-1]},
    ),
    Row(
        "a department that the document does not name",
        "record_comparison",
        (Blocker("department_not_listed", "TG-P05", have="forestry"),),
        wrong={"findings": [*findings(), findings()[0] | {"department": "forestry"}]},
    ),
    Row(
        "a field that the document does not name",
        "record_comparison",
        (Blocker("department_not_listed", "TG-P05", have="savings"),),
        wrong={"findings": [*findings(), findings()[0] | {"field": "savings"}]},
    ),
    Row(
        "two verdicts of one department on one field",
        "record_comparison",
        (Blocker("verdict_given_twice", "TG-P05"),),
        wrong={"findings": [*findings(), findings(police="differs")[0]]},
    ),
    Row(
        "a conclusion where nothing was hit",
        "conclude_comparison",
        (Blocker("no_hit", "TG-P05"),),
        obstacle=without_a_hit,
    ),
)
def test_b4_03_tg_p05_the_comparison_is_one_verdict_of_each_department(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# 4: the commitment and authorisation


@refuses(
    *(
        Row(
            event,
            event,
            (Blocker("act_missing", "TG-P01"),),
            obstacle=forgotten("sign_consent"),
        )
        for event in ("post_publicity", "report", "approve")
    )
)
def test_b4_04_tg_p01_nothing_goes_on_without_the_signed_form(district, subtests, rows):
    refused_then_met(district, subtests, rows)


PROXIES = "village_cadre, group_leader, near_relative"
PROXY = {"filled_by": "near_relative", "proxy_name": "李某"}


@refuses(
    Row(
        "not signed",
        "sign_consent",
        (Blocker("signature_missing", "TG-P01"),),
        wrong={"signed": False},
    ),
    Row(
        "no fingerprint",
        "sign_consent",
        (Blocker("fingerprint_missing", "TG-P01"),),
        wrong={"fingerprint": False},
    ),
    Row(
        "TG-R02: a proxy's form without the applicant's own fingerprint",
        "sign_consent",
        (Blocker("fingerprint_missing", "TG-P01"),),
        wrong={**PROXY, "fingerprint": False},
        right=PROXY,
    ),
    Row(
        "TG-R02: a proxy whom the document does not permit",
        "sign_consent",
        (Blocker("proxy_not_permitted", "TG-P01", need=PROXIES, have="neighbour"),),
        wrong={**PROXY, "filled_by": "neighbour"},
    ),
    Row(
        "TG-R02: a proxy without a name",
        "sign_consent",
        (Blocker("proxy_not_named", "TG-P01"),),
        wrong={"filled_by": "near_relative"},
    ),
    Row(
        "no form attached",
        "sign_consent",
        (Blocker("evidence_missing", "TG-P01", need="consent_form"),),
        wrong={"attachments": []},
    ),
    Row(
        "another paper attached",
        "sign_consent",
        (Blocker("evidence_missing", "TG-P01", need="consent_form"),),
        wrong=lambda district: {"attachments": [district.attach(kind="minutes")]},
    ),
)
def test_b4_04_tg_p01_the_form_is_signed_fingerprinted_and_attached(district, subtests, rows):
    refused_then_met(district, subtests, rows)


NOBODY_S = "00000000-0000-7000-8000-000000000001"


@refuses(
    Row(
        "one that is not there",
        "conclude_deliberation",
        (Blocker("attachment_unknown", "DX-07", have=NOBODY_S),),
        wrong={"attachments": [NOBODY_S]},
    )
)
def test_dx_07_an_attachment_that_is_referred_to_exists(district, subtests, rows):
    refused_then_met(district, subtests, rows)


def test_dx_07_an_attachment_of_another_village_is_unknown(district):
    case = district.apply()
    theirs = district.attach("neighbour", area_code=sample.NEIGHBOUR)

    problem = district.refused("village", case, "sign_consent", 422, attachments=[theirs])

    assert told(problem) == [
        Blocker("attachment_unknown", "DX-07", have=theirs),
        Blocker("evidence_missing", "TG-P01", need="consent_form"),
    ]


# 5: the village's meeting


@refuses(
    *(
        Row(
            group,
            "conclude_review",
            (
                Blocker(
                    "group_absent",
                    "TG-P03",
                    need=group,
                    have=", ".join(sorted(set(MEETING) - {group})),
                ),
            ),
            wrong=seats(**{group: 0}),
        )
        for group in MEETING
    ),
    Row(
        "nobody at all",
        "conclude_review",
        (Blocker("group_absent", "TG-P03", need=", ".join(MEETING), have="-"),),
        wrong={"attendance": []},
    ),
)
def test_b4_05_tg_p03_the_meeting_has_all_four_groups(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "a type of no document",
        "conclude_review",
        (
            Blocker(
                "not_listed",
                "TG-C01",
                need="unstable_lifted, marginal, sudden_hardship",
                have="ordinary",
            ),
        ),
        wrong={"object_type": "ordinary"},
    )
)
def test_tg_c01_a_monitoring_object_is_of_one_of_the_three_types(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# 6, 7: the decision against the facts

WELL_OFF = facts(at_risk=False, income_stable=True, children_well_off=True)


def against(need: str, have: str) -> tuple[Blocker, ...]:
    return (Blocker("decision_against_facts", "TG-C05", need=need, have=have),)


@refuses(
    Row(
        "who must not be included is included",
        "conclude_review",
        against("not_included", "include"),
        wrong=WELL_OFF,
        right=WELL_OFF | OVERRIDE,
    ),
    Row(
        "who must be included is refused",
        "refuse",
        against("must_include", "refuse"),
        wrong=facts(),
        right=facts() | OVERRIDE,
    ),
)
def test_b4_06_tg_c05_a_decision_against_the_facts_needs_a_named_officer_s_reasons(
    district, subtests, rows
):
    refused_then_met(district, subtests, rows)


def test_b4_06_tg_c05_a_refusal_later_on_is_measured_by_the_facts_of_the_review(district):
    case = district.a_case_at("posting")

    problem = district.refused("village", case, "refuse", 422, facts=None)

    assert told(problem) == list(against("must_include", "refuse"))


@refuses(
    Row(
        "nobody has verified anything",
        "refuse",
        (Blocker("facts_missing", "TG-C05"),),
        wrong={"facts": None},
    )
)
def test_tg_c05_a_decision_rests_on_recorded_facts(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    *(
        Row(
            f"{exclusion} of {holder}",
            "conclude_review",
            against("excluded", "include"),
            wrong=excluded_by(exclusion, holder),
            right=excluded_by(exclusion, holder) | OVERRIDE,
        )
        for exclusion, holder in (
            ("consumer_car", "member"),
            ("fiscal_payroll", "member"),
            ("enterprise_executive", "member"),
            ("consumer_car", "split_off_child"),
        )
    )
)
def test_b4_07_tg_c05_a_hard_exclusion_enters_only_by_a_named_officer_s_reasons(
    district, subtests, rows
):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "an exclusion that the document does not name",
        "conclude_review",
        (
            Blocker(
                "not_listed",
                "TG-C05",
                need="consumer_car, enterprise_executive, fiscal_payroll",
                have="yacht",
            ),
        ),
        wrong=excluded_by("yacht") | OVERRIDE,
    ),
    Row(
        "a home that the document does not name",
        "conclude_review",
        (Blocker("not_listed", "TG-C05", need="member, split_off_child", have="cousin"),),
        wrong=excluded_by("consumer_car", "cousin") | OVERRIDE,
    ),
)
def test_b4_07_tg_c05_an_exclusion_is_one_of_the_document_s_list(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# 20: personal values on the notice


def on_the_notice(what: str, text: str, have: str, where: str = "remark") -> Row:
    blocker = Blocker("personal_data_in_notice", "DX-05", have=have)
    return Row(what, "post_publicity", (blocker,), wrong={where: text})


@refuses(
    on_the_notice("identity number", f"身份证{ID_NUMBER}", "number"),
    on_the_notice("identity number with spaces", "身份证110105 19491231 002x", "number"),
    on_the_notice("telephone number", f"联系电话{TELEPHONE}", "number"),
    on_the_notice("telephone number with hyphens", "联系电话139-0000-0000", "number"),
    on_the_notice("telephone number with points", "联系电话139.0000.0000", "number"),
    on_the_notice("telephone number in wide digits", "联系电话１３９００００００００", "number"),
    on_the_notice("bank account", f"账号{ACCOUNT}", "number"),
    on_the_notice("telephone number in the place", f"村部，{TELEPHONE}", "number", where="place"),
    on_the_notice("illness", "户主患慢性病", "病"),
    on_the_notice("disability", "配偶二级残疾", "残疾"),
    on_the_notice("infection, in small letters", "长子hiv阳性", "HIV"),
)
def test_b4_20_dx_05_the_notice_takes_no_personal_value(district, subtests, rows):
    refused_then_met(district, subtests, rows)


def test_b4_20_dx_05_a_number_does_not_get_onto_the_notice_as_part_of_the_head_s_name(district):
    household = district.a_household()
    household["members"][0]["name"] = f"张某{TELEPHONE}"

    refused = district.post("village", "/v1/households", household)

    assert refused.status_code == 400
    assert TELEPHONE not in refused.text


# Papers and registration, the helper, what is returned


def before_and_after(event: str, paper: str, opened: str, today: str) -> tuple[Row, Row]:
    """Return the two rows of a paper that is dated outside of its case."""
    day_before, day_after = (
        (date.fromisoformat(day) + timedelta(days=by)).isoformat()
        for day, by in ((opened, -1), (today, 1))
    )
    return (
        Row(
            f"{event}: tomorrow",
            event,
            (Blocker("date_in_future", "DX-06", need=today, have=day_after),),
            wrong={paper: day_after},
            right={paper: today},
        ),
        Row(
            f"{event}: the day before the application",
            event,
            (Blocker("date_before_application", "DX-06", need=opened, have=day_before),),
            wrong={paper: day_before},
            right={paper: opened},
        ),
    )


@refuses(
    *before_and_after("sign_consent", "signed_on", "2021-06-03", "2021-06-03"),
    *before_and_after("conclude_deliberation", "held_on", "2021-06-03", "2021-06-03"),
    *before_and_after("conclude_review", "held_on", "2021-06-03", "2021-06-03"),
    *before_and_after("explain_refusal", "explained_on", "2021-06-03", "2021-06-03"),
)
def test_dx_06_a_paper_is_dated_from_the_application_to_today(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "not collected",
        "register",
        (Blocker("not_confirmed", "TG-P11"),),
        wrong={"basic_information_collected": False},
    )
)
def test_tg_p11_a_new_object_is_registered_with_its_basic_information(district, subtests, rows):
    refused_then_met(district, subtests, rows)


def past_the_phase(district: District, _case: Case) -> Mend:
    district.on(date(2021, 6, 28))
    return lambda: None


@refuses(
    Row(
        "without a reason",
        "register",
        (Blocker("late_reason_missing", "DX-04", need="reason", have="3"),),
        obstacle=past_the_phase,
        right={"reason": "系统停机维护"},
    )
)
def test_dx_04_tg_d06_what_is_late_says_why(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "a helper of no document",
        "assign_helper",
        (
            Blocker("helper_kind_differs", "TG-R08", need="responsible, contact", have="friend"),
            Blocker("helper_kind_differs", "TG-P10", need="contact", have="friend"),
        ),
        wrong={"helper_kind": "friend"},
    ),
    Row(
        "a responsible helper for a household on the margin",
        "assign_helper",
        (Blocker("helper_kind_differs", "TG-P10", need="contact", have="responsible"),),
        wrong={"helper_kind": "responsible"},
    ),
)
def test_tg_r08_tg_p10_the_helper_is_of_the_kind_that_the_type_of_object_is_given(
    district, subtests, rows
):
    refused_then_met(district, subtests, rows)


EARLIER = "consent, group_deliberation, village_review, posting"


@refuses(
    *(
        Row(
            target,
            "return_case",
            (Blocker("return_target_not_allowed", "DX-01", need=EARLIER, have=target),),
            wrong={"to": target},
        )
        for target in ("township_review", "registration", "nowhere")
    )
)
def test_dx_01_a_case_returns_to_an_earlier_stage_only(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# What is refused before there is a case


def test_tg_c08_tg_c09_an_application_comes_by_a_listed_channel_and_entry_point(district):
    application = {"household_id": district.register(), "channel": "rumour", "entry_point": "fax"}

    refused = district.post("village", "/v1/monitoring-objects", application)

    assert refused.status_code == 422
    assert told(refused.json()) == [
        Blocker(
            "not_listed",
            "TG-C08 TG-C09",
            need="self_application, cadre_inspection, department_warning, public_information",
            have="rumour",
        ),
        Blocker("not_listed", "TG-C08 TG-C09", need="paper, app, hotline", have="fax"),
    ]
    met = {**application, "channel": "cadre_inspection", "entry_point": "paper"}
    assert district.post("village", "/v1/monitoring-objects", met).status_code == 201


def test_tg_c07_a_household_is_of_a_listed_type(district):
    household = district.a_household()

    refused = district.post(
        "village", "/v1/households", {**household, "household_type": "sudden_hardship"}
    )

    assert refused.status_code == 422
    assert told(refused.json()) == [
        Blocker(
            "household_type_not_listed",
            "TG-C07",
            need="lifted_out, marginal, ordinary",
            have="sudden_hardship",
        )
    ]
    assert district.post("village", "/v1/households", household).status_code == 201


def test_tg_p01_an_attachment_is_of_a_listed_kind(district):
    refused = district.client.post(
        "/v1/attachments",
        files={"file": ("paper.pdf", PDF, "application/pdf")},
        data={"kind": "diary", "area_code": sample.VILLAGE},
        headers={"Idempotency-Key": district.key(), **district.headers("village")},
    )

    assert refused.status_code == 422
    assert told(refused.json()) == [
        Blocker(
            "attachment_kind_not_listed",
            "TG-P01",
            need="consent_form, minutes, notice_photo, other",
            have="diary",
        )
    ]
    assert district.attach(kind="other")


# Nothing is left out

BEFORE_A_CASE = {
    "not_listed",
    "not_listed",
    "household_type_not_listed",
    "attachment_kind_not_listed",
}

REFUSED_BY = {
    "consent_complete": {
        "signature_missing",
        "fingerprint_missing",
        "proxy_not_permitted",
        "proxy_not_named",
    },
    "evidence_attached": {"evidence_missing"},
    "dated_in_order": {"date_in_future", "date_before_application"},
    "groups_present": {"group_absent"},
    "object_type_listed": {"not_listed"},
    "decision_agrees": {"decision_against_facts", "facts_missing", "not_listed"},
    "consent_signed": {"act_missing"},
    "notice_without_personal_data": {"personal_data_in_notice"},
    "every_department_answered": {
        "department_missing",
        "department_not_listed",
        "verdict_given_twice",
    },
    "hit_to_conclude": {"no_hit"},
    "no_open_objection": {"objection_open"},
    "objection_open": {"no_such_objection"},
    "comparison_settled": {"comparison_missing", "hit_not_concluded", "hit_confirmed"},
    "basic_information_collected": {"not_confirmed"},
    "helper_listed": {"helper_kind_differs"},
    "helper_matches": {"helper_kind_differs"},
}
"""Requirement -> the blockers it answers with; `channel_listed` belongs to no event of a case."""


def test_every_blocker_of_the_catalogue_is_refused_and_met_above():
    above = {blocker.code for row in SPECIFIED for blocker in row.blockers}

    assert above | BEFORE_A_CASE == set(BLOCKERS)


def test_every_requirement_of_the_catalogue_is_refused_above():
    classes = get_args(get_args(AnyRequirement)[0])
    known = {get_args(one.model_fields["requirement"].annotation)[0] for one in classes}

    assert set(REFUSED_BY) | {"channel_listed"} == known


def test_every_requirement_of_the_document_is_refused_above_at_each_of_its_events(rulebook):
    document = rulebook.pinned("taogou-2021@1").rules.events
    written = {
        (event, need.requirement, need.cite)
        for event, rule in document.items()
        for need in rule.requires
        if event != "open"
    }
    shown = {
        (row.event, requirement, blocker.cite)
        for row in SPECIFIED
        for blocker in row.blockers
        for requirement, codes in REFUSED_BY.items()
        if blocker.code in codes
    }

    assert written - shown == set()
