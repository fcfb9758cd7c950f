"""Inspection forms over HTTP: who fills in which, of whom, when, how often; and what comes of it.

On both databases. The rules of the documents by their ids; `DX-31` to `DX-35` are the service's.
"""

import pytest
from county import AREAS
from inspection import Inspection, codes_asked, problem

TAOGOU, ZHANGGONG, COUNTY, RONGAN = "taogou-2021", "zhanggong-2021", "county-2022", "rongan-2022"
SURVEY = "household_survey"


@pytest.fixture(name="taogou")
def a_campaign_in_taogou(under):
    """Return a campaign under way in its field phase, with a home of each type."""
    return Inspection(under(TAOGOU)).start(
        lifted="lifted_out", marginal="marginal", ordinary="ordinary"
    )


# The way of a form: handed in, returned, corrected, accepted, voided


def test_a_form_that_is_handed_in_is_read_with_its_answers_and_moves_its_row(taogou):
    before = taogou.tally()

    form = taogou.file("resident_team", SURVEY, "lifted", problems={"1.02": "资助未发放"})

    read = taogou.read(form)
    assert (read["state"], read["problems"], read["filled_as"]) == ("submitted", 1, "resident_team")
    assert [f["item"] for f in read["findings"]] == ["1.02"]
    assert {a["item"] for a in read["answers"]} == set(
        codes_asked(taogou.checklist(SURVEY), "lifted_out")
    )
    assert taogou.row("lifted") | {"standing": "submitted", "form_id": form.id} == taogou.row(
        "lifted"
    )
    assert before == {"expected": 4}
    assert taogou.tally() == {"expected": 3, "submitted": 1}


def test_the_row_follows_its_form_and_always_adds_up(taogou):
    form = taogou.file("resident_team", SURVEY, "lifted", problems={"1.02": "资助未发放"})
    county = taogou.county

    county.act("township_office", form, "return_form", reason="内容不具体")
    assert (form.state, taogou.tally()) == ("returned", {"expected": 3, "returned": 1})

    corrected = taogou.form("resident_team", SURVEY, "lifted", problems={"1.02": "春季资助未发放"})
    county.act("resident_team", form, "correct_form", answers=corrected["answers"], signed=True)
    assert (form.state, taogou.tally()) == ("submitted", {"expected": 3, "submitted": 1})
    assert taogou.read(form)["round"] == 2

    county.act("township_office", form, "accept_form")
    assert (form.state, taogou.tally()) == ("accepted", {"expected": 3, "accepted": 1})


def test_tg_f201_what_was_corrected_is_what_was_found(taogou):
    form = taogou.file(
        "resident_team", SURVEY, "lifted", problems={"1.02": "未发放", "2.01": "未参保"}
    )
    taogou.county.act("township_office", form, "return_form", reason="核实参保")
    answers = [problem("1.02", "春季资助未发放")]

    taogou.county.act("resident_team", form, "correct_form", answers=answers, signed=True)

    read = taogou.read(form)
    assert [(f["item"], f["what"]) for f in read["findings"]] == [("1.02", "春季资助未发放")]
    assert read["problems"] == 1


def test_dx_34_a_void_form_frees_its_row_and_the_home_can_be_filled_in_anew(taogou):
    form = taogou.file("resident_team", SURVEY, "lifted")

    taogou.county.act("township_office", form, "void_form", reason="填错户")

    assert taogou.tally() == {"expected": 4}
    assert taogou.row("lifted")["form_id"] is None
    again = taogou.file("resident_team", SURVEY, "lifted")
    assert taogou.row("lifted")["form_id"] == again.id


def test_an_accepted_form_cannot_be_corrected(taogou):
    form = taogou.file("resident_team", SURVEY, "lifted")
    taogou.county.act("township_office", form, "accept_form")

    for event in ("correct_form", "return_form", "accept_form"):
        said = {"reason": "再看"} if event == "return_form" else {}
        problem_told = taogou.county.refused("township_office", form, event, status=409, **said)
        assert problem_told["code"] == "event_not_allowed"


@pytest.mark.parametrize("event", ["accept_form", "return_form"])
def test_who_fills_in_a_form_does_not_accept_it(taogou, event):
    form = taogou.file("resident_team", SURVEY, "lifted")

    told = taogou.county.refused("resident_team", form, event, status=403, reason="x")

    assert (told["code"], "TG-S03" in told["detail"]) == ("not_your_role", True)


def test_a_returned_form_waits_for_the_role_that_filled_it_in(taogou):
    form = taogou.file("household_helper", SURVEY, "lifted")
    taogou.county.act("township_office", form, "return_form", reason="不具体")

    waiting = {
        role: [one["id"] for one in taogou.county.get(role, "/v1/todo").json()["items"]]
        for role in ("household_helper", "resident_team", "village_committee", "township_office")
    }

    assert [role for role, cases in waiting.items() if form.id in cases] == ["household_helper"]
    told = taogou.county.refused(
        "resident_team", form, "correct_form", status=403, answers=[], signed=True
    )
    assert told["code"] == "not_your_role"


def test_xc_x01_where_nobody_accepts_a_form_it_counts_at_once(under):
    county = Inspection(under(COUNTY)).start(home="ordinary")

    form = county.file("village_committee", "policies_carried_out", "home")

    assert form.state == "accepted"
    assert county.row("home")["standing"] == "accepted"


# Who, and how


@pytest.mark.parametrize(
    ("role", "because"),
    [
        pytest.param(
            "township_department", "role_may_not_fill TG-S02", id="fills what is of units"
        ),
        pytest.param("township_office", "role_may_not_fill TG-S02", id="likewise"),
    ],
)
def test_tg_s02_a_home_is_inspected_by_those_who_visit_it(taogou, role, because):
    form = taogou.form("resident_team", SURVEY, "lifted")

    taogou.refused(role, form, because)


def test_tg_f205_whoever_inspects_signs(taogou):
    form = taogou.form("resident_team", SURVEY, "lifted", signed=False)

    taogou.refused("resident_team", form, "form_not_signed TG-F205")


def test_tg_f205_xc_x01_every_finding_bears_the_name_of_who_signed_it(taogou):
    form = taogou.file(
        "resident_team", SURVEY, "lifted", problems={"1.02": "未发放", "2.01": "未参保"}
    )

    assert [f["found_by"] for f in taogou.read(form)["findings"]] == ["示例某", "示例某"]
    assert form.answers[0]["transition"]["person_id"] == taogou.read(form)["filled_by"]


def test_zg_x01_nobody_fills_for_another(under):
    campaign = Inspection(under(ZHANGGONG)).start(home="lifted_out")
    form = campaign.form("helper_cadre", "household_register", "home")
    another = form | {"visitors": [{"name": "李某", "role": "helper_cadre"}]}

    campaign.refused("helper_cadre", another, "filled_for_another ZG-X01")

    assert campaign.try_file("helper_cadre", form).status_code == 201


def test_zg_x01_what_is_left_blank_is_a_defect_item_by_item(under):
    campaign = Inspection(under(ZHANGGONG)).start(home="lifted_out")
    form = campaign.form("helper_cadre", "household_register", "home")
    form["answers"] = [one for one in form["answers"] if one["item"] not in {"7", "8"}]

    told = campaign.refused("helper_cadre", form, "answer_blank ZG-X01")

    assert [one["need"] for one in told["blockers"]] == ["7", "8"]


def test_zg_x01_a_form_is_of_one_home_and_no_bulk_act_files_any(under):
    """One request tells of one visit; there is no route that files several."""
    campaign = Inspection(under(ZHANGGONG)).start(first="lifted_out", second="marginal")
    form = campaign.form("helper_cadre", "household_register", "first")
    both = form | {"household_ids": list(campaign.homes.values())}

    for body in (both, [form, form], form | {"household_id": list(campaign.homes.values())}):
        assert campaign.try_file("helper_cadre", body).status_code == 400
    routes = campaign.county.district.client.app.routes
    posting = [r.path for r in routes if "POST" in getattr(r, "methods", ()) and "form" in r.path]
    assert posting == ["/v1/inspection-forms"]
    assert campaign.tally() == {"expected": 3}


def test_tg_f201_a_problem_is_described(taogou):
    form = taogou.form("resident_team", SURVEY, "lifted", problems={"1.02": {}})

    taogou.refused("resident_team", form, "description_missing TG-F201")


def test_tg_f203_what_is_asked_of_units_is_not_asked_in_a_home(taogou):
    form = taogou.form("resident_team", SURVEY, "lifted")
    form["answers"].append({"item": "1.03", "has_problem": False})

    taogou.refused("resident_team", form, "item_not_asked TG-F203 TG-R13")


def test_tg_f204_what_is_not_asked_of_a_type_of_household_is_refused(taogou):
    form = taogou.form("resident_team", SURVEY, "ordinary")
    form["answers"].append({"item": "1.02", "has_problem": False})

    taogou.refused("resident_team", form, "item_not_asked TG-F204")


def test_tg_f202_of_a_home_without_a_problem_the_visit_is_recorded_and_no_form_is_owed(taogou):
    """Nothing is answered, nothing signed; the row says that the household was seen."""
    form = taogou.file("resident_team", SURVEY, "lifted", answers=[], signed=False)

    assert taogou.read(form)["findings"] == []
    assert taogou.row("lifted")["standing"] == "submitted"
    taogou.county.act("township_office", form, "accept_form")
    assert taogou.tally() == {"expected": 3, "accepted": 1}


def test_a_document_that_says_nothing_of_clean_homes_wants_their_form_signed(under):
    county = Inspection(under(COUNTY)).start(home="ordinary")
    form = county.form("resident_team", "policies_carried_out", "home", answers=[], signed=False)

    county.refused("resident_team", form, "form_not_signed XC-X01")


# Of whom


def test_tg_f203_a_village_fills_in_what_is_asked_of_units_and_its_own_row_follows(taogou):
    asked = codes_asked(taogou.checklist(SURVEY))
    form = taogou.file("village_committee", SURVEY)

    assert len(asked) == 27
    assert [a["item"] for a in taogou.read(form)["answers"]] == asked
    assert taogou.row()["standing"] == "submitted"


def test_tg_r13_departments_of_a_town_fill_in_one_form_each_and_no_villages_row_follows(taogou):
    town = {"area_code": AREAS["township"]}
    for department in ("民政办", "卫生院"):
        taogou.file("township_department", SURVEY, department=department, **town)

    again = taogou.form("township_department", SURVEY, department="民政办", **town)
    taogou.refused("township_department", again, "form_there_already DX-31")
    assert taogou.row()["standing"] == "expected"


def test_zg_f02_the_village_register_is_of_a_village_and_not_of_a_home(under):
    campaign = Inspection(under(ZHANGGONG)).start(home="lifted_out")
    form = campaign.file("village_committee", "village_register")
    assert campaign.row()["form_id"] == form.id

    wrong = campaign.form("village_committee", "village_register")
    del wrong["area_code"]
    wrong["household_id"] = campaign.homes["home"]
    campaign.refused("village_committee", wrong, "form_not_of_this DX-35")


def test_xc_r05_a_department_names_itself_and_is_one_of_the_documents(under):
    campaign = Inspection(under(COUNTY)).start(home="ordinary")
    county = {"area_code": AREAS["county"]}
    form = campaign.form("comparing_department", "department_screening", **county)

    campaign.refused("comparing_department", form, "field_missing DX-35")
    campaign.refused("comparing_department", form | {"department": "army"}, "not_listed DX-35")
    assert (
        campaign.try_file("comparing_department", form | {"department": "water"}).status_code == 201
    )


def test_dx_32_only_who_stands_on_the_list_is_inspected(taogou):
    taogou.homes["late"] = taogou.county.household("village_committee", "ordinary")

    taogou.refused(
        "resident_team", taogou.form("resident_team", SURVEY, "late"), "not_on_list DX-32"
    )


def test_dx_32_whom_the_campaign_does_not_apply_to_needs_no_form(taogou):
    form = taogou.form("resident_team", SURVEY, "lifted")
    taogou.act("excuse", numbers=[taogou.row("lifted")["number"]], reason="整户外出")

    taogou.refused("resident_team", form, "excused_from_list DX-32")


def test_dx_31_a_form_is_filled_in_once_for_a_home(taogou):
    taogou.file("resident_team", SURVEY, "lifted")

    again = taogou.form("household_helper", SURVEY, "lifted")
    taogou.refused("household_helper", again, "form_there_already DX-31")


def test_dx_31_another_form_of_the_same_home_stands_beside_the_first(under):
    """Rong'an's great round tells of coverage; its double check is filled in beside it."""
    campaign = Inspection(under(RONGAN)).start(home="lifted_out")
    three = {
        "visitors": [{"name": name, "role": "resident_team"} for name in ("示例某", "乙某", "丙某")]
    }

    beside = campaign.file("resident_team", "double_check", "home", **three)
    assert campaign.row("home")["form_id"] is None
    covering = campaign.file("resident_team", "great_round", "home", **three)

    assert campaign.row("home")["form_id"] == covering.id != beside.id


def test_a_form_is_of_a_home_or_of_a_unit_and_never_of_both_or_none(taogou):
    form = taogou.form("resident_team", SURVEY, "lifted")

    both = form | {"area_code": AREAS["village"]}
    none = {name: value for name, value in form.items() if name != "household_id"}

    assert [taogou.try_file("resident_team", one).status_code for one in (both, none)] == [400, 400]


# When


@pytest.mark.parametrize(
    ("today", "visited_on", "device_time", "because"),
    [
        pytest.param("2021-06-10", "2021-06-10", None, [], id="the first day"),
        pytest.param("2021-06-15", "2021-06-10", None, [], id="the last day"),
        pytest.param("2021-06-09", "2021-06-09", None, ["not_in_phase TG-D05"], id="before"),
        pytest.param("2021-06-16", "2021-06-15", None, ["not_in_phase TG-D05"], id="a day late"),
        pytest.param(
            "2021-06-16", "2021-06-15", "2021-06-15T20:00:00+08:00", [],
            id="filled in without a network on the last day",
        ),
        pytest.param(
            "2021-06-12", "2021-06-13", None, ["date_in_future DX-33"], id="not visited yet"
        ),
        pytest.param(
            "2021-06-14", "2021-06-13", "2021-06-12T20:00:00+08:00", ["date_in_future DX-33"],
            id="filled in before the visit",
        ),
        pytest.param(
            "2021-06-12", "2021-06-01", None,
            ["before_campaign DX-33", "not_in_phase TG-D05"],
            id="visited before it all began",
        ),
    ],
)  # fmt: skip
def test_tg_d05_dx_33_forms_are_filled_in_on_the_days_of_the_field_phase(
    taogou, today, visited_on, device_time, because
):
    taogou.county.on("2021-06-11")
    form = taogou.form("resident_team", SURVEY, "lifted", visited_on=visited_on)
    taogou.county.on(today)
    if device_time:
        form["device_time"] = device_time

    if because:
        taogou.refused("resident_team", form, *because)
    else:
        assert taogou.try_file("resident_team", form).status_code == 201


def test_dx_24_an_area_that_may_be_late_hands_in_until_the_day_it_was_allowed(taogou):
    taogou.act("allow_late", area_code=AREAS["village"], until="2021-06-18", reason="暴雨")

    taogou.county.on("2021-06-18")
    taogou.file("resident_team", SURVEY, "lifted")
    taogou.county.on("2021-06-19")
    late = taogou.form("resident_team", SURVEY, "marginal")
    taogou.refused("resident_team", late, "not_in_phase TG-D05")


def test_dx_22_no_form_is_taken_in_before_the_start_or_after_the_end(taogou):
    form = taogou.form("resident_team", SURVEY, "lifted")
    taogou.act("cancel_campaign", reason="并入全区行动")

    taogou.refused("resident_team", form, "campaign_not_under_way DX-22", "campaign_over DX-32")
