"""Inspection forms over HTTP: who fills in which, of whom, when, how often; and what comes of it.

On both databases. The rules of the documents by their ids; `DX-31` to `DX-35` are the service's.
"""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import UUID, uuid4

import pytest
from county import AREAS
from inspection import Inspection, codes_asked, problem
from sqlmodel import col, select

from service import invariants
from service.store.cases import Transition
from service.store.households import Household
from service.store.visits import Visit

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
    paths = campaign.county.district.client.get("/openapi.json").json()["paths"]
    assert [path for path, at in paths.items() if "form" in path and "post" in at] == [
        "/v1/inspection-forms"
    ]
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


def test_zg_f02_dx_35_the_village_register_is_of_a_village_and_not_of_a_home(under):
    campaign = Inspection(under(ZHANGGONG)).start(home="lifted_out")
    form = campaign.file("village_committee", "village_register")
    assert campaign.row()["form_id"] == form.id

    wrong = campaign.form("village_committee", "village_register")
    del wrong["area_code"]
    wrong["household_id"] = campaign.homes["home"]
    campaign.refused("village_committee", wrong, "form_not_of_this DX-35")


def test_xc_r05_dx_35_a_department_names_itself_and_is_one_of_the_documents(under):
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


# How many go together, and how many homes a day

THREE = [
    {"name": "示例某", "role": "first_secretary"},
    {"name": "乙某", "role": "party_secretary"},
    {"name": "丙某", "role": "resident_team"},
]


@pytest.fixture(name="rongan")
def a_great_round_in_rongan(under):
    return Inspection(under(RONGAN)).start(home="lifted_out", next_door="other")


def great_round(inspection, home="home", **said):
    return inspection.form("first_secretary", "great_round", home, **{"visitors": THREE, **said})


def visited_today(inspection, number, *roles, name="甲某"):
    """Let officials in these roles have been to so many other homes of the village today."""
    same = {
        "case_id": UUID(inspection.campaign.id),
        "number": 1,
        "area_code": AREAS["village"],
        "visited_on": date.fromisoformat(inspection.county.today),
        "name": name,
    }
    rows = [
        same | {"seq": 1000 + one, "household_id": uuid4(), "role": roles[one % len(roles)]}
        for one in range(number)
    ]
    visits = [Visit.model_validate(row) for row in rows]
    inspection.county.district.change(lambda session: session.add_all(visits))


def test_ra_v01_three_go_together(rongan):
    rongan.refused(
        "first_secretary", great_round(rongan, visitors=THREE[:2]), "team_too_small RA-V01"
    )
    one_thrice = [THREE[0], THREE[0] | {"role": "resident_team"}, THREE[1]]
    rongan.refused(
        "first_secretary", great_round(rongan, visitors=one_thrice), "team_too_small RA-V01"
    )

    assert rongan.try_file("first_secretary", great_round(rongan)).status_code == 201


def test_ra_v01_who_went_is_one_of_the_listed(rongan):
    strangers = [*THREE[:2], {"name": "丁某", "role": "journalist"}]

    rongan.refused("first_secretary", great_round(rongan, visitors=strangers), "not_listed RA-V01")


@pytest.mark.parametrize(
    ("traits", "cap", "cite"),
    [
        pytest.param([], 20, "RA-D16 RA-V02", id="RA-D16: a village"),
        pytest.param(["large_site"], 35, "RA-D17 RA-V02", id="RA-D17: a large site"),
    ],
)
def test_ra_d16_ra_d17_ra_v02_the_secretaries_together_visit_no_more_homes_a_day(
    under, traits, cap, cite
):
    """The last that is allowed is taken in, the next is not; whoever of the two went."""
    campaign = Inspection(under(RONGAN))
    campaign.start(first="lifted_out", second="lifted_out")
    set_traits(campaign, traits)
    visited_today(campaign, cap - 1, "first_secretary", "party_secretary")

    assert campaign.try_file("first_secretary", great_round(campaign, "first")).status_code == 201
    campaign.refused(
        "first_secretary", great_round(campaign, "second"), f"daily_cap_reached {cite}"
    )


def set_traits(inspection, traits):
    ids = [UUID(one) for one in inspection.homes.values()]

    def work(session):
        for household in session.exec(select(Household).where(col(Household.id).in_(ids))):
            household.traits = traits

    inspection.county.district.change(work)


def test_ra_d16_another_day_begins_anew_and_others_are_not_bound(rongan):
    visited_today(rongan, 20, "first_secretary")
    without = [THREE[2], *({"name": name, "role": "township_team"} for name in ("示例某", "己某"))]

    assert (
        rongan.try_file("resident_team", great_round(rongan, visitors=without)).status_code == 201
    )
    rongan.county.on("2022-03-03")
    assert rongan.try_file("first_secretary", great_round(rongan, "next_door")).status_code == 201


def test_ra_v02_forms_and_visits_of_monitored_households_count_together(rongan):
    """The first home is filled in; a follow-up visit to a 21st home of that day is refused."""
    visited_today(rongan, 19, "first_secretary")
    assert rongan.try_file("first_secretary", great_round(rongan)).status_code == 201

    in_order = select(Visit).order_by(Visit.seq, Visit.number)
    kept = rongan.county.district.read(lambda s: s.exec(in_order).all())
    mine = [one for one in kept if str(one.household_id) == rongan.homes["home"]]
    assert [one.name for one in mine] == ["示例某", "乙某", "丙某"]
    rongan.refused(
        "first_secretary", great_round(rongan, "next_door"), "daily_cap_reached RA-D16 RA-V02"
    )


def test_ra_d16_of_two_who_would_each_be_the_twentieth_at_once_one_is(rongan):
    visited_today(rongan, 19, "first_secretary")
    forms = [great_round(rongan, home) for home in ("home", "next_door")]

    with ThreadPoolExecutor(len(forms)) as pool:
        answers = list(pool.map(lambda form: rongan.try_file("first_secretary", form), forms))

    assert sorted(answer.status_code for answer in answers) == [201, 422]


def test_ra_d16_a_form_that_is_void_is_no_visit(rongan):
    visited_today(rongan, 19, "first_secretary")
    form = rongan.file("first_secretary", "great_round", "home", visitors=THREE)

    rongan.county.act("township_office", form, "void_form", reason="填错户")

    assert rongan.try_file("first_secretary", great_round(rongan, "next_door")).status_code == 201


def test_ra_d16_a_form_of_a_unit_is_no_visit(under):
    campaign = Inspection(under(ZHANGGONG)).start(home="lifted_out")
    campaign.file("village_committee", "village_register")

    assert campaign.county.district.read(lambda s: s.exec(select(Visit)).all()) == []


# The blank form


def test_tg_f204_the_blank_form_asks_a_household_what_its_type_is_asked(taogou):
    def codes(home):
        groups = taogou.blank("resident_team", SURVEY, home)["groups"]
        return [item["code"] for group in groups for item in group["items"]]

    survey = taogou.checklist(SURVEY)
    assert codes("lifted") == codes_asked(survey, "lifted_out")
    assert codes("ordinary") == codes_asked(survey, "ordinary")
    assert "1.02" in codes("marginal")
    assert "1.02" not in codes("ordinary")


def test_tg_a06_the_register_fills_in_the_header_with_its_numbers_masked(taogou):
    blank = taogou.blank("resident_team", SURVEY, "lifted")

    header = {field["code"]: field["value"] for field in blank["header"]}
    assert header == {
        "township": "示例township",
        "village": "示例village",
        "group_name": None,
        "household_type": "lifted_out",
        "head_name": "张某",
        "identity_number": header["identity_number"],
        "telephone": "199******00",
    }
    assert header["identity_number"].startswith("999*************")
    [named] = [field for field in blank["header"] if field["value_label"]]
    assert named["value_label"]["zh"] == "脱贫户"


def test_the_blank_form_says_how_each_item_is_answered_and_by_whom_it_is_filled_in(under):
    campaign = Inspection(under(ZHANGGONG)).start(home="lifted_out")

    blank = campaign.blank("helper_cadre", "household_register", "home")

    items = {item["code"]: item for group in blank["groups"] for item in group["items"]}
    assert [role["code"] for role in blank["filled_by"]] == ["helper_cadre", "resident_team"]
    assert (items["9"]["answer"], items["9"]["unit"], items["9"]["above"]) == (
        "number",
        "percent",
        "10",
    )
    assert [option["code"] for option in items["4"]["options"]] == [
        "low_income",
        "expense_hardship",
    ]
    assert [rule["code"] for rule in blank["rules"]] == ["no_proxy", "no_blanks", "fixed_on_spot"]


def test_tg_f204_what_is_our_reading_of_the_document_is_marked(taogou):
    blank = taogou.blank("resident_team", SURVEY, "lifted")

    assert {item["interpretation"] for group in blank["groups"] for item in group["items"]} == {
        True
    }
    units = taogou.blank("village_committee", SURVEY, area=AREAS["village"])
    assert {i["interpretation"] for group in units["groups"] for i in group["items"]} == {False}


def test_tg_a06_x_14_what_was_answered_last_is_not_asked_again_and_no_tick_is_filled_in(under):
    """Data stand as they were last said; whether there is a problem is looked at anew."""
    campaign = Inspection(under(ZHANGGONG)).start(home="lifted_out")
    campaign.file("helper_cadre", "household_register", "home")

    blank = campaign.blank("helper_cadre", "household_register", "home")

    last = {i["code"]: i["last"] for group in blank["groups"] for i in group["items"] if i["last"]}
    assert {code: answer["value"] for code, answer in last.items()} == {"2": "务工", "13": True}


def test_the_blank_form_of_a_unit_is_of_my_own_area_where_none_is_named(taogou):
    path = f"/v1/campaigns/{taogou.campaign.id}/blank-form"

    blank = taogou.county.get("village_committee", path).json()

    assert (blank["area_code"], blank["household_id"]) == (AREAS["village"], None)
    assert taogou.county.get("county_bureau", path).json()["area_code"] == AREAS["township"]


@pytest.mark.parametrize(
    "asked_for",
    [
        pytest.param({"checklist": "nothing"}, id="no such form"),
        pytest.param({"area": "990000000000"}, id="an area out of reach"),
        pytest.param({"household": "00000000-0000-0000-0000-000000000007"}, id="no such home"),
    ],
)
def test_there_is_no_blank_form_of_what_is_not_there(taogou, asked_for):
    path = f"/v1/campaigns/{taogou.campaign.id}/blank-form"

    assert taogou.county.get("village_committee", path, **asked_for).status_code == 404


# Lists


def test_forms_are_found_by_campaign_checklist_state_home_filler_and_whether_they_found_any(taogou):
    first = taogou.file("resident_team", SURVEY, "lifted", problems={"1.02": "甲"})
    second = taogou.file("household_helper", SURVEY, "ordinary")
    unit = taogou.file("village_committee", SURVEY)
    taogou.county.act("township_office", second, "accept_form")

    def found(**asked_for):
        told = taogou.county.get("county_bureau", "/v1/inspection-forms", **asked_for).json()
        return [form["id"] for form in told["items"]]

    filler = taogou.read(first)["filled_by"]
    assert found() == found(campaign=taogou.campaign.id) == [first.id, second.id, unit.id]
    assert found(state="accepted") == found(household=taogou.homes["ordinary"]) == [second.id]
    assert found(has_problems=True) == found(filled_by=filler) == [first.id]
    assert found(has_problems=False, state="submitted") == [unit.id]
    assert found(area=AREAS["village"], checklist=SURVEY) == found()
    assert found(checklist="other") == found(campaign=taogou.homes["lifted"]) == []


def test_a_form_belongs_to_its_area_and_a_campaign_to_its_own(taogou):
    """The sample district's officials know neither the campaign nor its homes."""
    form = taogou.form("resident_team", SURVEY, "lifted")
    district = taogou.county.district

    assert district.post("village", "/v1/inspection-forms", form).status_code == 404
    filed = taogou.file("resident_team", SURVEY, "lifted")
    assert district.get("village", f"/v1/inspection-forms/{filed.id}").status_code == 404
    for path in ("/v1/inspection-forms", "/v1/findings"):
        assert district.get("county", path).json()["items"] == []
    path = f"/v1/campaigns/{taogou.campaign.id}/blank-form"
    assert district.get("village", path).status_code == 404


# Several at once, and again


def test_of_two_who_fill_in_the_same_home_at_once_one_wins(taogou):
    """Each has a form of their own; whoever comes second is told that there is one."""
    forms = {
        role: taogou.form(role, SURVEY, "lifted")
        for role in ("resident_team", "household_helper", "village_committee")
    }
    people = list(forms) * 4

    with ThreadPoolExecutor(len(people)) as pool:
        answers = list(pool.map(lambda role: taogou.try_file(role, forms[role]), people))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 11}
    refused = {b["code"] for a in answers if a.status_code == 422 for b in a.json()["blockers"]}
    assert refused == {"form_there_already"}
    assert taogou.tally() == {"expected": 3, "submitted": 1}


def test_a_form_and_its_retry_are_one_form(taogou):
    form, key = taogou.form("resident_team", SURVEY, "lifted"), {"Idempotency-Key": "form-number-1"}

    first, again = (taogou.try_file("resident_team", form, **key) for _ in range(2))

    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert taogou.tally() == {"expected": 3, "submitted": 1}


def test_nothing_that_is_impossible_stands_after_a_form_s_whole_way(taogou):
    form = taogou.file("resident_team", SURVEY, "lifted", problems={"1.02": "甲", "13.01": "大病"})
    taogou.county.act("township_office", form, "return_form", reason="核实")
    again = taogou.form("resident_team", SURVEY, "lifted", problems={"1.02": "乙", "13.01": "大病"})
    taogou.county.act("resident_team", form, "correct_form", answers=again["answers"], signed=True)
    taogou.county.act("township_office", form, "accept_form")
    office = taogou.county.district.office

    found = taogou.county.district.read(lambda s: list(invariants.violations(s, office.rulebook)))

    assert found == []


# What no form can hold

MANY = [{"item": f"1.{one:02}", "has_problem": False} for one in range(201)]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"answers": [{"item": "1.01", "text": "a\x00b"}]}, id="NUL"),
        pytest.param({"answers": [{"item": "1.01", "text": "a\u202eb"}]}, id="turned about"),
        pytest.param({"answers": [{"item": "1.01", "value": 2**63}]}, id="beyond 64 bits"),
        pytest.param({"answers": [{"item": "1.01", "value": 2**40}]}, id="beyond any amount"),
        pytest.param({"answers": [{"item": "1.01", "value": 1.5}]}, id="a fraction as a float"),
        pytest.param({"answers": [{"item": "1.01", "value": {"a": 1}}]}, id="an object"),
        pytest.param({"answers": [{"item": "'; DROP TABLE", "has_problem": True}]}, id="no code"),
        pytest.param({"answers": [{"item": "1.01", "has_problem": "yes"}]}, id="yes in words"),
        pytest.param({"answers": [{"item": "1.01", "extra": 1}]}, id="more than is asked"),
        pytest.param({"answers": MANY}, id="201 answers"),
        pytest.param({"answers": "all well"}, id="words for answers"),
        pytest.param({"visitors": []}, id="nobody was there"),
        pytest.param({"visitors": [{"name": "13800000000", "role": "x"}]}, id="a number as a name"),
        pytest.param({"visitors": [{"name": "甲", "role": "x"}] * 11}, id="eleven visitors"),
        pytest.param({"visited_on": "0001-01-01"}, id="a day before any"),
        pytest.param({"visited_on": 1623283200}, id="an instant for a day"),
        pytest.param({"signed": 1}, id="1 for yes"),
        pytest.param({"campaign_id": "x"}, id="no id"),
        pytest.param({"checklist": "x" * 49}, id="too long a code"),
        pytest.param({"department": "\n"}, id="an empty name"),
        pytest.param({"event": "accept_form"}, id="another event"),
        pytest.param({"form": {"a": [1]}}, id="a list in a field"),
    ],
)
def test_what_no_form_can_hold_is_refused_and_nothing_is_kept(taogou, changes):
    form = taogou.form("resident_team", SURVEY, "lifted") | changes

    answer = taogou.try_file("resident_team", form)

    assert answer.status_code == 400, answer.text
    assert taogou.tally() == {"expected": 4}


def test_two_hundred_answers_are_read_and_each_that_is_wrong_is_named(taogou):
    form = taogou.form("resident_team", SURVEY, "lifted", answers=MANY[:200])

    answer = taogou.try_file("resident_team", form)

    assert answer.status_code == 422
    assert len(answer.json()["blockers"]) > 150


def test_no_line_of_the_log_tells_what_was_answered_or_who_lives_there(taogou):
    secret = "患有某重病的王五"
    form = taogou.file(
        "resident_team", SURVEY, "lifted", problems={"2.03": secret, "13.01": secret}
    )
    taogou.county.act("township_office", form, "return_form", reason=secret)
    again = taogou.form("resident_team", SURVEY, "lifted", problems={"2.03": secret})
    taogou.county.act("resident_team", form, "correct_form", answers=again["answers"], signed=True)
    taogou.county.act("township_office", form, "accept_form")

    lines = taogou.county.district.read(lambda s: [one.line for one in s.exec(select(Transition))])

    assert len(lines) >= 8
    for line in lines:
        for personal in (secret, "张某", "示例某", "王五"):
            assert personal not in line.decode()
            assert json.dumps(personal)[1:-1] not in line.decode()
