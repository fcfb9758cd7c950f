"""The county's full inspection of May 2022, as one story: to 21 May, a Saturday, and no longer.

XC: every household of every village, whoever inspects signs and answers for it; what is found is
put right at once; the county comes unannounced; townships and departments hand in what their
leaders have signed and sealed, on paper and as an electronic copy, by 21 May.
"""

from typing import Any

from county import AREAS, Matter
from problems import CREATED, VERIFIED
from story import FIRST_TOWN, FIRST_VILLAGE, Story, holder, town_of
from unit_papers import imprint, signature

OFFICE, TOWN, UNIT, COMPARING = (
    "county_office",
    "township_office",
    "sector_unit",
    "comparing_department",
)
VILLAGE, TEAM = "village_committee", "resident_team"
OF_A_VILLAGE, OF_A_HOME, OF_A_DEPARTMENT = (
    "monitoring_and_help",
    "policies_carried_out",
    "department_screening",
)
DEPARTMENTS = 7
"""XC-R05: who compares data; eight others report (XC-R04)."""

DAYS = {"title": "脱贫攻坚成果大排查", "first_day": "2022-05-05", "last_day": "2022-05-31"}
CRACKED, LEAKING, UNINFORMED, LATE_REFUND, UNANSWERED = (
    "房屋鉴定为D级",
    "水管漏水，已换",
    "评估结果未反馈农户",
    "住院报销拖延",
    "申报诉求未上户核实",
)
CONCLUSION: dict[str, Any] = {"summary": "全面排查已完成", "form": {"nothing_hidden": True}}
TWO_PAPERS = ("township_report_and_table", "department_report")


def test_xc_the_full_inspection_of_may_2022_to_the_end_of_the_21st(under):
    story = Story(under("county-2022"), OFFICE, towns=2, villages=2)

    nobody_goes_out_untrained(story)
    every_household_of_every_village_is_inspected(story)
    departments_look_at_their_own_screening(story)
    the_public_complains_and_the_county_comes_unannounced(story)
    what_was_found_is_put_right_at_once(story)
    leaders_sign_and_units_seal(story)
    to_midnight_of_saturday_a_paper_is_in_time(story)
    the_inspection_is_concluded(story)


# -- the start


def nobody_goes_out_untrained(story: Story) -> None:
    """XC-X02: first the training; XC-C01: all villages, all households, of whatever kind."""
    story.on("2022-05-05")
    for village, kind in zip(story.villages, KINDS, strict=True):
        story.home(village, village, kind)
    story.draft(**DAYS)
    story.act("announce_campaign", announced_on="2022-05-05")

    story.act_refused("start_campaign", "not_confirmed XC-X02", form={"trained": False})
    story.act("start_campaign", form={"trained": True})

    assert story.tally() == {"expected": 2 * len(story.villages)}
    owed = story.papers.listed(campaign=story.campaign.id)
    assert [(one["paper"], one["due_on"]) for one in owed] == [
        *[(TWO_PAPERS[0], "2022-05-21")] * 2,
        *[(TWO_PAPERS[1], "2022-05-21")] * 8,
    ]


KINDS = ("lifted_out", "marginal", "ordinary", "ordinary")


# -- the inspection


def every_household_of_every_village_is_inspected(story: Story) -> None:
    """XC-C02, XC-X01: none is left out, and every finding bears the name of who signed it."""
    story.on("2022-05-10")
    unsigned = story.form(TEAM, OF_A_HOME, FIRST_VILLAGE, signed=False)
    story.refused(TEAM, unsigned, "form_not_signed XC-X01")
    first, second, third, fourth = story.villages
    for village, problems in (
        (first, {"2.3a": {"value": "grade_d", "text": CRACKED}}),
        (second, {"2.4a": {"text": LEAKING, "fixed_on_spot": True}}),
        (third, {}),
    ):
        story.file(holder(TEAM, village), OF_A_HOME, village, problems=problems)
    for village, problems in ((first, {"1.4d": UNINFORMED}), (second, {}), (third, {})):
        story.file(holder(VILLAGE, village), OF_A_VILLAGE, area_code=village, problems=problems)

    assert {one["found_by"] for one in story.findings()} == {"示例某"}
    story.act_refused(
        "conclude_campaign",
        "rows_open XC-C02",
        "papers_open XC-D01 XC-D02",
        **CONCLUSION,
    )
    story.file(holder(TEAM, fourth), OF_A_HOME, fourth)
    story.file(holder(VILLAGE, fourth), OF_A_VILLAGE, area_code=fourth)
    assert story.tally() == {"accepted": 2 * len(story.villages)}


def departments_look_at_their_own_screening(story: Story) -> None:
    """XC-K15, XC-R05: each department that compares data fills in its own form, and no other."""
    form = story.form(COMPARING, OF_A_DEPARTMENT, area_code=AREAS["county"])
    for entry in story.policy.lists["departments"]:
        own = form | {"department": entry.code}
        assert story.try_file(COMPARING, own).status_code == CREATED
        story.refused(COMPARING, own, "form_there_already DX-31")

    assert len(story.policy.lists["departments"]) == DEPARTMENTS


def the_public_complains_and_the_county_comes_unannounced(story: Story) -> None:
    """XC-X03: complaints are a way in; XC-X06: what the county sees is told to its leadership."""
    story.on("2022-05-16")
    complaint = {
        "scope": "household",
        "household_id": story.homes[story.villages[2]],
        "campaign_id": story.campaign.id,
        "problem_type": "health",
        "content": LATE_REFUND,
        "source": "complaint",
        "found_on": "2022-05-16",
        "found_by": "示例乡干",
    }
    town = holder(TOWN, town_of(story.villages[2]))
    assert story.county.post(town, "/v1/remediation-items", complaint).status_code == CREATED
    case = story.supervisions.plan("unannounced", FIRST_VILLAGE, campaign_id=story.campaign.id)
    found = {"problem_type": "visits", "content": UNANSWERED}
    story.supervisions.check(case, FIRST_VILLAGE, found)
    told = {"told_to_the_leadership": True, "told_on": "2022-05-16"}
    story.county.refused(
        OFFICE,
        case,
        "conclude_supervision",
        "not_confirmed XC-X06",
        summary="暗访已完成",
        form=told | {"told_to_the_leadership": False},
    )
    story.county.act(OFFICE, case, "conclude_supervision", summary="暗访已完成", form=told)

    assert {one["content"]: one["source"] for one in story.items()} == {
        CRACKED: "form",
        LEAKING: "form",
        UNINFORMED: "form",
        LATE_REFUND: "complaint",
        UNANSWERED: "covert_inspection",
    }


def what_was_found_is_put_right_at_once(story: Story) -> None:
    """XC-X04, XC-X05: no lists are asked for; somebody else looks all the same (DX-41)."""
    story.on("2022-05-18")
    strike_off(story, story.item(LEAKING))
    item = story.item(UNINFORMED)
    story.county.act(VILLAGE, item, "start_remediation")
    evidence = story.county.attach(VILLAGE, "rectification_evidence")
    done = {"effect": "已逐户反馈"}
    story.county.refused(VILLAGE, item, "submit_remediation", "evidence_missing DX-42", **done)
    story.county.act(VILLAGE, item, "submit_remediation", attachments=[evidence], **done)
    himself = story.county.refused(
        VILLAGE, item, "verify_remediation", status=403, **VERIFIED | {"verified_on": "2022-05-18"}
    )
    assert himself["code"] == "not_your_role"
    strike_off(story, item)

    assert story.standings() == {"rectified": 2, "in_progress": 3}


def strike_off(story: Story, item: Matter) -> None:
    seen = VERIFIED | {"verified_on": story.county.today}
    story.county.act(TOWN, item, "verify_remediation", **seen)
    story.county.act(TOWN, item, "strike_off")


# -- 21 May


def leaders_sign_and_units_seal(story: Story) -> None:
    """XC-D01: both leaders sign, both seals, with an electronic copy; nothing else will do."""
    story.on("2022-05-20")
    papers, paper = story.papers, story.papers.of(TWO_PAPERS[0], FIRST_TOWN)
    files = papers.draft(paper, TOWN)
    unsigned = ("paper_not_signed XC-D01", "paper_not_sealed XC-D01", "evidence_missing XC-D01")
    story.county.refused(TOWN, paper, "submit_deliverable", *unsigned)
    story.county.refused(
        TOWN,
        paper,
        "sign_deliverable",
        "not_listed XC-D01",
        **signature(papers, "unit_leader", files),
    )
    for office in ("party_leader", "government_leader"):
        story.county.act(TOWN, paper, "sign_deliverable", **signature(papers, office, files))
    for seal in ("party_seal", "government_seal"):
        story.county.act(TOWN, paper, "seal_deliverable", **imprint(papers, seal, files))
    story.county.refused(TOWN, paper, "submit_deliverable", unsigned[2])

    assert papers.submit(paper, TOWN)["late"] == []
    story.county.act(OFFICE, paper, "accept_deliverable")


def to_midnight_of_saturday_a_paper_is_in_time(story: Story) -> None:
    """XC-D01, XC-D02: 21 May 2022 is a Saturday and stays; at midnight one report is late."""
    papers = story.papers
    in_time, late = story.towns[1], papers.of(TWO_PAPERS[1], AREAS["county"], "water_bureau")
    town, paper = holder(TOWN, in_time), papers.of(TWO_PAPERS[0], in_time)
    for case, role in ((paper, town), (late, UNIT)):
        papers.complete(case, role)
    story.on("2022-05-21", 23)
    assert papers.submit(paper, town)["late"] == []
    story.county.act(OFFICE, paper, "accept_deliverable")
    for one in papers.listed(paper=TWO_PAPERS[1]):
        case = papers.case(one)
        if case.id != late.id:
            papers.complete(case, UNIT)
            papers.submit(case, UNIT)
            story.county.act(OFFICE, case, "accept_deliverable")
    assert papers.listed(overdue=True) == []

    story.on("2022-05-22", 0)

    assert [one["department"]["zh"] for one in papers.listed(overdue=True)] == ["县水利局"]
    story.county.refused(
        UNIT, late, "submit_deliverable", "late_reason_missing DX-04", **papers.copied(late, UNIT)
    )
    [stamp] = papers.submit(late, UNIT, reason="负责人出差")["late"]
    assert (stamp["rule"], stamp["days"]) == ("paper_due", 1)


# -- the end


def the_inspection_is_concluded(story: Story) -> None:
    """XC-X05: nothing hidden; the summary has each head's problems, and they add up."""
    story.on("2022-05-31")
    story.act_refused("conclude_campaign", "papers_open XC-D01 XC-D02", **CONCLUSION)
    late = story.papers.of(TWO_PAPERS[1], AREAS["county"], "water_bureau")
    story.county.act(OFFICE, late, "accept_deliverable")
    story.act_refused(
        "conclude_campaign",
        "not_confirmed XC-X05",
        summary="已完成",
        form={"nothing_hidden": False},
    )
    summary = story.rollup(OFFICE, "inspection_summary")
    assert {row: own["found"] for row, own in summary.items() if own["found"]} == {
        "干部走访摸排": 2,
        "基本医疗保障": 1,
        "住房安全保障": 1,
        "饮水安全保障": 1,
        "total": 5,
    }
    assert summary["total"] == {"found": 5, "rectified": 2, "in_progress": 3}

    story.act("conclude_campaign", **CONCLUSION)
    story.act("archive_campaign")

    story.nothing_impossible()
