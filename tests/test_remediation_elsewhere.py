"""Problems under the other documents: Zhanggong's three phases, the county, Rong'an's cross-check.

ZG 3（一）–（三）, 4（二）; XC 一, 五; RA 二（一）2, 二（四）3.
"""

import pytest
from county import AREAS, County
from problems import LISTS, Problems

from service.invariants import violations


@pytest.fixture(autouse=True)
def nothing_is_contradictory_at_the_end(district):
    yield
    rulebook = district.office.rulebook
    assert district.read(lambda session: list(violations(session, rulebook))) == []


def of(county: County, day: str, **said: str) -> Problems:
    """Return the problems of a county, found on the day that its clocks show."""
    county.on(day)
    return Problems(county, {"found_on": day, **said})


def put_right(problems: Problems, item, *, by: str, on: str, verifier: str) -> None:
    """Submit, verify and strike off, all on one day."""
    problems.act(by, item, "submit_remediation", effect="已整改到位")
    seen = {"verified_on": on, "opinion": "现场核实属实"}
    problems.act(verifier, item, "verify_remediation", **seen)
    problems.act(verifier, item, "strike_off")


# Zhanggong


@pytest.fixture
def zhanggong(under) -> County:
    return under("zhanggong-2021")


def test_zg_s01_zg_s04_zg_f08_only_what_was_not_solved_goes_into_the_plan(zhanggong):
    problems = of(zhanggong, "2021-04-08", problem_type="water")
    solved, unsolved = problems.report(), problems.report()
    problems.act("resident_team", solved, "fix_on_the_spot", effect="当场修好", fixed_by="丙驻村")
    seen = {"verified_on": "2021-04-09", "opinion": "属实"}
    zhanggong.on("2021-04-09")
    problems.act("township_office", solved, "verify_remediation", **seen)
    problems.act("township_office", solved, "strike_off")

    zhanggong.on("2021-04-23")
    plan = problems.listed(standing="in_progress", found_to="2021-04-12")
    assert plan == [unsolved.id]
    refused = problems.refused(
        "village_committee", unsolved, "start_remediation", "list_missing ZG-S04 ZG-F08"
    )
    assert [b["need"] for b in refused["blockers"]] == list(LISTS)
    lists = LISTS | {"time_limit_on": "2021-04-28"}
    problems.act("village_committee", unsolved, "assign_remediation", **lists)
    problems.act("village_committee", unsolved, "start_remediation")

    due = {rule: one["due_on"] for rule, one in zhanggong.deadlines(unsolved).items()}
    assert due == {"time_limit_of_the_item": "2021-04-28", "all_put_right": "2021-04-30"}
    put_right(
        problems, unsolved, by="village_committee", on="2021-04-23", verifier="township_office"
    )
    assert problems.listed(standing="in_progress") == []


def test_zg_s04_what_is_not_put_right_by_the_end_of_april_is_overdue(zhanggong):
    problems = of(zhanggong, "2021-04-08", problem_type="water")
    item = problems.report()

    zhanggong.on("2021-04-30")
    assert problems.listed(overdue=True) == []
    zhanggong.on("2021-05-01")
    assert problems.listed(overdue=True) == [item.id]


def test_zg_x02_a_problem_that_comes_back_is_reopened_and_alike_ones_are_linked(zhanggong):
    problems = of(zhanggong, "2021-04-08", problem_type="water")
    item, like = problems.report(), problems.report()
    problems.act("village_committee", like, "link_similar", item_id=item.id)
    problems.act("resident_team", item, "fix_on_the_spot", effect="当场修好", fixed_by="丙驻村")
    seen = {"verified_on": "2021-04-08", "opinion": "属实"}
    problems.act("township_office", item, "verify_remediation", **seen)
    problems.act("township_office", item, "strike_off")

    problems.act("township_office", item, "reopen", reason="又停水")

    assert problems.listed(standing="in_progress") == [item.id, like.id]
    assert problems.listed(group=problems.read(like)["group_id"]) == [item.id, like.id]


def test_zg_f07_the_department_keeps_its_ledger_of_tasks_and_progress(zhanggong):
    problems = of(zhanggong, "2021-04-08", problem_type="water")
    item = problems.report("sector_department", source="department_check")
    problems.act("village_committee", item, "hand_over", department="water", reason="属行业问题")
    lists = LISTS | {"time_limit_on": "2021-04-28", "measure": "更换管网"}
    problems.act("sector_department", item, "assign_remediation", **lists)
    problems.act("sector_department", item, "record_remediation", progress="管网已采购")

    assert problems.listed(department="water") == [item.id]
    told = problems.read(item)
    assert (told["measure"], told["progress"]) == ("更换管网", "管网已采购")
    put_right(problems, item, by="sector_department", on="2021-04-08", verifier="district_office")


# The county


@pytest.fixture
def plain_county(under) -> County:
    return under("county-2022")


def test_xc_x04_problems_are_put_right_while_the_inspection_goes_on(plain_county):
    problems = of(plain_county, "2022-05-09", problem_type="safe_water")
    item = problems.report()

    problems.act("village_committee", item, "start_remediation")
    put_right(problems, item, by="village_committee", on="2022-05-09", verifier="township_office")

    assert problems.read(item)["standing"] == "rectified"
    assert plain_county.deadlines(item) == {}


def test_xc_x03_xc_x06_complaints_and_covert_inspections_find_problems_without_a_campaign(
    plain_county,
):
    problems = of(plain_county, "2022-05-09", problem_type="visits")
    heard = problems.report("township_office", source="complaint")
    seen = problems.report("county_office", source="covert_inspection", area_code=AREAS["township"])

    assert problems.listed(source="complaint") == [heard.id]
    assert problems.listed(source="covert_inspection", level="township") == [seen.id]


def test_xc_x05_a_problem_is_not_hidden_by_who_has_it(plain_county):
    problems = of(plain_county, "2022-05-09", problem_type="safe_water")
    item = problems.report()

    refused = plain_county.refused(
        "village_committee", item, "void_item", status=403, reason="不想上报"
    )

    assert refused["code"] == "not_your_role"
    problems.act("township_office", item, "void_item", reason="重复登记")
    assert problems.listed(standing="void") == [item.id]


# Rong'an


@pytest.fixture
def rongan(under) -> County:
    return under("rongan-2022")


def test_ra_a01_ra_d18_what_a_cross_check_finds_is_put_right_at_once(rongan):
    problems = of(rongan, "2022-04-12", problem_type="basic_information")
    item = problems.report("township_office", source="cross_check")

    problems.act("village_committee", item, "start_remediation")
    put_right(problems, item, by="village_committee", on="2022-04-12", verifier="county_task_group")

    assert rongan.history(item)[:2] == ["report_problem", "start_remediation"]
    assert rongan.deadlines(item) == {}


def test_ra_c06_a_sectors_problem_is_its_departments(rongan):
    problems = of(rongan, "2022-04-12", problem_type="guarantees")
    item = problems.report("sector_department", source="department_warning")

    problems.act("township_office", item, "hand_over", department="water", reason="行业性风险")
    put_right(problems, item, by="sector_department", on="2022-04-12", verifier="county_task_group")

    assert problems.read(item)["standing"] == "rectified"


def test_dx_43_a_limit_that_was_set_is_kept_though_the_document_asks_for_none(rongan):
    problems = of(rongan, "2022-04-12", problem_type="guarantees")
    item = problems.report()
    problems.act("village_committee", item, "assign_remediation", time_limit_on="2022-04-15")

    rongan.on("2022-04-16")

    assert problems.listed(overdue=True) == [item.id]
    assert rongan.deadlines(item)["time_limit_of_the_item"]["cite"] == "DX-43"


# Where the document says nothing of problems


def test_sq_there_is_nothing_to_report_under_a_document_that_knows_no_problems(under):
    county = under("shiquan-2020")
    county.on("2020-04-12")
    problems = Problems(county, {"found_on": "2020-04-10"})

    refused = problems.try_report("resident_team")

    assert (refused.status_code, refused.json()["code"]) == (409, "not_in_document")
