"""Papers that units owe in a campaign, over HTTP: owed, drafted, signed, sealed, sent, accepted.

XC 四: townships and departments by 21 May 2022, a Saturday. ZG 4（二）: village to township, and
township to the office by 14 April. TG 三（四）: report and annex 4 by 25 June. RA 二: the lists of
the first quarter.

What each document asks of a paper is proved in `rulebook/test_deliverable_rules.py`.
"""

from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from campaign_days import Campaigns
from county import AREAS, Matter
from district import codes
from sqlmodel import Session, select
from test_concurrency import at_once, serving
from unit_papers import TOWN, Papers, signature

from service import invariants
from service.main import create_app
from service.store.areas import Area, AreaLevel, add_area
from service.store.columns import new_id
from service.store.people import Appointment, Person, Position

OFFICE, UNIT = "county_office", "sector_unit"
SECOND_TOWN = "990101002000"
DUE = date(2022, 5, 21)


def second_township(session: Session) -> None:
    """Add a township, whose office is held by `second_town`."""
    county = session.exec(select(Area).where(Area.code == AREAS["county"])).one()
    add_area(
        session,
        Area(code=SECOND_TOWN, name="示例二乡", level=AreaLevel.TOWNSHIP, parent_code=county.code),
    )
    like = session.exec(select(Person).where(Person.username == TOWN)).one()
    person = Person(
        id=new_id(like.created_at),
        username="second_town",
        name="示例二",
        password_hash="-",
        created_at=like.created_at,
    )
    position = Position(
        id=new_id(like.created_at), role=TOWN, area_code=SECOND_TOWN, title="示例二乡"
    )
    session.add_all([person, position])
    session.flush()
    session.add(
        Appointment(
            id=new_id(like.created_at),
            position_id=position.id,
            person_id=person.id,
            from_on=date(2015, 1, 1),
        )
    )
    session.flush()


Start = Callable[..., Papers]


@pytest.fixture
def start(under) -> Start:
    """Return what starts the campaign of a document on a day: `start(document, day)`."""

    def started(document: str, day: str) -> Papers:
        county = under(document)
        county.district.change(second_township)
        county.on(day)
        at = Campaigns(county)
        return Papers(at, at.under_way())

    return started


@pytest.fixture
def papers(start) -> Papers:
    """Return the papers of the county's inspection, which starts on 5 May 2022."""
    return start("county-2022", "2022-05-05")


@pytest.fixture
def report(papers) -> Matter:
    """Return the first township's report and table."""
    return papers.of("township_report_and_table")


# Who owes what


def test_xc_r03_xc_r04_each_township_and_each_department_owes_its_paper_from_the_start(papers):
    owed = papers.listed(campaign=papers.campaign.id)

    assert Counter((one["paper"], one["area_code"]) for one in owed) == {
        ("township_report_and_table", AREAS["township"]): 1,
        ("township_report_and_table", SECOND_TOWN): 1,
        ("department_report", AREAS["county"]): 8,
    }
    assert {(one["state"], one["standing"], one["due_on"]) for one in owed} == {
        ("owed", "owed", "2022-05-21")
    }
    assert len({one["department"]["code"] for one in owed if one["department"]}) == 8


def test_nothing_is_owed_before_the_campaign_starts(under):
    county = under("county-2022")
    county.on("2022-05-05")
    at = Campaigns(county)
    case = at.draft()
    at.announce(case)

    assert Papers(at, case).listed() == []


def test_xc_r03_the_head_of_a_unit_sees_what_is_due_and_the_office_what_came_in(papers, report):
    assert papers.todo(TOWN) == {"owed": 1}
    assert papers.todo("second_town") == {"owed": 1}
    assert papers.todo(UNIT) == {"owed": 8}
    assert papers.todo(OFFICE) == papers.todo("village_committee") == {}

    papers.complete(report)
    papers.submit(report)

    assert papers.todo(TOWN) == {}
    assert papers.todo(OFFICE) == {"submitted": 1}


def test_a_township_sees_its_own_paper_and_no_other(papers):
    assert [one["area_code"] for one in papers.listed("second_town")] == [SECOND_TOWN]
    neighbours = papers.of("township_report_and_table")
    answer = papers.county.get("second_town", f"/v1/deliverables/{neighbours.id}")
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"area": SECOND_TOWN}, 1),
        ({"area": AREAS["county"]}, 10),
        ({"paper": "department_report"}, 8),
        ({"department": "water_bureau"}, 1),
        ({"state": "drafted"}, 1),
        ({"state": "owed"}, 9),
        ({"standing": "submitted"}, 0),
        ({"overdue": True}, 0),
        ({"overdue": False}, 10),
    ],
)
def test_papers_are_found_by_what_they_are(papers, report, asked, found):
    papers.draft(report)

    assert len(papers.listed(**asked)) == found


# The way of a paper


def test_xc_d01_a_township_s_paper_from_the_draft_to_its_acceptance(papers, report):
    files = papers.draft(report)
    papers.sign(report, files)
    assert report.state == "signed"
    papers.seal(report, files)
    assert report.state == "sealed"
    papers.submit(report)
    assert papers.read(report)["standing"] == "submitted"
    papers.county.act(OFFICE, report, "accept_deliverable")

    paper = papers.read(report)
    assert (paper["state"], paper["standing"]) == ("accepted", "accepted")
    assert paper["submitted_on"] == "2022-05-05"
    assert paper["signed_by"] == ["government_leader", "party_leader"]
    assert papers.county.deadlines(report)["paper_due"]["state"] == "met"


def test_xc_d01_nothing_is_sent_before_it_is_signed_sealed_and_copied(papers, report):
    files = papers.draft(report)
    unsigned = "paper_not_signed XC-D01", "paper_not_sealed XC-D01", "evidence_missing XC-D01"
    papers.county.refused(TOWN, report, "submit_deliverable", *unsigned)

    papers.sign(report, files)
    papers.county.refused(TOWN, report, "submit_deliverable", *unsigned[1:])
    papers.seal(report, files)
    papers.county.refused(TOWN, report, "submit_deliverable", *unsigned[2:])
    papers.submit(report)


def test_what_is_missing_stands_at_the_action_by_name(papers, report):
    papers.draft(report)

    action = papers.county.actions(TOWN, report)["submit_deliverable"]

    assert not action["allowed"]
    assert action["blockers"][0]["need"] == "party_leader, government_leader"
    assert "党委主要领导、政府主要领导" in action["blockers"][0]["detail"]


def test_xc_d01_the_signature_of_another_leader_is_refused(papers, report):
    files = papers.draft(report)

    papers.county.refused(
        TOWN,
        report,
        "sign_deliverable",
        "not_listed XC-D01",
        **signature(papers, "unit_leader", files),
    )


@pytest.mark.parametrize("role", [UNIT, OFFICE])
def test_xc_r03_nobody_signs_for_a_township_but_the_township(papers, report, role):
    files = papers.draft(report)

    refused = papers.county.refused(
        role, report, "sign_deliverable", status=403, **signature(papers, "party_leader", files)
    )

    assert refused["code"] == "not_your_role"


def test_xc_r02_a_township_does_not_accept_its_own_paper(papers, report):
    papers.complete(report)
    papers.submit(report)

    refused = papers.county.refused(TOWN, report, "accept_deliverable", status=403)

    assert refused["code"] == "not_your_role"


def test_dx_51_whoever_changes_a_file_has_it_signed_and_sealed_anew(papers, report):
    papers.complete(report)
    changed = papers.draft(report, text=b"changed")

    papers.county.refused(
        TOWN,
        report,
        "submit_deliverable",
        "paper_not_signed XC-D01",
        "paper_not_sealed XC-D01",
        **papers.copied(report),
    )
    papers.sign(report, changed)
    papers.seal(report, changed)
    papers.submit(report)


def test_dx_51_the_files_of_an_earlier_draft_cannot_be_signed(papers, report):
    before = papers.draft(report)
    papers.draft(report, text=b"changed")

    papers.county.refused(
        TOWN,
        report,
        "sign_deliverable",
        "other_file_signed DX-51",
        **signature(papers, "party_leader", before),
    )


def test_dx_51_a_returned_paper_is_signed_and_sealed_anew_in_its_second_round(papers, report):
    papers.complete(report)
    papers.submit(report)
    papers.county.act(OFFICE, report, "return_deliverable", reason="汇总表数据不一致")

    paper = papers.read(report)
    assert (paper["state"], paper["standing"], paper["round"]) == ("drafted", "returned", 2)
    assert paper["signed_by"] == paper["sealed_with"] == []
    assert papers.todo(TOWN) == {"drafted": 1}
    refused = papers.county.refused(TOWN, report, "submit_deliverable", **papers.copied(report))
    assert codes(refused) == {"paper_not_signed", "paper_not_sealed"}

    papers.sign(report, paper["drafted_files"])
    papers.seal(report, paper["drafted_files"])
    papers.submit(report)
    papers.county.act(OFFICE, report, "accept_deliverable")


def test_who_returns_a_paper_may_set_another_day(papers, report):
    papers.complete(report)
    papers.submit(report)
    papers.county.act(OFFICE, report, "return_deliverable", reason="补充数据", due_on="2022-05-25")

    assert papers.read(report)["due_on"] == "2022-05-25"
    assert papers.county.deadlines(report)["paper_due"]["due_on"] == "2022-05-25"


def test_xc_d02_a_department_s_report_is_signed_by_its_leader_and_sealed(papers):
    case = papers.of("department_report", AREAS["county"], "water_bureau")

    papers.complete(case, UNIT)
    papers.submit(case, UNIT)
    papers.county.act(OFFICE, case, "accept_deliverable")

    paper = papers.read(case)
    assert paper["department"]["zh"] == "县水利局"
    assert (paper["signed_by"], paper["sealed_with"]) == (["unit_leader"], ["unit_seal"])


def test_of_eight_who_record_one_signature_at_once_one_does(papers, report, rulebook):
    district = papers.county.district
    files = papers.draft(report)
    body = {"event": "sign_deliverable", **signature(papers, "party_leader", files)}
    headers = {**district.headers(TOWN), "If-Match": f'"{report.version}"'}
    requests = [
        (f"/v1/cases/{report.id}/events", body, {**headers, "Idempotency-Key": district.key()})
        for _ in range(8)
    ]

    with serving(create_app(district.office.settings, district.clock, rulebook)) as url:
        answers = at_once(url, requests)

    assert Counter(answer.status_code for answer in answers) == {201: 1, 412: 7}
    assert papers.county.history(report).count("sign_deliverable") == 1


# The day


def test_xc_d01_21_may_2022_is_a_saturday_and_stays(papers, report):
    assert DUE.weekday() == 5
    deadline = papers.county.deadlines(report)["paper_due"]

    assert (deadline["due_on"], deadline["over_at"]) == (
        "2022-05-21",
        "2022-05-22T00:00:00+08:00",
    )


def test_xc_d01_to_the_end_of_21_may_a_paper_is_in_time(papers, report):
    papers.complete(report)
    papers.county.on("2022-05-21", 23)

    assert papers.listed(overdue=True) == []
    assert papers.submit(report)["late"] == []


def test_xc_d01_dx_04_from_midnight_on_it_is_late_owes_a_reason_and_is_stamped(papers, report):
    papers.complete(report)
    papers.county.on("2022-05-22", 0)

    assert len(papers.listed(overdue=True)) == 10
    papers.county.refused(
        TOWN, report, "submit_deliverable", "late_reason_missing DX-04", **papers.copied(report)
    )
    late = papers.submit(report, reason="系统停机")["late"]
    assert [(one["rule"], one["days"]) for one in late] == [("paper_due", 1)]
    assert papers.read(report)["overdue"] is False


def test_a_campaign_that_starts_after_the_day_leaves_its_papers_overdue_at_once(start):
    papers = start("county-2022", "2022-05-21")
    papers.county.on("2022-05-30")
    late = Papers(papers.at, papers.at.under_way(last_day="2022-06-30"))

    overdue = late.listed(campaign=late.campaign.id, overdue=True)

    assert len(overdue) == 10
    assert {one["due_on"] for one in overdue} == {"2022-05-21"}


# The end of a campaign


def test_dx_52_a_cancelled_campaign_releases_every_unit_with_the_reason(papers, report):
    papers.complete(report)
    papers.at.act(papers.campaign, "cancel_campaign", reason="并入省级行动")

    owed = papers.listed(campaign=papers.campaign.id)

    assert {(one["state"], one["standing"]) for one in owed} == {("released", "released")}
    assert papers.todo(TOWN) == {}
    assert papers.county.deadlines(report)["paper_due"]["state"] == "lapsed"
    line = papers.county.get(OFFICE, f"/v1/cases/{report.id}/history").json()["items"][-1]
    assert line["statement"]["reason"] == "并入省级行动"


def test_dx_52_an_accepted_paper_stays_accepted(papers, report):
    papers.complete(report)
    papers.submit(report)
    papers.county.act(OFFICE, report, "accept_deliverable")

    papers.at.act(papers.campaign, "cancel_campaign", reason="并入省级行动")

    assert papers.read(report)["standing"] == "accepted"


def test_dx_52_one_unit_may_be_released_alone(papers, report):
    papers.county.act(OFFICE, report, "release_deliverable", reason="该乡撤并")

    assert papers.read(report)["standing"] == "released"
    assert len(papers.listed(standing="owed")) == 9


def test_nothing_impossible_comes_of_papers(papers, report):
    papers.complete(report)
    papers.submit(report)
    papers.county.act(OFFICE, report, "return_deliverable", reason="补充")
    second = papers.of("department_report", AREAS["county"], "water_bureau")
    papers.complete(second, UNIT)
    papers.submit(second, UNIT)
    papers.county.act(OFFICE, second, "accept_deliverable")

    district = papers.county.district
    rulebook = district.office.rulebook
    assert district.read(lambda s: list(invariants.violations(s, rulebook))) == []


# Zhanggong: from the village up


def test_zg_f05_zg_x05_the_village_hands_its_lists_and_summary_to_the_township(start):
    papers = start("zhanggong-2021", "2021-04-02")
    case = papers.of("village_list_and_summary", AREAS["village"])
    assert papers.todo("village_committee") == {"owed": 1}

    one = papers.attach("village_committee", "work_summary", "village")
    papers.county.refused(
        "village_committee",
        case,
        "draft_deliverable",
        "evidence_missing ZG-F03 ZG-F04 ZG-F05 ZG-X05",
        attachments=[one],
    )
    papers.draft(case, "village_committee")
    papers.submit(case, "village_committee")
    papers.county.act(TOWN, case, "accept_deliverable")

    assert papers.read(case)["standing"] == "accepted"
    assert papers.county.deadlines(case) == {}


def test_zg_s02_zg_s03_the_spot_check_that_begins_on_13_april_sees_who_is_missing(start):
    papers = start("zhanggong-2021", "2021-04-02")
    missing = {"campaign": papers.campaign.id, "missing_for_phase": "spot_check"}
    owed = papers.listed(**missing)
    assert [(one["paper"], one["area_code"]) for one in owed] == [
        ("township_problem_list", AREAS["township"]),
        ("township_problem_list", SECOND_TOWN),
    ]

    case = papers.of("township_problem_list")
    papers.draft(case)
    papers.county.on("2021-04-14", 23)
    papers.submit(case)
    assert len(papers.listed(**missing)) == 2, "what was not accepted is missing"
    papers.county.act("district_office", case, "accept_deliverable")

    assert [one["area_code"] for one in papers.listed(**missing)] == [SECOND_TOWN]
    assert papers.listed(**missing | {"missing_for_phase": "inspection"}) == []
    assert papers.listed(**missing | {"missing_for_phase": "harvest"}) == []


def test_zg_s02_on_15_april_the_township_s_list_is_late(start):
    papers = start("zhanggong-2021", "2021-04-02")
    case = papers.of("township_problem_list")
    papers.draft(case)
    papers.county.on("2021-04-15", 0)

    papers.county.refused(TOWN, case, "submit_deliverable", "late_reason_missing DX-04")


def test_zg_s05_zg_f09_zg_r10_the_special_report_is_the_office_s_and_has_no_day(start):
    papers = start("zhanggong-2021", "2021-04-02")
    case = papers.of("special_report", AREAS["county"])
    office = "district_office"

    papers.draft(case, office)
    papers.submit(case, office)
    papers.county.act(office, case, "accept_deliverable")

    assert papers.county.deadlines(case) == {}


# Taogou: no signer is named


TOLD = (
    "tells_of_the_inspection",
    "tells_of_the_problems",
    "tells_of_the_help",
    "tells_what_is_next",
)


def test_tg_s04_tg_d08_the_report_tells_of_four_things_and_needs_no_signature(start):
    papers = start("taogou-2021", "2021-06-10")
    case = papers.of("report_and_table")
    assert papers.county.deadlines(case)["paper_due"]["due_on"] == "2021-06-25"
    files = [papers.attach(TOWN, kind) for kind in ("report", "summary_table")]

    for left_out in TOLD:
        form = dict.fromkeys(TOLD, True) | {left_out: False}
        refused = papers.county.refused(
            TOWN, case, "draft_deliverable", "not_confirmed TG-S04", attachments=files, form=form
        )
        assert refused["blockers"][0]["need"] == left_out
    papers.draft(case, form=dict.fromkeys(TOLD, True))
    papers.county.on("2021-06-25", 23)
    papers.submit(case)
    papers.county.act("county_bureau", case, "accept_deliverable")

    assert papers.read(case)["standing"] == "accepted"


def test_tg_d08_on_26_june_it_is_late(start):
    papers = start("taogou-2021", "2021-06-10")
    case = papers.of("report_and_table")
    papers.draft(case, form=dict.fromkeys(TOLD, True))
    papers.county.on("2021-06-26", 0)

    papers.county.refused(TOWN, case, "submit_deliverable", "late_reason_missing DX-04")


# Rong'an: the papers of the first quarter


@pytest.mark.parametrize(
    ("paper", "role", "due_on", "units"),
    [
        pytest.param("online_list", "sector_department", "2022-03-05", 4, id="RA-D01"),
        pytest.param("name_list", TOWN, "2022-03-23", 2, id="RA-D04"),
        pytest.param("team_members_sent", "county_task_group", "2022-03-31", 1, id="RA-D14"),
    ],
)
def test_ra_d01_ra_d04_ra_d14_each_unit_owes_its_paper_by_its_day(
    start, paper, role, due_on, units
):
    papers = start("rongan-2022", "2022-01-05")
    owed = papers.listed(paper=paper)
    assert len(owed) == units
    first = owed[0]
    case = Matter(first["id"], "", first["version"], first["state"])
    assert papers.county.deadlines(case)["paper_due"]["due_on"] == due_on

    papers.draft(case, role)
    papers.submit(case, role)
    papers.county.act("county_task_group", case, "accept_deliverable")

    assert papers.read(case)["standing"] == "accepted"
