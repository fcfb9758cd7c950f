"""A problem from the day on which it was found until it is struck off, over the real interface.

The rules of a document are proved under it; what every document leaves to the house (DX-41 to
DX-47) is proved under Taogou's.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from campaign_days import Campaigns
from county import AREAS, County
from problems import DAY, LIMIT, LISTS, PROBLEM, RIGHT, VERIFIED, Problems

from service.invariants import violations

OFFICES = {
    "village": "village_committee",
    "township": "township_office",
    "county": "county_bureau",
}
"""Level -> the office that has the problems of that level in hand."""

VILLAGE, NEIGHBOUR = "341302901201", "341302901202"
"""Two villages of the sample district."""


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("taogou-2021")
    county.on(DAY)
    return county


@pytest.fixture
def problems(county) -> Problems:
    return Problems(county)


@pytest.fixture(autouse=True)
def nothing_is_contradictory_at_the_end(district):
    yield
    rulebook = district.office.rulebook
    assert district.read(lambda session: list(violations(session, rulebook))) == []


def waits_for(county: County, item) -> list[str]:
    """Return on whose lists a problem stands."""
    found = []
    for role in county.policy.roles:
        listed = county.get(role, "/v1/todo", limit=200).json()["items"]
        found += [role for case in listed if case["id"] == item.id]
    return found


def reported(district, official: str, area_code: str):
    """Report a problem in the sample district; return the answer."""
    answer = district.post(official, "/v1/remediation-items", {**PROBLEM, "area_code": area_code})
    return answer.json()


# From the ledger to the strike-off


def test_tg_s03_tg_s05_a_problem_is_listed_put_right_verified_and_struck_off(county, problems):
    item = problems.of_household(household_type="marginal")

    problems.at("closed", item)

    assert county.history(item) == ["report_problem", *(event for _, event, _ in RIGHT)]
    told = problems.read(item)
    assert {name: told[name] for name in LISTS} == LISTS
    assert (told["standing"], told["result"]) == ("rectified", "已补发到位")
    assert (told["scope"], told["level"], told["household_type"]) == (
        "household",
        "village",
        "marginal",
    )
    history = county.get("village_committee", told["history"])
    assert len(history.json()["items"]) == len(RIGHT) + 1


def test_tg_s05_tg_a02_work_does_not_begin_before_the_four_lists_are_complete(problems):
    """B.4 no. 14. The refusal names every list that is missing."""
    item = problems.report()
    cite = "TG-S05 TG-S03 TG-A02"

    refused = problems.refused(
        "village_committee", item, "start_remediation", f"list_missing {cite}"
    )

    assert [b["need"] for b in refused["blockers"]] == list(LISTS)
    for missing in LISTS:
        other = problems.report()
        said = {name: value for name, value in LISTS.items() if name != missing}
        problems.act("village_committee", other, "assign_remediation", **said)
        refused = problems.refused(
            "village_committee", other, "start_remediation", f"list_missing {cite}"
        )
        assert [b["need"] for b in refused["blockers"]] == [missing]
        problems.act("village_committee", other, "assign_remediation", **{missing: LISTS[missing]})
        problems.act("village_committee", other, "start_remediation")


def test_what_stands_in_the_way_of_the_work_is_told_beforehand(county, problems):
    item = problems.report()

    start = county.actions("village_committee", item)["start_remediation"]

    assert not start["allowed"]
    assert [b["need"] for b in start["blockers"]] == list(LISTS)


def test_tg_s07_what_is_put_right_on_the_spot_needs_no_lists_and_is_verified_all_the_same(problems):
    item = problems.report("resident_team")
    problems.act("resident_team", item, "fix_on_the_spot", effect="当场补齐", fixed_by="丙驻村")
    assert problems.read(item)["standing"] == "in_progress"

    problems.act("township_office", item, "verify_remediation", **VERIFIED)
    problems.act("township_office", item, "strike_off")

    assert (problems.read(item)["standing"], problems.read(item)["result"]) == (
        "rectified",
        "当场补齐",
    )


def test_tg_s06_each_problem_is_struck_off_by_itself_and_only_after_it_was_verified(problems):
    item, other = problems.at("submitted"), problems.at("verified")

    refused = problems.refused("township_office", item, "strike_off", status=409)
    assert refused["code"] == "event_not_allowed"
    problems.act("township_office", other, "strike_off")

    assert [problems.read(one)["standing"] for one in (item, other)] == [
        "in_progress",
        "rectified",
    ]


def test_tg_s02_a_campaign_that_has_not_started_takes_no_problems(county, problems):
    campaigns = Campaigns(county)
    county.on("2021-06-08")
    campaign = campaigns.draft()

    refused = problems.try_report(campaign_id=campaign.id, found_on="2021-06-08")

    assert refused.status_code == 422
    (blocker,) = refused.json()["blockers"]
    assert (blocker["code"], blocker["have"], blocker["cite"]) == (
        "campaign_not_open",
        "drafted",
        "TG-S02 TG-S03",
    )
    campaigns.announce(campaign)
    campaigns.start(campaign)
    problems.report(campaign_id=campaign.id, found_on="2021-06-08")


def test_tg_s10_what_an_earlier_appraisal_found_is_taken_up_without_a_campaign(problems):
    item = problems.report("township_office", source="earlier_appraisal")

    assert problems.listed(source="earlier_appraisal") == [item.id]
    assert problems.read(item)["campaign_id"] is None
    refused = problems.try_report(source="hearsay").json()
    assert [b["code"] for b in refused["blockers"]] == ["not_listed"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        pytest.param({"problem_type": "weather"}, "not_listed", id="a type that is not listed"),
        pytest.param({"risk_type": "boredom"}, "not_listed", id="a risk that is not listed"),
        pytest.param({"found_on": "2021-06-17"}, "date_in_future", id="found tomorrow"),
        pytest.param({"scope": "household"}, "scope_unfit", id="a household's, and of none"),
        pytest.param({"level": "county"}, "level_unfit", id="another level than the area's"),
        pytest.param({"area_code": AREAS["city"]}, None, id="out of reach"),
    ],
)
def test_what_is_wrong_with_a_report_is_told(problems, said, code):
    refused = problems.try_report(**said)

    if code is None:
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    else:
        assert [b["code"] for b in refused.json()["blockers"]] == [code]


def test_a_problem_of_a_household_is_not_an_areas(county, problems):
    household = county.household("village_committee", "marginal")

    refused = problems.try_report(household_id=household, scope="area").json()
    assert [b["code"] for b in refused["blockers"]] == ["scope_unfit"]
    for where in ({"household_id": household, "area_code": AREAS["village"]}, {}):
        body = problems.said | where
        answer = county.post("village_committee", "/v1/remediation-items", body)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(("level", "role"), list(OFFICES.items()))
def test_tg_s03_a_problem_of_an_area_lies_on_its_level_and_waits_for_that_levels_office(
    county, problems, level, role
):
    item = problems.report(role, area_code=AREAS[level])

    told = problems.read(item)
    assert (told["level"], told["area_code"], told["household_id"]) == (level, AREAS[level], None)
    assert problems.listed(level=level) == [item.id]
    assert waits_for(county, item) == [role]


# The time limit of each


def test_tg_d11_each_problem_has_its_own_limit_which_ends_when_it_is_submitted(county, problems):
    item, other = problems.report(), problems.report()
    for one, day in ((item, LIMIT), (other, "2021-06-24")):
        problems.act(
            "village_committee", one, "assign_remediation", **LISTS | {"time_limit_on": day}
        )

    limit = county.deadlines(item)["time_limit_of_the_item"]
    assert (limit["due_on"], limit["state"], limit["cite"]) == (LIMIT, "running", "TG-D11")
    assert county.deadlines(other)["time_limit_of_the_item"]["due_on"] == "2021-06-24"
    problems.at("submitted", item)
    assert county.deadlines(item)["time_limit_of_the_item"]["state"] == "met"


def test_tg_d11_the_limit_of_a_problem_is_told_with_all_other_deadlines(county, problems):
    item = problems.at("in_progress")
    county.on("2021-06-21")

    found = county.get("county_bureau", "/v1/deadlines", kind="remediation_item", state="overdue")

    assert [one["case_id"] for one in found.json()["items"]] == [item.id]
    none = county.get("county_bureau", "/v1/deadlines", kind="monitoring_object").json()["items"]
    assert none == []
    [limit] = found.json()["items"]
    steps = county.get("county_bureau", f"/v1/deadlines/{limit['id']}/explain").json()["steps"]
    assert {step["on"] for step in steps} == {LIMIT}


def test_overdue_is_computed_and_no_state(county, problems):
    item = problems.at("in_progress")
    assert (problems.listed(overdue=True), problems.read(item)["overdue"]) == ([], False)

    county.on("2021-06-21")

    assert problems.listed(overdue=True) == [item.id]
    told = problems.read(item)
    assert (told["overdue"], told["state"], told["standing"]) == (
        True,
        "in_progress",
        "in_progress",
    )
    problems.refused(
        "village_committee",
        item,
        "submit_remediation",
        "late_reason_missing DX-04",
        effect="已补发",
        attachments=[problems.evidence("village_committee")],
    )
    problems.act(
        "village_committee", item, "submit_remediation", effect="已补发", reason="等待拨款"
    )
    assert problems.listed(overdue=True) == []
    assert county.deadlines(item)["time_limit_of_the_item"]["state"] == "late"


def test_dx_43_another_limit_states_its_reason_and_leaves_a_line(county, problems):
    item = problems.at("in_progress")

    problems.refused(
        "village_committee",
        item,
        "assign_remediation",
        "new_limit_reason_missing DX-43",
        time_limit_on="2021-06-24",
    )
    problems.act(
        "village_committee",
        item,
        "assign_remediation",
        time_limit_on="2021-06-24",
        reason="补助资金未到账",
    )

    rows = county.get("county_bureau", f"/v1/cases/{item.id}/deadlines").json()["items"]
    assert {(row["due_on"], row["state"]) for row in rows} == {
        (LIMIT, "lapsed"),
        ("2021-06-24", "running"),
    }
    last = county.get("county_bureau", f"/v1/cases/{item.id}/history").json()["items"][-1]
    assert last["statement"]["reason"] == "补助资金未到账"


def test_another_measure_leaves_the_limit_as_it_is(county, problems):
    item = problems.at("in_progress")

    answer = problems.act("village_committee", item, "assign_remediation", measure="改发两个季度")

    assert answer["deadlines"] == []
    assert county.deadlines(item)["time_limit_of_the_item"]["due_on"] == LIMIT


def test_a_return_sets_the_limit_running_again_to_the_same_day(county, problems):
    item = problems.at("submitted")
    county.on("2021-06-22")

    problems.act("township_office", item, "return_remediation", reason="只补发一半")

    limit = county.deadlines(item)["time_limit_of_the_item"]
    assert (limit["due_on"], limit["state"]) == (LIMIT, "overdue")


# Somebody else verifies


def test_dx_41_whoever_submitted_does_not_verify(problems):
    """B.4 no. 15."""
    item = problems.at("in_progress")
    problems.act("township_office", item, "submit_remediation", effect="已补发")

    problems.refused(
        "township_office", item, "verify_remediation", "verifier_rectified DX-41", **VERIFIED
    )
    problems.act("county_bureau", item, "verify_remediation", **VERIFIED)


def test_dx_41_whoever_put_it_right_on_the_spot_does_not_verify(county, problems):
    item = problems.report()
    problems.act("township_office", item, "fix_on_the_spot", effect="当场补齐", fixed_by="丙驻村")

    problems.refused(
        "township_office", item, "verify_remediation", "verifier_rectified DX-41", **VERIFIED
    )
    assert not county.actions("township_office", item)["verify_remediation"]["allowed"]
    assert county.actions("county_bureau", item)["verify_remediation"]["allowed"]


@pytest.mark.parametrize(
    "event",
    [
        pytest.param("assign_remediation", id="who answers for it"),
        pytest.param("fix_on_the_spot", id="who put it right"),
    ],
)
def test_dx_41_nobody_who_is_named_as_the_rectifier_verifies(problems, event):
    item, name = problems.report(), "示例某"  # as the officials of the made-up county are called
    if event == "assign_remediation":
        lists = LISTS | {"responsible_person": name}
        problems.act("village_committee", item, event, **lists)
        problems.act("village_committee", item, "start_remediation")
        problems.act("village_committee", item, "submit_remediation", effect="已补发")
    else:
        problems.act("village_committee", item, event, effect="当场补齐", fixed_by=name)

    problems.refused(
        "county_bureau", item, "verify_remediation", "verifier_rectified DX-41", **VERIFIED
    )


def test_dx_42_a_problem_is_submitted_with_evidence(county, problems):
    item = problems.at("in_progress")

    for attached in ([], [county.attach("village_committee", "minutes")]):
        problems.refused(
            "village_committee",
            item,
            "submit_remediation",
            "evidence_missing DX-42",
            effect="已补发",
            attachments=attached,
        )


def test_a_part_of_the_work_is_recorded_and_shows_in_the_ledger(county, problems):
    item = problems.at("in_progress")

    problems.act("village_committee", item, "record_remediation", progress="已补发三户")
    problems.act("village_committee", item, "record_remediation", progress="已补发五户")

    assert problems.read(item)["progress"] == "已补发五户"
    assert county.history(item)[-2:] == ["record_remediation"] * 2


@pytest.mark.parametrize("state", ["submitted", "verified"])
def test_what_is_not_put_right_is_returned_with_its_round_and_reason(problems, state):
    item = problems.at(state)

    answer = problems.act("township_office", item, "return_remediation", reason="只补发一半")

    assert (answer["case"]["state"], answer["case"]["round"]) == ("in_progress", 2)
    assert answer["transition"]["statement"]["reason"] == "只补发一半"
    assert problems.read(item)["result"] is None
    problems.at("closed", item)


def test_what_was_put_right_on_the_spot_and_returned_needs_its_lists(county, problems):
    item = problems.report()
    problems.act("village_committee", item, "fix_on_the_spot", effect="当场补齐", fixed_by="丙驻村")

    problems.act("township_office", item, "return_remediation", reason="仍有缺项")

    assert item.state == "found"
    assert county.deadlines(item) == {}


# Raised, handed over


def test_dx_44_a_problem_goes_up_level_by_level_and_onto_that_levels_list(county, problems):
    item = problems.at("in_progress")

    for role, level in (("village_committee", "township"), ("township_office", "county")):
        problems.act(role, item, "raise_level", level=level, reason="村级无力解决")
        told = problems.read(item)
        assert (told["state"], told["level"], told["area_code"]) == ("found", level, AREAS[level])
        assert waits_for(county, item) == [OFFICES[level]]
        below = county.get(role, f"/v1/remediation-items/{item.id}")
        assert below.status_code == 404


def test_dx_44_never_down_and_no_level_is_passed_over(problems):
    item = problems.report()
    problems.refused(
        "village_committee",
        item,
        "raise_level",
        "level_not_above DX-44",
        level="county",
        reason="越级",
    )
    problems.act("village_committee", item, "raise_level", level="township", reason="村级无力解决")

    for level in ("village", "township"):
        problems.refused(
            "township_office", item, "raise_level", "level_not_above DX-44", level=level, reason="x"
        )


def test_dx_44_above_the_county_there_is_no_level(county, problems):
    item = problems.at("in_progress")
    for role, level in (("village_committee", "township"), ("township_office", "county")):
        problems.act(role, item, "raise_level", level=level, reason="村级无力解决")

    (blocker,) = county.actions("county_bureau", item)["raise_level"]["blockers"]

    assert (blocker["code"], blocker["cite"]) == ("no_level_above", "DX-44")
    assert blocker["detail"] == "已无上一级可提"


def test_dx_44_the_level_above_says_anew_who_answers_for_it(county, problems):
    item = problems.at("in_progress")
    problems.act("village_committee", item, "raise_level", level="township", reason="村级无力解决")

    refused = problems.refused("township_office", item, "start_remediation")

    assert [b["need"] for b in refused["blockers"]] == [
        "responsible_person",
        "responsible_unit",
    ]
    assert county.deadlines(item)["time_limit_of_the_item"]["state"] == "running"


def test_the_evidence_of_a_raised_problem_is_of_the_area_where_it_lies(county, problems):
    item = problems.report()
    problems.act("village_committee", item, "raise_level", level="township", reason="村级无力解决")
    problems.act("township_office", item, "assign_remediation", **LISTS)
    problems.act("township_office", item, "start_remediation")

    problems.act(
        "township_department",
        item,
        "submit_remediation",
        effect="已补发",
        attachments=[problems.evidence("township_department", "township")],
    )

    assert waits_for(county, item) == ["township_office"]


def test_tg_s03_a_department_takes_a_problem_on_until_it_submits_it(county, problems):
    item = problems.at("in_progress")
    problems.act(
        "village_committee", item, "hand_over", department="human_resources", reason="属行业问题"
    )
    assert waits_for(county, item) == ["township_department"]
    assert problems.listed(department="human_resources") == [item.id]
    evidence = [problems.evidence("village_committee")]
    refused = problems.refused(
        "township_department", item, "submit_remediation", effect="已补发", attachments=evidence
    )
    assert [b["need"] for b in refused["blockers"]] == ["responsible_person", "responsible_unit"]

    problems.act("township_department", item, "assign_remediation", **LISTS)
    problems.act("township_department", item, "record_remediation", progress="已联系")
    submitted = {"effect": "已补发", "attachments": evidence}
    problems.act("township_department", item, "submit_remediation", **submitted)
    problems.act("township_office", item, "return_remediation", reason="只补发一半")

    assert item.state == "with_department"
    problems.act("township_department", item, "submit_remediation", **submitted)
    problems.act("township_office", item, "verify_remediation", **VERIFIED)


def test_a_problem_is_handed_over_to_a_department_that_the_document_lists(problems):
    problems.refused(
        "village_committee",
        problems.report(),
        "hand_over",
        "not_listed TG-R12 TG-R13",
        department="navy",
        reason="属行业问题",
    )


def test_dx_45_nothing_is_raised_or_handed_over_to_where_nobody_is(district):
    """The sample district has no position of a township department."""
    district.on(date.fromisoformat(DAY))
    case = reported(district, "village", VILLAGE)["case"]

    refused = district.post(
        "village",
        f"/v1/cases/{case['id']}/events",
        {"event": "hand_over", "department": "water", "reason": "属行业问题"},
        **{"If-Match": '"1"'},
    )

    assert refused.status_code == 422
    assert [(b["code"], b["cite"]) for b in refused.json()["blockers"]] == [
        ("nobody_to_take_it", "DX-45")
    ]
    assert district.get("village", f"/v1/remediation-items/{case['id']}").json()["version"] == 1


# Back again, void, alike


def test_dx_46_a_problem_that_comes_back_is_reopened_and_its_lists_are_drawn_up_anew(problems):
    item = problems.at("closed")

    answer = problems.act("township_office", item, "reopen", reason="又拖欠一个季度")

    assert (item.state, answer["case"]["round"], answer["case"]["closed_at"]) == ("found", 2, None)
    told = problems.read(item)
    assert {told[name] for name in (*LISTS, "result")} == {None}
    assert told["standing"] == "in_progress"
    refused = problems.refused("village_committee", item, "start_remediation")
    assert [b["need"] for b in refused["blockers"]] == list(LISTS)
    problems.act(
        "village_committee", item, "assign_remediation", **LISTS | {"time_limit_on": "2021-07-01"}
    )
    problems.act("village_committee", item, "start_remediation")
    problems.at("closed", item)
    assert problems.read(item)["standing"] == "rectified"


def test_dx_46_the_limit_from_before_does_not_come_back(county, problems):
    item = problems.at("closed")
    problems.act("township_office", item, "reopen", reason="又拖欠")
    problems.act("village_committee", item, "fix_on_the_spot", effect="已补", fixed_by="丙驻村")

    problems.act("township_office", item, "return_remediation", reason="未补")

    assert {row["state"] for row in county.deadlines(item).values()} == {"met"}


@pytest.mark.parametrize("state", ["found", "in_progress", "submitted", "verified"])
def test_dx_47_a_wrong_entry_is_voided_with_its_reason_and_stays(county, problems, state):
    item = problems.at(state)

    problems.act("township_office", item, "void_item", reason="重复登记", entered_twice=True)

    assert problems.read(item)["standing"] == "void"
    assert problems.listed(standing="void") == [item.id]
    assert problems.listed(standing="found") == []
    assert {row["state"] for row in county.deadlines(item).values()} <= {"lapsed", "met"}
    refused = problems.refused("township_office", item, "reopen", status=409, reason="x")
    assert refused["code"] == "event_not_allowed"


def test_dx_47_nothing_can_be_deleted(county, problems):
    item = problems.report()

    answer = county.district.client.delete(
        f"/v1/remediation-items/{item.id}", headers=county.district.headers("county_bureau")
    )

    assert answer.status_code == 405


def test_tg_s10_similar_problems_are_linked_and_unlinked(problems):
    first, second, third, other = (problems.report() for _ in range(4))
    for one in (second, third):
        problems.act("village_committee", one, "link_similar", item_id=first.id)
    group = problems.read(third)["group_id"]
    assert problems.listed(group=group) == [first.id, second.id, third.id]

    problems.act("village_committee", second, "unlink_similar", reason="情况不同")

    assert problems.listed(group=group) == [first.id, third.id]
    assert problems.listed(group=problems.read(second)["group_id"]) == [second.id]
    problems.act("village_committee", other, "link_similar", item_id=third.id)
    assert problems.listed(group=group) == [first.id, third.id, other.id]


def test_links_that_would_part_a_group_or_lead_nowhere_are_refused(problems):
    first, second, third = (problems.report() for _ in range(3))
    link = ("village_committee", second, "link_similar")
    nowhere = "017a0000-0000-7000-8000-000000000000"
    for item_id in (nowhere, second.id):
        problems.refused(*link, "item_unknown TG-S10", item_id=item_id)
    problems.refused("village_committee", second, "unlink_similar", "not_linked TG-S10", reason="x")
    problems.act(*link, item_id=first.id)

    problems.refused(*link, "linked_already TG-S10", item_id=third.id)
    problems.refused(
        "village_committee",
        first,
        "link_similar",
        "others_linked_to_it TG-S10",
        item_id=third.id,
    )


def test_nobody_links_to_a_problem_outside_their_area(district):
    district.on(date.fromisoformat(DAY))
    mine = reported(district, "village", VILLAGE)["case"]["id"]
    theirs = reported(district, "neighbour", NEIGHBOUR)["case"]["id"]

    def link(official):
        return district.post(
            official,
            f"/v1/cases/{mine}/events",
            {"event": "link_similar", "item_id": theirs},
            **{"If-Match": '"1"'},
        )

    assert [b["code"] for b in link("village").json()["blockers"]] == ["item_unknown"]
    assert link("township").status_code == 201


# Lists


def test_the_ledger_is_narrowed_by_every_column_that_counts(problems):
    plain = problems.report()
    ill = problems.of_household(
        problem_type="basic_medical", risk_type="illness", found_on="2021-06-10"
    )
    done = problems.at("closed")
    household = problems.read(ill)["household_id"]

    assert problems.listed() == [plain.id, ill.id, done.id]
    for filters, found in (
        ({"scope": "household"}, [ill]),
        ({"scope": "area"}, [plain, done]),
        ({"problem_type": "basic_medical"}, [ill]),
        ({"risk_type": "illness"}, [ill]),
        ({"household_type": "lifted_out"}, [ill]),
        ({"household": household}, [ill]),
        ({"standing": "rectified"}, [done]),
        ({"standing": "in_progress"}, [plain, ill]),
        ({"standing": "found"}, [plain, ill, done]),
        ({"state": "closed"}, [done]),
        ({"responsible_unit": "人社所"}, [done]),
        ({"found_from": "2021-06-11"}, [plain, done]),
        ({"found_to": "2021-06-11"}, [ill]),
        ({"area": AREAS["township"]}, [plain, ill, done]),
        ({"area_itself": AREAS["township"]}, []),
        ({"area_itself": AREAS["village"], "level": "village"}, [plain, ill, done]),
        ({"source": "complaint"}, []),
        ({"campaign": plain.id}, []),
        ({"form": plain.id}, []),
        ({"department": "water"}, []),
        ({"overdue": False}, [plain, ill, done]),
    ):
        assert problems.listed(**filters) == [one.id for one in found], filters


def test_the_ledger_is_paged(county, problems):
    every = [problems.report().id for _ in range(5)]
    page = county.get("county_bureau", "/v1/remediation-items", limit=3).json()

    rest = county.get(
        "county_bureau", "/v1/remediation-items", limit=3, cursor=page["next_cursor"]
    ).json()

    assert [item["id"] for item in page["items"] + rest["items"]] == every


@pytest.mark.parametrize(
    "filters",
    [
        {"standing": "fine"},
        {"scope": "everybody"},
        {"level": "moon"},
        {"found_from": "soon"},
        {"overdue": "perhaps"},
        {"colour": "red"},
        {"area": "1"},
    ],
    ids=str,
)
def test_a_filter_that_is_none_is_refused(county, filters):
    answer = county.get("county_bureau", "/v1/remediation-items", **filters)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")


# At once


def raced(county: County, *acts) -> list[int]:
    """Let several raise something at the same time; return the statuses, the best first."""

    def send(act):
        role, item, event, said = act
        return county.post(
            role,
            f"/v1/cases/{item.id}/events",
            {"event": event, **said},
            **{"If-Match": f'"{item.version}"'},
        ).status_code

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(send, acts))


def test_of_two_who_verify_at_once_one_does(county, problems):
    item = problems.at("submitted")

    answers = raced(
        county,
        ("township_office", item, "verify_remediation", VERIFIED),
        ("county_bureau", item, "verify_remediation", VERIFIED),
    )

    assert answers == [201, 412]
    assert county.history(item).count("verify_remediation") == 1


def test_of_a_strike_off_and_a_void_at_once_one_happens(county, problems):
    item = problems.at("verified")

    answers = raced(
        county,
        ("township_office", item, "strike_off", {}),
        ("county_bureau", item, "void_item", {"reason": "重复登记"}),
    )

    assert answers == [201, 412]
    assert problems.read(item)["standing"] in {"rectified", "void"}


def test_of_two_who_reopen_at_once_one_does(county, problems):
    item = problems.at("closed")

    answers = raced(
        county,
        ("township_office", item, "reopen", {"reason": "反弹"}),
        ("county_bureau", item, "reopen", {"reason": "反弹"}),
    )

    assert answers == [201, 412]


def test_of_two_that_are_linked_to_each_other_at_once_one_is(county, problems):
    first, second = problems.report(), problems.report()

    answers = raced(
        county,
        ("village_committee", first, "link_similar", {"item_id": second.id}),
        ("township_office", second, "link_similar", {"item_id": first.id}),
    )

    assert answers == [201, 422]
    groups = {problems.read(one)["group_id"] for one in (first, second)}
    assert len(groups) == 1
