"""The national guide of 2022 (GN), as local authorities restate it: what holds by default.

A clue, a visit, the household's authorisation, the village's review, one publicity of five days
in the village, the township's review, the county's approval, the announcement; elimination
mirrors it. The rules are restatements, to be checked against the guide's own text.
"""

from datetime import date

import pytest
from county import AREAS, County, facts, rewritten

from service.workflows.eligibility import income_period
from service.workflows.rulebook import Rulebook

FOUND, OPENED, POSTED, CONCLUDED = "2022-07-04", "2022-07-05", "2022-07-07", "2022-07-13"
REGISTERED, ELIMINATED = "2022-07-19", "2023-02-08"

POOR = facts("6500.00", also={"outstanding_difficulty": True}, able_to_cope=False)
WELL = facts("20000.00", at_risk=False, also={"outstanding_difficulty": False}, able_to_cope=True)

VISIT = {"visited_on": OPENED, "visitors": ["甲村干"], "at_risk": True}
CONSENT = {"signed_on": OPENED, "signed": True, "fingerprint": False}
REVIEW = {
    "held_on": OPENED,
    "object_type": "marginal",
    "risk_types": ["illness", "labour_shortage"],
    "facts": POOR,
}
BOARD = {"place": "村务公开栏"}
TOLD = {"means": "visit", "told_on": "2022-07-18", "told_to": "张某"}
NUMBERED = {"system_number": "N-1", "basic_information_collected": True}
HELPER = {"helper_kind": "responsible", "helper_name": "丙帮扶", "helper_unit": "示例单位"}
PLAN = {
    "measures": [
        {"number": 1, "kind": "health", "what": "大病救治", "risk_type": "illness"},
        {"number": 2, "kind": "public_post", "what": "护林员", "risk_type": "labour_shortage"},
    ]
}
CRITERIA = ("income_above_line", "guarantees_consolidated", "entry_risks_gone", "no_new_risk")


def criteria(**met):
    """Return a visit that found each criterion met, but for those named (`no_new_risk=False`)."""
    said = [{"criterion": code, "met": met.get(code, True)} for code in CRITERIA]
    return {"visited_on": "2023-02-01", "visitors": ["甲村干"], "criteria": said}


DOCKET = (
    (OPENED, "village_committee", "record_verification", VISIT),
    (OPENED, "village_committee", "sign_consent", CONSENT),
    (OPENED, "village_committee", "conclude_review", REVIEW),
    (POSTED, "village_committee", "post_publicity", BOARD),
    (CONCLUDED, "village_committee", "conclude_publicity", {}),
    ("2022-07-14", "township_office", "approve", {"opinion": "同意"}),
    ("2022-07-15", "county_bureau", "approve", {"opinion": "同意纳入"}),
    ("2022-07-18", "county_bureau", "announce", {"place": "县政府网站"}),
    ("2022-07-18", "village_committee", "notify_household", TOLD),
    (REGISTERED, "township_office", "register", NUMBERED),
    (REGISTERED, "township_office", "assign_helper", HELPER),
    (REGISTERED, "township_office", "agree_plan", PLAN),
    ("2023-02-01", "village_committee", "propose_elimination", {"reason": "收入稳定"}),
    ("2023-02-01", "village_committee", "record_criteria", criteria()),
    (
        "2023-02-02",
        "village_committee",
        "conclude_deliberation",
        {"held_on": "2023-02-02", "participants": 11, "opinion": "for"},
    ),
    ("2023-02-03", "village_committee", "post_publicity", BOARD),
    ("2023-02-06", "village_committee", "conclude_publicity", {}),
    ("2023-02-07", "county_bureau", "approve", {"opinion": "同意消除"}),
    (ELIMINATED, "county_bureau", "announce", {"place": "县政府网站"}),
    (ELIMINATED, "township_office", "mark_eliminated", {"marked_on": ELIMINATED}),
)


@pytest.fixture(name="county")
def a_county(under) -> County:
    county = under("national-2022")
    county.on(OPENED)
    return county


@pytest.fixture
def a_case(county):
    """Return what leads the case of a new household to a state, on the docket's days."""

    def led_to(state, **clue):
        county.on(OPENED)
        household = county.household("village_committee", "ordinary")
        case = county.open("village_committee", household, discovered_on=FOUND, **clue)
        return county.lead(case, state, DOCKET)

    return led_to


def because(refused):
    return [f"{b['code']} {b['cite']}" for b in refused.json()["blockers"]]


def test_gn_p01_to_p11_a_household_from_the_clue_until_its_risk_is_gone(county):  # noqa: PLR0915 - one story
    household = county.household("county_bureau", "ordinary")
    case = county.open(
        "county_bureau",
        household,
        channel="department_warning",
        warning={"department": "medical_insurance"},
        discovered_on=FOUND,
        risk_types=["illness"],
    )

    # 入户核实和农户授权承诺
    county.refused("village_committee", case, "sign_consent", status=409, **CONSENT)
    county.act("village_committee", case, "record_verification", **VISIT)
    county.refused(
        "village_committee",
        case,
        "sign_consent",
        "not_confirmed GN-P02",
        **(CONSENT | {"signed": False}),
    )
    county.act("village_committee", case, "sign_consent", **CONSENT)

    # 民主评议
    county.on("2022-07-06")
    review = REVIEW | {"held_on": "2022-07-06"}
    county.refused(
        "village_committee",
        case,
        "conclude_review",
        "object_type_unfit GN-C02",
        **(review | {"object_type": "unstable_lifted"}),
    )
    county.act("village_committee", case, "conclude_review", **review)

    # 村内公示不少于5天, a weekend among them, without what is nobody's business
    county.on(POSTED)
    county.refused(
        "village_committee",
        case,
        "post_publicity",
        "personal_data_in_notice GN-P06",
        **BOARD,
        remark="该户患重大疾病",
    )
    county.act("village_committee", case, "post_publicity", **BOARD)
    county.on("2022-07-12", hour=23)
    county.refused(
        "village_committee",
        case,
        "conclude_publicity",
        "too_early GN-P04 GN-D02 2022-07-13",
    )
    county.act("village_committee", case, "object", anonymous=True, statement="该户有车")
    county.on(CONCLUDED)
    county.refused("village_committee", case, "conclude_publicity", "objection_open GN-P04")
    county.act("village_committee", case, "reject_objection", objection=1, reason="核实不属实")
    county.act("village_committee", case, "conclude_publicity")

    # 乡镇初审, 县级审定, 公告: nothing is posted again
    county.on("2022-07-14")
    county.refused("village_committee", case, "approve", status=403, opinion="同意")
    county.act("township_office", case, "approve", opinion="同意")
    county.refused("village_committee", case, "post_publicity", status=409, **BOARD)
    county.on("2022-07-15")
    approved = county.act("county_bureau", case, "approve", opinion="同意纳入")
    assert approved["late"] == []
    county.on("2022-07-18")
    county.act("county_bureau", case, "announce", place="县政府网站")

    # The household is told, entered in the national system, given a helper and a plan
    county.act("village_committee", case, "notify_household", **TOLD)
    county.on(REGISTERED)
    county.act("township_office", case, "register", **NUMBERED)
    county.act("township_office", case, "assign_helper", **HELPER)
    county.act("township_office", case, "agree_plan", **PLAN)
    county.on("2022-10-11")
    county.act(
        "village_committee", case, "record_progress", measure=2, done=True, progress="已上岗"
    )

    # 风险消除 mirrors it
    county.on("2023-02-01")
    county.act("village_committee", case, "propose_elimination", reason="收入稳定")
    county.refused(
        "township_office",
        case,
        "record_criteria",
        "criterion_not_met GN-E01 GN-E02 GN-E03 GN-E04",
        **criteria(no_new_risk=False),
    )
    county.act("township_office", case, "record_criteria", **criteria())
    county.lead(case, "eliminated", DOCKET[14:])

    assert case.state == "eliminated"
    assert case.answers[-1]["case"]["closed_at"] is not None


# The entry, in order


@pytest.mark.parametrize(
    ("state", "role", "next_event"),
    [
        pytest.param("verification", "village_committee", "sign_consent", id="GN-P01 before P02"),
        pytest.param("consent", "village_committee", "conclude_review", id="GN-P02 before P03"),
        pytest.param(
            "village_review", "village_committee", "post_publicity", id="GN-P03 before P04"
        ),
        pytest.param("publicity", "township_office", "approve", id="GN-P04 before P07"),
        pytest.param("county_approval", "county_bureau", "announce", id="GN-P08 before P09"),
        pytest.param(
            "announcement", "village_committee", "notify_household", id="GN-P09 before P10"
        ),
        pytest.param("household_notice", "township_office", "register", id="GN-P10 before P11"),
    ],
)
def test_gn_p01_gn_p02_gn_p03_gn_p04_gn_p09_gn_p10_gn_p11_no_step_comes_before_its_turn(
    county, a_case, state, role, next_event
):
    said = {event: body for _, _, event, body in DOCKET[:12]}

    county.refused(role, a_case(state), next_event, status=409, **said[next_event])


def test_gn_p02_a_promise_is_signed_and_no_fingerprint_is_asked_for(county, a_case):
    case = a_case("consent")

    county.refused(
        "village_committee",
        case,
        "sign_consent",
        "not_confirmed GN-P02",
        **(CONSENT | {"signed": False}),
    )
    county.act("village_committee", case, "sign_consent", **CONSENT)


def test_gn_p05_only_the_village_posts_and_once(county, a_case):
    case = a_case("monitored")

    assert county.history(case).count("post_publicity") == 1
    table = county.policy.monitoring_object.moves()
    assert {(one.source, one.rule.by) for one in table if one.event == "post_publicity"} == {
        ("posting", ("village_committee",)),
        ("elimination_posting", ("village_committee",)),
    }


@pytest.mark.parametrize(
    "remark",
    [
        pytest.param("证件号码 440524188001010014", id="an identity number"),
        pytest.param("电话 19900000000", id="a telephone number"),
        pytest.param("账号 6222 0200 0000 0000 000", id="a bank account"),
        pytest.param("户主患癌症", id="health"),
    ],
)
def test_gn_p06_nothing_sensitive_is_posted(county, a_case, remark):
    refused = county.refused(
        "village_committee", a_case("posting"), "post_publicity", **BOARD, remark=remark
    )

    assert {(b["code"], b["cite"]) for b in refused["blockers"]} == {
        ("personal_data_in_notice", "GN-P06")
    }


def test_gn_p07_gn_p08_the_township_looks_first_and_the_county_decides(county, a_case):
    case = a_case("township_review")

    county.refused("county_bureau", case, "approve", status=403, opinion="同意")
    county.act("township_office", case, "approve", opinion="同意")
    county.refused("township_office", case, "approve", status=403, opinion="同意")
    county.act("county_bureau", case, "approve", opinion="同意")

    assert case.state == "announcement"


def test_gn_p10_a_household_that_is_refused_is_told_why(county, a_case):
    case = a_case("township_review")
    county.act("township_office", case, "refuse", reason="收入已稳定", facts=WELL)

    county.act(
        "village_committee",
        case,
        "explain_refusal",
        means="visit",
        explained_on=CONCLUDED,
        explained_to="张某",
    )

    assert case.state == "not_qualified"


def test_gn_p11_the_national_system_has_room_for_five_risks(county, a_case):
    case = a_case("village_review")
    six = ["illness", "disability", "schooling", "water", "accident", "labour_shortage"]

    county.refused(
        "village_committee",
        case,
        "conclude_review",
        "above_ceiling GN-P11",
        **(REVIEW | {"risk_types": six}),
    )
    county.act("village_committee", case, "conclude_review", **(REVIEW | {"risk_types": six[:5]}))


# Whom it concerns


def test_gn_c01_there_are_three_kinds_of_monitored_household(county):
    kinds = [kind.code for kind in county.policy.lists["object_types"]]

    assert kinds == ["unstable_lifted", "marginal", "sudden_hardship"]


@pytest.mark.parametrize("household", [POOR, WELL], ids=["poor", "well off"])
def test_gn_c02_gn_c03_without_a_line_the_matter_is_left_to_judgement(county, a_case, household):
    case = a_case("village_review")
    said = REVIEW | {"facts": household}

    moved = county.act("village_committee", case, "conclude_review", **said)

    assert moved["transition"]["outcome"]["answer"] == "judgement"


def test_gn_c02_without_a_line_what_is_known_still_speaks_against_a_kind(county, a_case):
    lifted_out = REVIEW["facts"] | {"lifted_out": True}

    county.refused(
        "village_committee",
        a_case("village_review"),
        "conclude_review",
        "object_type_unfit GN-C02",
        **(REVIEW | {"facts": lifted_out}),
    )


def test_gn_c04_nothing_limits_how_many_enter(county, a_case):
    cases = [a_case("planning") for _ in range(3)]

    assert {case.state for case in cases} == {"planning"}
    assert county.policy.monitoring_object.eligibility.no_scale_limit is True


def test_gn_c05_income_is_that_of_the_twelve_whole_months_before(county):
    rule = county.policy.monitoring_object.eligibility.income_period
    assert rule is not None

    assert income_period(rule, date(2021, 6, 17)) == (date(2020, 6, 1), date(2021, 5, 31))


@pytest.mark.parametrize(
    "clue",
    [
        pytest.param({"channel": "self_application", "entry_point": "app"}, id="by app"),
        pytest.param({"channel": "self_application", "entry_point": "hotline"}, id="by hotline"),
        pytest.param({"channel": "cadre_inspection"}, id="cadres' inspection"),
        pytest.param({"channel": "department_warning"}, id="a department's warning"),
        pytest.param({"channel": "public_information"}, id="media and petitions"),
        pytest.param({"channel": "complaint"}, id="a complaint"),
        pytest.param({"channel": "online_list"}, id="an online list"),
        pytest.param({"channel": "campaign"}, id="a campaign's finding"),
    ],
)
def test_gn_c06_a_clue_from_wherever_it_comes_leads_to_a_visit(a_case, clue):
    assert a_case("verification", **clue).state == "verification"


def test_gn_c06_a_source_that_is_not_named_is_refused(county):
    household = county.household("village_committee", "ordinary")

    refused = county.try_open("village_committee", household, channel="rumour")

    assert because(refused) == ["not_listed GN-C06"]


class TestWhereTheProvinceFixedALine:
    """The same guide, with this year's line of this province and of another written in."""

    @pytest.fixture
    def rulebook(self, tmp_path) -> Rulebook:
        lines = ", ".join(
            f'{{ year = 2022, area = "{area}", per_capita_net_yuan = {yuan}, cite = "GN-C02" }}'
            for area, yuan in (("980000000000", 9000), (AREAS["province"], 7000))
        )
        period = 'income_period = "full_months_before"'
        written = f"{period}\nincome_lines = [{lines}]"
        return rewritten(tmp_path, "national-2022", period, written)

    @pytest.mark.parametrize(
        ("household", "kind"),
        [
            pytest.param(
                facts("6999.99", lifted_out=True), "unstable_lifted", id="below, lifted out"
            ),
            pytest.param(facts("6999.99"), "marginal", id="below, never poor"),
            pytest.param(
                facts("7000.00", sudden_hardship=True), "sudden_hardship", id="on the line, sudden"
            ),
            pytest.param(
                facts("8000.00", sudden_hardship=True, lifted_out=True),
                "sudden_hardship",
                id="above, sudden, lifted out",
            ),
        ],
    )
    def test_gn_c02_the_kind_follows_from_the_line_the_past_and_the_event(
        self, county, a_case, household, kind
    ):
        case = a_case("village_review")
        kinds = {"unstable_lifted", "marginal", "sudden_hardship"}

        for other in kinds - {kind}:
            county.refused(
                "village_committee",
                case,
                "conclude_review",
                "object_type_unfit GN-C02",
                **(REVIEW | {"facts": household, "object_type": other}),
            )
        said = REVIEW | {"facts": household, "object_type": kind}
        county.act("village_committee", case, "conclude_review", **said)

    @pytest.mark.parametrize(
        ("changes", "answer"),
        [
            pytest.param({}, "must_include", id="all four speak for it"),
            pytest.param({"able_to_cope": True}, "judgement", id="able to cope"),
            pytest.param({"also": {}}, "judgement", id="nobody asked about a difficulty"),
            pytest.param(
                {"also": {"outstanding_difficulty": False}}, "judgement", id="no difficulty"
            ),
        ],
    )
    def test_gn_c03_income_alone_decides_nothing(self, county, a_case, changes, answer):
        said = REVIEW | {"facts": POOR | changes}

        moved = county.act("village_committee", a_case("village_review"), "conclude_review", **said)

        assert moved["transition"]["outcome"]["answer"] == answer

    def test_gn_c03_expense_that_the_household_paid_itself_counts_against_its_income(
        self, county, a_case
    ):
        ill = POOR | {"income": {"wages": "8000.00", "persons": 1}, "sudden_hardship": True}
        said = REVIEW | {"facts": ill, "object_type": "sudden_hardship"}

        healthy = county.act(
            "village_committee", a_case("village_review"), "conclude_review", **said
        )
        paid = said | {"facts": ill | {"out_of_pocket_expense": "1000.01"}}
        spent = county.act("village_committee", a_case("village_review"), "conclude_review", **paid)

        assert healthy["transition"]["outcome"]["answer"] == "judgement"
        assert spent["transition"]["outcome"]["answer"] == "must_include"

    def test_gn_c03_gn_c04_whoever_meets_all_conditions_is_not_refused_without_reasons(
        self, county, a_case
    ):
        case = a_case("village_review")

        county.refused(
            "village_committee",
            case,
            "refuse",
            "decision_against_facts GN-C03",
            reason="名额已满",
            facts=POOR,
        )

    def test_gn_c03_whoever_meets_none_is_not_taken_in_without_reasons(self, county, a_case):
        case = a_case("village_review")
        said = REVIEW | {"facts": WELL}

        county.refused(
            "village_committee",
            case,
            "conclude_review",
            "object_type_unfit GN-C02",
            "decision_against_facts GN-C03",
            **said,
        )
        reasons = {"officer": "甲书记", "reason": "突遭变故，情况特殊"}
        county.act("village_committee", case, "conclude_review", **said, override=reasons)


# Days: calendar days, not working days


def test_gn_d01_gn_d02_both_clocks_count_every_day(county, a_case):
    found = county.deadlines(a_case("publicity"))

    recognition, publicity = found["recognition"], found["publicity_minimum"]
    assert (recognition["started_on"], recognition["due_on"]) == (FOUND, "2022-07-19")
    assert (publicity["started_on"], publicity["due_on"]) == (POSTED, "2022-07-12")


def test_gn_d01_without_a_day_of_discovery_it_counts_from_the_day_the_clue_came_in(county):
    household = county.household("village_committee", "ordinary")

    case = county.open("village_committee", household)

    assert county.deadlines(case)["recognition"]["due_on"] == "2022-07-20"


@pytest.mark.parametrize(
    ("day", "days_late"),
    [
        pytest.param("2022-07-19", [], id="the fifteenth day"),
        pytest.param("2022-07-20", [1], id="the sixteenth day"),
        pytest.param("2022-08-03", [15], id="a month after the clue"),
    ],
)
def test_gn_d01_normally_fifteen_days_later_is_noted_and_owes_no_reason(
    county, a_case, day, days_late
):
    case = a_case("county_approval")
    county.on(day)

    approved = county.act("county_bureau", case, "approve", opinion="同意")

    assert [late["days"] for late in approved["late"]] == days_late
    assert all(late["soft"] for late in approved["late"])


def test_gn_d02_a_notice_that_was_changed_hangs_five_days_again(county, a_case):
    case = a_case("publicity")
    county.on("2022-07-11")
    county.act("village_committee", case, "repost_publicity", **BOARD)
    county.on("2022-07-16")

    county.refused(
        "village_committee", case, "conclude_publicity", "too_early GN-P04 GN-D02 2022-07-17"
    )


def test_gn_v05_measures_more_than_a_month_after_recognition_are_noted_and_no_more(county, a_case):
    case = a_case("planning")
    assert county.deadlines(case)["measures_within_a_month"]["due_on"] == "2022-08-15"
    county.on("2022-08-17")

    agreed = county.act("township_office", case, "agree_plan", **PLAN)

    assert agreed["late"] == [
        {"rule": "measures_within_a_month", "days": 2, "unit": "calendar_month", "soft": True}
    ]


# Help


def test_gn_h01_gn_h02_a_helper_is_named_and_measures_are_agreed(county, a_case):
    case = a_case("monitored")

    county.refused(
        "township_office",
        case,
        "assign_helper",
        "not_listed GN-H02",
        **(HELPER | {"helper_kind": "contact"}),
    )
    county.act("township_office", case, "assign_helper", **HELPER)
    unknown = [{"number": 1, "kind": "charity", "what": "慰问"}]
    county.refused("township_office", case, "agree_plan", "not_listed GN-H01", measures=unknown)
    county.act("township_office", case, "agree_plan", **PLAN)


# Elimination


@pytest.mark.parametrize("unmet", CRITERIA)
def test_gn_e01_gn_e02_gn_e03_gn_e04_each_condition_must_be_met(county, a_case, unmet):
    county.refused(
        "village_committee",
        a_case("elimination_verification"),
        "record_criteria",
        "criterion_not_met GN-E01 GN-E02 GN-E03 GN-E04",
        **criteria(**{unmet: False}),
    )


@pytest.mark.parametrize("means", ["by_assistance", "natural"])
def test_gn_e03_a_risk_is_gone_through_help_or_by_itself(county, a_case, means):
    case = a_case("elimination_marking")

    county.refused(
        "township_office",
        case,
        "mark_eliminated",
        "not_listed GN-E03",
        marked_on=ELIMINATED,
        means="by_decree",
    )
    county.act("township_office", case, "mark_eliminated", marked_on=ELIMINATED, means=means)


@pytest.mark.parametrize("role", ["village_committee", "township_office"])
def test_gn_e05_village_or_township_goes_to_the_home(county, a_case, role):
    county.act(role, a_case("elimination_verification"), "record_criteria", **criteria())


def test_gn_e06_what_the_village_speaks_against_is_not_posted(county, a_case):
    case = a_case("elimination_review")

    county.refused(
        "village_committee",
        case,
        "conclude_deliberation",
        "opinion_against GN-E06",
        held_on="2023-02-01",
        participants=11,
        opinion="against",
    )


def test_gn_e06_an_objection_is_decided_first_but_no_length_is_stated(county, a_case):
    case = a_case("elimination_publicity")
    county.act("village_committee", case, "object", anonymous=False, statement="仍有困难")
    county.refused("village_committee", case, "conclude_publicity", "objection_open GN-E06")

    county.act("village_committee", case, "reject_objection", objection=1, reason="已核实")
    county.act("village_committee", case, "conclude_publicity")


def test_gn_e07_the_county_approves_and_announces(county, a_case):
    case = a_case("elimination_county")

    county.refused("township_office", case, "approve", status=403, opinion="同意")
    county.act("county_bureau", case, "approve", opinion="同意")
    county.refused("township_office", case, "mark_eliminated", status=409, marked_on="2023-02-06")
    county.act("county_bureau", case, "announce", place="县政府网站")


# Duties


def test_gn_r01_every_level_from_the_province_to_the_township_has_its_office(county):
    held = {role.level for role in county.policy.roles.values() if "GN-R01" in role.cite}

    assert held == {"province", "city", "county", "township"}
