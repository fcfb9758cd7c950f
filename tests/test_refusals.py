"""What the service must refuse in the life of a monitoring object: requirements B.4, over HTTP.

Each row tells an event that lacks something, the blockers it is refused with (code, what is
needed, what there is, from when, under which provision), and what puts it right: the same
event is then accepted. The last tests see to it that no requirement and no blocker is left out.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from bodies import CRITERIA, FACTS, MEETING, criteria, findings, measure
from district import APPLIED_ON, CONCLUDED_ON, PDF, Case, District
from sqlmodel import Session

from service import recomputing, sample
from service.blockers import BLOCKERS
from service.clock import end_of, office_time
from service.store import calendars
from service.store import cases as store
from service.workflows.calendar import SpecialDay
from service.workflows.calendar_lists import YearList
from service.workflows.matter import Requirement
from service.workflows.monitoring.route import ActRule, MonitoringRules
from service.workflows.policy import Policy

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
    "agree_plan": ("planning", "township"),
    "add_helper": ("assisted", "township"),
    "replace_helper": ("assisted", "township"),
    "revise_plan": ("assisted", "township"),
    "record_progress": ("assisted", "village"),
    "record_visit": ("assisted", "village"),
    "collect_change": ("assisted", "village"),
    "repost_publicity": ("publicity", "village"),
    "record_criteria": ("elimination_verification", "village"),
    "mark_eliminated": ("elimination_marking", "township"),
    "hold": ("assisted", "village"),
    "end_naturally": ("assisted", "village"),
    "return_case": ("township_review", "township"),
    "refuse": ("village_review", "village"),
    "explain_refusal": ("explanation_owed", "village"),
}
"""Event -> where a case meets it first, and who raises it."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """One reason as the answer tells it, but for its sentence."""

    code: str
    cite: str | None
    need: str | None = None
    have: str | None = None
    until: str | None = None


def nothing(_district: District, _case: Case) -> Mend:
    return lambda: None


@dataclass(frozen=True, slots=True)
class Row:
    """An event that lacks something: what is wrong with its body, or stands in its way.

    `at`: where a case meets it, if that is not where cases meet it first.
    """

    id: str
    event: str
    blockers: tuple[Blocker, ...]
    wrong: Body | Callable[[District], Body] = field(default_factory=dict)
    obstacle: Obstacle = nothing
    right: Body = field(default_factory=dict)
    at: str = ""

    @property
    def state(self) -> str:
        return self.at or AT[self.event][0]


SPECIFIED: list[Row] = []

RISKS = "illness, disaster, accident, other"


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
    _, username = AT[row.event]
    case = district.a_case_at(row.state)
    mend = row.obstacle(district, case)
    wrong = row.wrong(district) if callable(row.wrong) else row.wrong
    problem = district.refused(username, case, row.event, 422, **wrong)
    assert problem["code"] == "requirements_not_met"
    assert told(problem) == list(row.blockers)

    mend()
    district.act(username, case, row.event, **row.right)


def told(problem: Body) -> list[Blocker]:
    blockers = problem["blockers"]
    assert all(blocker["detail"] for blocker in blockers)
    return [
        Blocker(**{"cite": None} | {name: blocker[name] for name in blocker if name != "detail"})
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
        calendars.put_year(
            session, YearList(2027, new_year), "a notice of the future", district.clock.now()
        )
        return len(recomputing.apply_calendar(session, district.office.registry))

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


# 2: an objection is open, of those who are taken in and of those who are marked

ELIMINATION = {"at": "elimination_publicity"}


def objected_to_the_elimination(district: District, case: Case) -> Mend:
    district.act("village", case, "object")
    return lambda: district.act("village", case, "reject_objection")


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
    Row(
        "undecided",
        "conclude_publicity",
        (Blocker("objection_open", "TG-E03", have="1"),),
        obstacle=objected_to_the_elimination,
        **ELIMINATION,
    )
)
def test_tg_e03_nor_is_the_publicity_of_an_elimination(district, subtests, rows):
    refused_then_met(district, subtests, rows)


def undecidable(cite: str, **at: str) -> tuple[Row, ...]:
    """Return the rows of an objection that nobody lodged, or not under this number."""
    return tuple(
        row
        for event in ("reject_objection", "uphold_objection")
        for row in (
            Row(
                f"{event}: none was lodged",
                event,
                (Blocker("no_such_objection", cite, need="-"),),
                obstacle=to_be_objected,
                **at,
            ),
            Row(
                f"{event}: not of this number",
                event,
                (Blocker("no_such_objection", cite, need="1", have="2"),),
                wrong={"objection": 2},
                obstacle=objected_once,
                **at,
            ),
        )
    )


@refuses(*undecidable("TG-P06"), *undecidable("TG-E03", **ELIMINATION))
def test_tg_p06_tg_e03_only_an_objection_that_was_lodged_is_decided(district, subtests, rows):
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
            (Blocker("act_missing", "TG-P01", need="consent"),),
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


@refuses(
    Row(
        "a risk of no document",
        "conclude_review",
        (Blocker("not_listed", "TG-C05", need=RISKS, have="bad_luck"),),
        wrong={"risk_types": ["illness", "bad_luck"]},
    )
)
def test_tg_c05_a_risk_is_one_of_those_the_document_names(district, subtests, rows):
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


def on_the_notice(
    what: str,
    text: str,
    have: str,
    *,
    where: str = "remark",
    event: str = "post_publicity",
    at: str = "",
) -> Row:
    blocker = Blocker("personal_data_in_notice", "DX-05", have=have)
    return Row(what, event, (blocker,), wrong={where: text}, at=at)


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
    on_the_notice("on a changed notice", "户主患慢性病", "病", event="repost_publicity"),
    on_the_notice("at an elimination", f"账号{ACCOUNT}", "number", at="elimination_posting"),
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


def before_and_after(event: str, paper: str, today: str, at: str = "") -> tuple[Row, Row]:
    """Return the two rows of a paper that is dated outside of its case."""
    opened = APPLIED_ON.isoformat()
    day_before, day_after = (
        (date.fromisoformat(day) + timedelta(days=by)).isoformat()
        for day, by in ((opened, -1), (today, 1))
    )
    return (
        Row(
            f"{event} {at}: tomorrow",
            event,
            (Blocker("date_in_future", "DX-06", need=today, have=day_after),),
            wrong={paper: day_after},
            right={paper: today},
            at=at,
        ),
        Row(
            f"{event} {at}: the day before the application",
            event,
            (Blocker("date_before_application", "DX-06", need=opened, have=day_before),),
            wrong={paper: day_before},
            right={paper: opened},
            at=at,
        ),
    )


@refuses(
    *before_and_after("sign_consent", "signed_on", "2021-06-03"),
    *before_and_after("conclude_deliberation", "held_on", "2021-06-03"),
    *before_and_after("conclude_review", "held_on", "2021-06-03"),
    *before_and_after("explain_refusal", "explained_on", "2021-06-03", at="explanation_owed"),
    *before_and_after("record_visit", "visited_on", "2021-06-21"),
    *before_and_after("collect_change", "changed_on", "2021-06-21"),
    *before_and_after("record_criteria", "visited_on", "2021-11-10"),
    *before_and_after("conclude_deliberation", "held_on", "2021-11-10", at="elimination_review"),
    *before_and_after("mark_eliminated", "marked_on", "2021-11-10"),
    Row(
        "end_naturally: tomorrow",
        "end_naturally",
        (Blocker("date_in_future", "DX-06", need="2021-06-21", have="2021-06-22"),),
        wrong={"ended_on": "2021-06-22"},
    ),
)
def test_dx_06_a_paper_is_dated_from_the_application_to_today(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "not collected",
        "register",
        (Blocker("not_confirmed", "TG-P11", need="basic_information_collected"),),
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


HELPERS = "responsible, contact"
NO_SUCH_HELPER = Blocker("not_listed", "TG-R08", need=HELPERS, have="friend")


@refuses(
    Row(
        "a helper of no document",
        "assign_helper",
        (
            NO_SUCH_HELPER,
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
    Row("one more helper", "add_helper", (NO_SUCH_HELPER,), wrong={"helper_kind": "friend"}),
    Row(
        "in place of a helper of no document",
        "replace_helper",
        (NO_SUCH_HELPER, Blocker("no_helper_to_replace", "TG-H06", have="friend")),
        wrong={"helper_kind": "friend"},
    ),
)
def test_tg_r08_tg_p10_the_helper_is_of_the_kind_that_the_type_of_object_is_given(
    district, subtests, rows
):
    refused_then_met(district, subtests, rows)


def one_more_helper(district: District, case: Case) -> Mend:
    return lambda: district.act("township", case, "add_helper", helper_kind="responsible")


@refuses(
    Row(
        "on a ground of no document",
        "replace_helper",
        (
            Blocker(
                "not_listed",
                "TG-H06",
                need="illness, retirement, transfer_out, other",
                have="convenience",
            ),
        ),
        wrong={"ground": "convenience"},
    ),
    Row(
        "from another unit, without saying why",
        "replace_helper",
        (Blocker("other_unit_unexplained", "TG-H06", need="示例单位", have="另一单位"),),
        wrong={"helper_unit": "另一单位"},
        right={"helper_unit": "另一单位", "same_unit_impossible": "原单位已撤销"},
    ),
    Row(
        "where there is none of this kind",
        "replace_helper",
        (Blocker("no_helper_to_replace", "TG-H06", have="responsible"),),
        wrong={"helper_kind": "responsible"},
        obstacle=one_more_helper,
        right={"helper_kind": "responsible"},
    ),
)
def test_tg_h06_a_helper_is_replaced_on_a_listed_ground_and_from_the_same_unit_first(
    district, subtests, rows
):
    refused_then_met(district, subtests, rows)


MEASURE_KINDS = (
    "single, development, social_security, motivation, schooling, health, housing, water"
)


def incomplete_plans(event: str) -> tuple[Row, ...]:
    return (
        Row(
            f"{event}: a measure without an owner",
            event,
            (Blocker("measure_incomplete", "TG-H01", need="owner", have="2"),),
            wrong={"measures": [measure(), measure(2, owner=None)]},
        ),
        Row(
            f"{event}: two measures of one number",
            event,
            (Blocker("measure_twice", "TG-H01", have="1"),),
            wrong={"measures": [measure(), measure(what="技能培训")]},
        ),
        Row(
            f"{event}: a measure against a risk of no document",
            event,
            (Blocker("not_listed", "TG-C05", need=RISKS, have="bad_luck"),),
            wrong={"measures": [measure(risk_type="illness"), measure(2, risk_type="bad_luck")]},
        ),
        Row(
            f"{event}: a measure of no document",
            event,
            (Blocker("not_listed", "TG-H03", need=MEASURE_KINDS, have="lottery"),),
            wrong={"measures": [measure(), measure(2, kind="lottery")]},
        ),
    )


@refuses(*incomplete_plans("agree_plan"), *incomplete_plans("revise_plan"))
def test_tg_h01_tg_h03_every_measure_of_a_plan_has_a_number_a_listed_kind_and_an_owner(
    district, subtests, rows
):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "that is not in the plan",
        "record_progress",
        (Blocker("not_listed", "TG-H01", need="1", have="2"),),
        wrong={"measure": 2},
    ),
    Row(
        "without a plan",
        "record_progress",
        (Blocker("no_plan", "TG-H01"),),
        obstacle=forgotten("agree_plan"),
    ),
)
def test_tg_h01_progress_is_that_of_a_measure_of_the_plan(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# Visits


@refuses(
    Row(
        "by somebody whom the document does not send",
        "record_visit",
        (
            Blocker(
                "not_listed",
                "TG-R08",
                need="village_cadre, resident_team, helper, grid_worker, party_member",
                have="reporter",
            ),
        ),
        wrong={
            "visitors": [
                {"name": "己联系人", "role": "helper"},
                {"name": "壬记者", "role": "reporter"},
            ]
        },
    )
)
def test_tg_r08_a_visit_is_made_by_those_whom_the_document_names(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# The elimination of the risk


@refuses(
    *(
        Row(
            f"{criterion} is not met",
            "record_criteria",
            (Blocker("criterion_not_met", "TG-E01", need=criterion),),
            wrong={"criteria": criteria(**{criterion: False})},
        )
        for criterion in CRITERIA
    ),
    *(
        Row(
            f"{criterion} is not stated",
            "record_criteria",
            (Blocker("criterion_not_stated", "TG-E01", need=criterion),),
            wrong={"criteria": [c for c in criteria() if c["criterion"] != criterion]},
        )
        for criterion in CRITERIA
    ),
    Row(
        "one that the document does not have",
        "record_criteria",
        (Blocker("not_listed", "TG-E01", need=", ".join(CRITERIA), have="village_quota"),),
        wrong={"criteria": [*criteria(), {"criterion": "village_quota", "met": True}]},
    ),
)
def test_tg_e01_each_criterion_of_the_elimination_is_stated_and_met(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "TG-E05: weak stability",
        "record_criteria",
        (Blocker("held_for", "TG-E05", have="weak_stability"),),
        wrong={"hold_grounds": ["weak_stability"]},
    ),
    Row(
        "TG-E06: nobody able to work",
        "record_criteria",
        (Blocker("held_for", "TG-E06", have="no_labour"),),
        wrong={"hold_grounds": ["no_labour"]},
    ),
    *(
        Row(
            f"{event}: a ground of no document",
            event,
            (
                Blocker(
                    "not_listed",
                    "TG-E05 TG-E06",
                    need="no_labour, weak_stability",
                    have="no_reason",
                ),
            ),
            wrong=wrong,
        )
        for event, wrong in (
            ("hold", {"ground": "no_reason"}),
            ("record_criteria", {"hold_grounds": ["no_reason"]}),
        )
    ),
)
def test_tg_e05_tg_e06_who_is_held_on_the_document_s_grounds_is_not_marked(
    district, subtests, rows
):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "the meeting was against it",
        "conclude_deliberation",
        (Blocker("opinion_against", "TG-E02"),),
        wrong={"opinion": "against"},
        at="elimination_review",
    )
)
def test_tg_e02_what_the_review_speaks_against_does_not_go_on(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "on a ground of no document",
        "end_naturally",
        (Blocker("not_listed", "DX-08", need="death, moved_away", have="marriage"),),
        wrong={"ground": "marriage"},
    )
)
def test_dx_08_monitoring_ends_naturally_on_a_listed_ground(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# What is sent back, and what nobody asked for

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
    ),
    Row(
        "from the elimination back into the entry",
        "return_case",
        (
            Blocker(
                "return_target_not_allowed",
                "DX-01",
                need="elimination_verification, elimination_review, elimination_posting",
                have="village_review",
            ),
        ),
        wrong={"to": "village_review"},
        at="elimination_township",
    ),
)
def test_dx_01_a_case_returns_to_an_earlier_stage_only(district, subtests, rows):
    refused_then_met(district, subtests, rows)


@refuses(
    Row(
        "a field of another document's form",
        "conclude_deliberation",
        (Blocker("field_not_asked", None, need="-", have="colour"),),
        wrong={"form": {"colour": "red"}},
    )
)
def test_a_form_has_the_fields_that_its_document_asks_for(district, subtests, rows):
    refused_then_met(district, subtests, rows)


# What is refused before there is a case


ENTRY_POINTS = "paper, app, hotline"
CHANNELS = "self_application, cadre_inspection, department_warning, public_information"

OPENINGS = (
    Row(
        "a channel of no document",
        "open",
        (Blocker("not_listed", "TG-C08", need=CHANNELS, have="rumour"),),
        wrong={"channel": "rumour"},
        right={"channel": "cadre_inspection"},
    ),
    Row(
        "no entry point",
        "open",
        (Blocker("field_missing", "TG-C09", need="entry_point"),),
        wrong={"entry_point": None},
    ),
    Row(
        "an entry point of no document",
        "open",
        (Blocker("not_listed", "TG-C09", need=ENTRY_POINTS, have="fax"),),
        wrong={"entry_point": "fax"},
    ),
    Row(
        "a risk of no document",
        "open",
        (Blocker("not_listed", "TG-C05", need=RISKS, have="bad_luck"),),
        wrong={"risk_types": ["bad_luck"]},
        right={"risk_types": ["illness"]},
    ),
    *(
        Row(
            f"{day} tomorrow",
            "open",
            (Blocker("date_in_future", "DX-06", need="2021-06-03", have="2021-06-04"),),
            wrong={day: "2021-06-04"},
            right={day: "2021-06-03"},
        )
        for day in ("occurred_on", "discovered_on")
    ),
)


def test_tg_c08_tg_c09_dx_06_an_application_comes_by_a_listed_way_and_is_dated(district, subtests):
    for row in OPENINGS:
        with subtests.test(row.id):
            application = {"household_id": district.register(), "entry_point": "paper"}
            refused = district.post("village", "/v1/monitoring-objects", application | row.wrong)
            assert refused.status_code == 422
            assert told(refused.json()) == list(row.blockers)

            met = district.post("village", "/v1/monitoring-objects", application | row.right)
            assert met.status_code == 201


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
            "TG-P01 TG-S04",
            need="consent_form, minutes, notice_photo, rectification_evidence, decision, report,"
            " summary_table, other",
            have="diary",
        )
    ]
    assert district.attach(kind="other")


# Nothing is left out

BEFORE_A_CASE = {"household_type_not_listed", "attachment_kind_not_listed"}

REFUSED_BY = {
    "listed": {"not_listed"},
    "stated": {"field_missing"},
    "confirmed": {"not_confirmed"},
    "done": {"act_missing"},
    "dated_in_order": {"date_in_future", "date_before_application"},
    "not_after_today": {"date_in_future"},
    "consent_complete": {
        "signature_missing",
        "fingerprint_missing",
        "proxy_not_permitted",
        "proxy_not_named",
    },
    "evidence_attached": {"evidence_missing"},
    "groups_present": {"group_absent"},
    "in_favour": {"opinion_against"},
    "decision_agrees": {"decision_against_facts", "facts_missing", "not_listed"},
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
    "helper_matches": {"helper_kind_differs"},
    "same_unit_first": {"other_unit_unexplained", "no_helper_to_replace"},
    "measures_complete": {"measure_incomplete", "measure_twice"},
    "measure_known": {"not_listed", "no_plan"},
    "criteria_met": {"criterion_not_stated", "criterion_not_met", "not_listed"},
    "no_hold_ground": {"held_for"},
}
"""Requirement of the document -> the blockers it answers with."""


def acts_of(rules: MonitoringRules) -> Iterator[tuple[str, frozenset[str], ActRule]]:
    """Yield every event with the states at which one and the same rule of the document holds."""
    for state, stage in rules.stage_of.items():
        yield stage.completed_by, frozenset({state}), rules.stages[state]
    for rule in rules.events:
        yield rule.event, frozenset(rule.at), rule


def shows(row: Row, need: Requirement, document: Policy) -> bool:
    """Tell whether a row is refused by a requirement; by `listed`, with the codes of its list."""
    codes = (
        {entry.code for entry in document.lists[need.list]} if need.requirement == "listed" else ()
    )
    return any(
        blocker.cite == need.cite
        and blocker.code in REFUSED_BY[need.requirement]
        and (not codes or set(str(blocker.need).split(", ")) == codes)
        for blocker in row.blockers
    )


def test_every_requirement_of_the_document_is_refused_above_at_each_of_its_acts(rulebook):
    document = rulebook.pinned("taogou-2021@1").policy
    unshown = [
        (event, sorted(states), need.requirement, need.cite)
        for event, states, rule in acts_of(document.monitoring_object)
        for need in rule.requires
        if not any(
            shows(row, need, document)
            for row in (*SPECIFIED, *OPENINGS)
            if row.event == event and (event == "open" or row.state in states)
        )
    ]

    assert unshown == []


def test_every_requirement_that_the_document_has_is_known_by_its_blockers(rulebook):
    rules = rulebook.pinned("taogou-2021@1").rules
    named = {need.requirement for _, _, rule in acts_of(rules) for need in rule.requires}

    assert set(REFUSED_BY) == named


def test_every_blocker_of_the_catalogue_is_refused_here_or_under_another_document():
    above = {blocker.code for row in (*SPECIFIED, *OPENINGS) for blocker in row.blockers}
    others = (path for path in Path(__file__).parent.rglob("test_*.py") if path != Path(__file__))
    elsewhere = " ".join(path.read_text(encoding="utf-8") for path in others)
    unshown = set(BLOCKERS) - above - BEFORE_A_CASE

    assert {code for code in unshown if code not in elsewhere} == set()
