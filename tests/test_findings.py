"""What an inspection form finds becomes work: items to put right, clues, matters of departments.

Over HTTP, on both databases. When: as a form is accepted, or as it is handed in where the
document lets nobody accept one.
"""

import pytest
from inspection import Inspection

TAOGOU, ZHANGGONG, COUNTY, RONGAN, SHIQUAN = (
    "taogou-2021",
    "zhanggong-2021",
    "county-2022",
    "rongan-2022",
    "shiquan-2020",
)
SURVEY = "household_survey"
THREE = [{"name": name, "role": "resident_team"} for name in ("示例某", "乙某", "丙某")]


@pytest.fixture(name="taogou")
def a_campaign_in_taogou(under):
    return Inspection(under(TAOGOU)).start(lifted="lifted_out", ordinary="ordinary")


def accepted(inspection, *args, by="township_office", **said):
    """Return a form that was handed in and accepted."""
    form = inspection.file(*args, **said)
    inspection.county.act(by, form, "accept_form")
    return form


def item_of(inspection, finding):
    """Return the case and the first statement of the item that a finding became."""
    history = inspection.county.get(
        inspection.county.looker, f"/v1/cases/{finding['case_id']}/history"
    ).json()["items"]
    return [line["event"] for line in history], history[0]["statement"], history


# Items to put right


def test_tg_s02_tg_s03_a_problem_of_an_accepted_form_is_an_item_to_be_put_right(taogou):
    form = taogou.file("resident_team", SURVEY, "lifted", problems={"1.02": "资助未发放"})
    assert [(f["became"], f["case_id"]) for f in taogou.findings()] == [("waiting", None)]

    taogou.county.act("township_office", form, "accept_form")

    [finding] = taogou.findings()
    events, said, lines = item_of(taogou, finding)
    assert (finding["became"], events) == ("remediation_item", ["report_problem"])
    assert {
        name: said[name] for name in ("scope", "problem_type", "content", "item", "found_by")
    } == {
        "scope": "household",
        "problem_type": "compulsory_education",
        "content": "资助未发放",
        "item": "1.02",
        "found_by": "示例某",
    }
    assert (said["form_id"], said["found_on"]) == (form.id, "2021-06-11")
    assert lines[0]["role"] == "township_office"


def test_every_problem_of_a_form_is_an_item_of_its_own(taogou):
    accepted(
        taogou,
        "resident_team",
        SURVEY,
        "lifted",
        problems={"1.02": "甲", "2.01": "乙", "4.01": "丙"},
    )

    found = taogou.findings(became="remediation_item")

    assert [f["item"] for f in found] == ["1.02", "2.01", "4.01"]
    assert len({f["case_id"] for f in found}) == 3


def test_tg_f203_a_problem_of_a_village_is_an_item_of_the_area(taogou):
    accepted(taogou, "village_committee", SURVEY, problems={"1.03": "未清零"})

    [finding] = taogou.findings()
    _, said, _ = item_of(taogou, finding)
    assert (said["scope"], said["level"], finding["household_id"]) == ("area", "village", None)


def test_tg_s07_what_was_put_right_on_the_spot_still_waits_to_be_verified(taogou):
    fixed = {"text": "水管漏水，已换", "fixed_on_spot": True}
    accepted(taogou, "resident_team", SURVEY, "lifted", problems={"4.01": fixed})

    [finding] = taogou.findings()
    events, _, lines = item_of(taogou, finding)
    assert events == ["report_problem", "fix_on_the_spot"]
    assert lines[-1]["to_state"] == "submitted"
    assert lines[-1]["statement"]["fixed_by"] == "示例某"


def test_xc_x04_on_the_spot_also_where_a_form_counts_at_once(under):
    county = Inspection(under(COUNTY)).start(home="ordinary")
    fixed = {"text": "已整改", "fixed_on_spot": True}

    county.file("resident_team", "policies_carried_out", "home", problems={"2.4a": fixed})

    [finding] = county.findings()
    assert finding["fixed_on_spot"]
    assert finding["became"] == "remediation_item"


def test_ra_c06_a_risk_of_a_sector_is_its_departments_to_settle(under):
    campaign = Inspection(under(RONGAN)).start(home="other")
    risk = {"text": "报销政策未衔接", "value": "medical"}

    campaign.file("village_committee", "warning_check", "home", problems={"1.2": risk})

    [finding] = campaign.findings()
    events, said, lines = item_of(campaign, finding)
    assert (finding["leads_to"], finding["value"]) == ("department", "medical")
    assert events == ["report_problem", "hand_over"]
    assert said["problem_type"] == "sector_risk"
    assert lines[-1]["statement"]["department"] == "medical"


@pytest.mark.parametrize(
    ("share", "found"),
    [
        pytest.param("10", [], id="10 % exactly is not above"),
        pytest.param("9.99", [], id="below"),
        pytest.param("10.01", ["10.01"], id="just above"),
    ],
)
def test_zg_k09_an_own_share_above_10_per_cent_is_a_problem(under, share, found):
    campaign = Inspection(under(ZHANGGONG)).start(home="lifted_out")
    form = campaign.form("helper_cadre", "household_register", "home")
    form["answers"] = [
        {"item": "9", "value": share} if one["item"] == "9" else one for one in form["answers"]
    ]
    assert campaign.try_file("helper_cadre", form).status_code == 201

    assert [f["stated"] for f in campaign.findings()] == found
    assert {f["problem_type"] for f in campaign.findings()} <= {"medical_insurance"}


def test_zg_x02_the_like_of_a_problem_in_the_same_village_is_shown(under):
    """举一反三: what is found again with the same item is offered as similar."""
    campaign = Inspection(under(ZHANGGONG)).start(first="lifted_out", second="marginal")
    told = {"problems": {"5": "水量不足"}}
    accepted(campaign, "helper_cadre", "household_register", "first", **told)
    [first] = campaign.findings()

    second = campaign.file("helper_cadre", "household_register", "second", **told)

    [finding] = second.answers[0]["findings"]
    assert finding["similar"] == [first["case_id"]]
    assert campaign.read(second)["findings"][0]["similar"] == [first["case_id"]]


# Clues


def test_tg_13_01_who_accepts_a_form_opens_the_clue_for_the_household(taogou):
    accepted(
        taogou,
        "resident_team",
        SURVEY,
        "ordinary",
        problems={"13.01": "主要劳动力大病", "13.02": "拟评议"},
    )

    found = taogou.findings(leads_to="clue")
    assert [f["became"] for f in found] == ["clue", "clue"]
    assert len({f["case_id"] for f in found}) == 1
    path = f"/v1/monitoring-objects/{found[0]['case_id']}"
    case = taogou.county.get(taogou.county.looker, path).json()
    assert (case["household_id"], case["state"]) == (taogou.homes["ordinary"], "consent")
    _, said, _ = item_of(taogou, found[0])
    assert said["channel"] == "cadre_inspection"
    assert said["description"] == "主要劳动力大病；拟评议"
    assert said["discovered_on"] == "2021-06-11"


def test_a_household_that_is_monitored_already_gets_no_second_clue(taogou):
    episode = taogou.county.open("village_committee", taogou.homes["ordinary"], entry_point="paper")

    accepted(taogou, "resident_team", SURVEY, "ordinary", problems={"13.01": "收入骤降"})

    [finding] = taogou.findings()
    assert (finding["became"], finding["case_id"]) == ("episode", episode.id)


def test_zg_k04_where_the_reviewer_may_open_no_clue_it_is_suggested_and_taken_up(under):
    campaign = Inspection(under(ZHANGGONG)).start(home="marginal")
    suspected = {"text": "收入下降", "value": "low_income"}
    accepted(campaign, "helper_cadre", "household_register", "home", problems={"4": suspected})
    [suggested] = campaign.findings(became="suggestion")
    assert suggested["case_id"] is None

    case = campaign.county.open("village_committee", campaign.homes["home"], channel="screening")

    [finding] = campaign.findings()
    assert (finding["became"], finding["case_id"]) == ("clue", case.id)


def test_ra_c06_a_household_that_qualifies_enters_by_its_warning(under):
    campaign = Inspection(under(RONGAN)).start(home="other")

    campaign.file(
        "village_committee",
        "warning_check",
        "home",
        problems={"1.1": "大额自付"},
        department="medical",
    )

    [finding] = campaign.findings()
    _, said, _ = item_of(campaign, finding)
    assert finding["became"] == "clue"
    assert (said["channel"], said["warning"]["department"]) == ("department_warning", "medical")


def test_a_clue_that_lacks_something_is_suggested_and_the_form_is_taken_in_all_the_same(under):
    """Rong'an asks whose warning a clue rests on; the form may leave that out."""
    campaign = Inspection(under(RONGAN)).start(home="other")

    campaign.file("village_committee", "warning_check", "home", problems={"1.1": "大额自付"})

    [finding] = campaign.findings()
    assert (finding["became"], finding["case_id"]) == ("suggestion", None)
    listed = campaign.county.get(campaign.county.looker, "/v1/monitoring-objects").json()["items"]
    assert listed == []
    household = campaign.county.get(
        campaign.county.looker, f"/v1/households/{campaign.homes['home']}"
    ).json()
    assert household["open_case_id"] is None


def test_sq_p01_the_monthly_inspection_records_visits_and_registers_households_at_risk(under):
    month = Inspection(under(SHIQUAN)).start_of_month(
        "2020-05-06", clean="non_poor", at_risk="lifted_out"
    )

    month.file("resident_team", "monthly_inspection", "clean", answers=[], signed=False)
    month.file(
        "resident_team",
        "monthly_inspection",
        "at_risk",
        problems={"1": {"value": "serious_illness", "text": "自负医疗费用较高"}},
        form={"year_lifted_out": 2018},
    )

    [finding] = month.findings()
    _, said, _ = item_of(month, finding)
    assert finding["became"] == "clue"
    assert (said["channel"], said["risk_types"]) == ("monthly_inspection", ["serious_illness"])
    assert (said["description"], said["form"]) == ("自负医疗费用较高", {"year_lifted_out": 2018})
    assert {month.row(name)["standing"] for name in month.homes} == {"accepted"}


# Voiding what led to work


def test_dx_34_items_nobody_has_begun_are_void_with_their_form(taogou):
    form = accepted(taogou, "resident_team", SURVEY, "lifted", problems={"1.02": "甲"})
    [finding] = taogou.findings()

    taogou.county.act("township_office", form, "void_form", reason="填错户")

    events, _, lines = item_of(taogou, finding)
    assert events == ["report_problem", "void_item"]
    assert lines[-1]["to_state"] == "voided"
    assert [f["became"] for f in taogou.findings()] == ["void"]


def test_dx_34_a_form_whose_item_was_begun_stays(taogou):
    form = accepted(
        taogou, "resident_team", SURVEY, "lifted", problems={"1.02": "甲", "2.01": "乙"}
    )
    begun = taogou.findings()[0]["case_id"]
    path, body = f"/v1/cases/{begun}/events", {"event": "assign_remediation", "measure": "补发"}
    answer = taogou.county.post("township_office", path, body, **{"If-Match": '"1"'})
    assert answer.status_code == 201, answer.text

    taogou.county.refused(
        "township_office", form, "void_form", "form_led_to_work DX-34", reason="填错户"
    )

    assert [f["became"] for f in taogou.findings()] == ["remediation_item", "remediation_item"]


def test_dx_34_a_form_that_led_to_an_open_clue_stays(taogou):
    form = accepted(taogou, "resident_team", SURVEY, "ordinary", problems={"13.01": "大病"})

    taogou.county.refused(
        "township_office", form, "void_form", "form_led_to_work DX-34", reason="填错户"
    )


# The list of findings


def test_findings_are_found_by_what_they_are_and_what_they_became(taogou):
    accepted(taogou, "resident_team", SURVEY, "lifted", problems={"1.02": "甲", "4.01": "乙"})
    accepted(taogou, "resident_team", SURVEY, "ordinary", problems={"13.01": "大病"})
    taogou.file("village_committee", SURVEY, problems={"1.03": "未清零"})

    def items(**asked_for):
        return [f["item"] for f in taogou.findings(**asked_for)]

    assert items() == ["1.02", "4.01", "13.01", "1.03"]
    assert items(item="4.01") == ["4.01"]
    assert items(problem_type="compulsory_education") == ["1.02", "1.03"]
    assert items(leads_to="clue") == items(became="clue") == ["13.01"]
    assert items(became="waiting") == ["1.03"]
    assert items(household=taogou.homes["lifted"]) == ["1.02", "4.01"]
    assert items(campaign=taogou.campaign.id, checklist=SURVEY) == items()
    assert items(campaign=taogou.homes["lifted"]) == []


def test_findings_come_page_by_page_and_none_twice(taogou):
    accepted(
        taogou,
        "resident_team",
        SURVEY,
        "lifted",
        problems=dict.fromkeys(("1.01", "2.01", "3.01"), "x"),
    )
    seen, cursor = [], {}
    while True:
        told = taogou.county.get(
            "county_bureau", "/v1/findings", limit=2, count=True, **cursor
        ).json()
        seen += [f["item"] for f in told["items"]]
        if told["next_cursor"] is None:
            break
        cursor = {"cursor": told["next_cursor"]}

    assert (seen, told["total"]) == (["1.01", "2.01", "3.01"], 3)


def test_a_finding_is_named_by_our_short_words_and_the_document_s_number(taogou):
    taogou.file("resident_team", SURVEY, "lifted", problems={"1.02": "甲"})

    [finding] = taogou.findings()

    assert finding["item_label"] == {"zh": "教育资助", "en": "schooling grants"}
    assert finding["cite"] == "TG-S08"
    assert finding["became_label"]["zh"] == "待审核"
