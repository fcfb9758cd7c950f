"""What each document says of the papers that units owe: who, made of what, signed by whom, by when.

XC 四, ZG 4（二）–（三）, TG 三（四）, RA 二（一）–（二）. What no document says is not asked for.
"""

from datetime import date
from uuid import UUID

import pytest
from papers import GONE, put

from service.workflows.deliverable import (
    AcceptDeliverable,
    DeliverableDossier,
    DeliverableEntry,
    DraftDeliverable,
    OweDeliverable,
    ReturnDeliverable,
    SealDeliverable,
    SignDeliverable,
    SubmitDeliverable,
)
from service.workflows.kinds import Kind
from service.workflows.matter import Matter
from service.workflows.policy import PolicyError, read
from service.workflows.rulebook import Rulebook

RULEBOOK = Rulebook()
DAY = date(2022, 5, 20)
REPORT, TABLE, COPY = UUID(int=1), UUID(int=2), UUID(int=3)
KINDS = {
    REPORT: ("report", "a" * 64),
    TABLE: ("summary_table", "b" * 64),
    COPY: ("electronic_copy", "c" * 64),
}
DRAFTED = ("a" * 64, "b" * 64)

DRAFT = DraftDeliverable(event="draft_deliverable", attachments=(REPORT, TABLE))
SUBMIT = SubmitDeliverable(event="submit_deliverable", attachments=(COPY,))
RETURN = ReturnDeliverable(event="return_deliverable", reason="数据不一致")


def sign(office="party_leader", files=DRAFTED):
    return SignDeliverable(
        event="sign_deliverable", signer="甲书记", office=office, signed_on=DAY, files=files
    )


def seal(seal="party_seal", files=DRAFTED):
    return SealDeliverable(event="seal_deliverable", seal=seal, sealed_on=DAY, files=files)


BOTH = (sign(), sign("government_leader"))
SEALED = (*BOTH, seal(), seal("government_seal"))


def procedure(policy_id):
    newest = RULEBOOK.newest(policy_id)
    return RULEBOOK.pinned(newest.policy.ref, Kind.DELIVERABLE)


def papers(policy_id):
    return {paper.code: paper for paper in procedure(policy_id).policy.campaign.deliverables}


XC = procedure("county-2022")


def owed(paper="township_report_and_table", policy_id="county-2022"):
    said = papers(policy_id)[paper].model_dump(exclude={"code", "zh", "en", "departments"})
    return OweDeliverable(paper=paper, unit="示例乡", **said)


def matter(body, *before, first=None):
    """Return the matter of a paper of which these things were said before, and this one now."""
    dossier = DeliverableDossier()
    for seq, one in enumerate((first or owed(), *before), 1):
        at = Matter(dossier, one, DAY, DAY, evidence_of(one))
        entry = DeliverableEntry(
            seq=seq, round=1, on=DAY, role="-", salt="-", body=one, outcome=XC.rules.outcome(at)
        )
        dossier = dossier.with_entry(entry)
    return Matter(dossier, body, DAY, DAY, evidence_of(body), lists=XC.policy.lists)


def evidence_of(body):
    return {one: KINDS[one] for one in body.attachments} if body else {}


def lacks(state, body, *before, first=None):
    found = XC.blockers(state, body.event, matter(body, *before, first=first))
    return [(blocker.code, blocker.need, blocker.cite) for blocker in found]


# What each document says is owed


@pytest.mark.parametrize(
    ("paper", "departments", "signers", "seals"),
    [
        pytest.param(
            "township_report_and_table",
            None,
            ("party_leader", "government_leader"),
            ("party_seal", "government_seal"),
            id="XC-D01",
        ),
        pytest.param(
            "department_report", "reporting_units", ("unit_leader",), ("unit_seal",), id="XC-D02"
        ),
    ],
)
def test_xc_d01_xc_d02_who_signs_and_seals_and_that_a_copy_comes_with_it(
    paper, departments, signers, seals
):
    said = papers("county-2022")[paper]

    assert (said.departments, said.signers, said.seals) == (departments, signers, seals)
    assert said.electronic_copy
    assert said.due_on == date(2022, 5, 21)
    assert said.to == "county_office"


def test_xc_r04_eight_units_of_the_county_are_named():
    assert len(XC.policy.lists["reporting_units"]) == 8


def test_xc_r03_the_townships_leaders_are_those_of_party_and_government():
    labels = {entry.code: entry.zh for entry in XC.policy.lists["leaders"]}

    assert [labels[one] for one in owed().signers] == ["党委主要领导", "政府主要领导"]


def test_zg_f03_zg_f04_zg_f05_the_village_hands_its_two_lists_and_its_summary_to_the_township():
    said = papers("zhanggong-2021")["village_list_and_summary"]

    assert (said.by, said.to) == ("village_committee", "township_office")
    assert said.files == ("household_problem_list", "village_problem_list", "work_summary")
    assert said.due_on is None


def test_zg_s02_zg_f06_the_township_hands_its_collated_list_to_the_office_by_14_april():
    said = papers("zhanggong-2021")["township_problem_list"]

    assert (said.by, said.to, said.due_on) == (
        "township_office",
        "district_office",
        date(2021, 4, 14),
    )


def test_zg_s05_zg_f09_the_special_report_has_no_day():
    said = papers("zhanggong-2021")["special_report"]

    assert (said.by, said.files, said.due_on) == ("district_office", ("special_report",), None)


def test_tg_d08_report_and_annex_4_are_one_paper():
    said = papers("taogou-2021")["report_and_table"]

    assert (said.by, said.to) == ("township_office", "county_bureau")
    assert said.files == ("report", "summary_table")


def test_tg_s04_the_report_has_four_parts():
    rule = procedure("taogou-2021").rule("owed", "draft_deliverable")

    assert [(field.type, field.required) for field in rule.form_fields] == [("yes_no", True)] * 4


def test_ra_d01_ra_d04_ra_d14_who_owes_the_papers_of_the_first_quarter():
    owing = {one.code: (one.by, one.departments) for one in papers("rongan-2022").values()}

    assert owing == {
        "online_list": ("sector_department", "reporting_departments"),
        "name_list": ("township_office", None),
        "team_members_sent": ("county_task_group", None),
    }


@pytest.mark.parametrize("policy_id", ["zhanggong-2021", "taogou-2021", "rongan-2022"])
def test_tg_d08_zg_s02_ra_d01_where_no_leader_is_named_nothing_is_signed_or_sealed(policy_id):
    said = papers(policy_id).values()

    assert all(not paper.signers and not paper.seals for paper in said)
    assert procedure(policy_id).events_at("drafted") == [
        "draft_deliverable",
        "submit_deliverable",
        "release_deliverable",
    ]


def test_the_papers_of_a_document_that_names_no_seal_go_from_the_draft_to_the_receiver():
    states = procedure("taogou-2021").states

    assert list(states) == ["owed", "drafted", "submitted", "accepted", "released"]


# A draft


def test_xc_d01_report_and_table_are_drafted_together():
    only_the_report = DRAFT.model_copy(update={"attachments": (REPORT,)})

    assert lacks("owed", only_the_report) == [("evidence_missing", ("summary_table",), "XC-D01")]
    assert lacks("owed", DRAFT) == []


def test_dx_51_a_paper_without_a_file_cannot_be_signed_and_so_not_be_drafted():
    nothing = DRAFT.model_copy(update={"attachments": ()})

    assert ("paper_without_file", (), "DX-51") in lacks("owed", nothing)


# Signatures and seals


@pytest.mark.parametrize("office", ["party_leader", "government_leader"])
def test_xc_d01_each_of_the_two_leaders_may_sign(office):
    assert lacks("drafted", sign(office), DRAFT) == []


@pytest.mark.parametrize("office", ["unit_leader", "county_leader"])
def test_xc_d01_nobody_else_s_signature_will_do(office):
    leaders = ("party_leader", "government_leader")

    assert lacks("drafted", sign(office), DRAFT) == [("not_listed", leaders, "XC-D01")]


def test_xc_d02_nobody_else_s_seal_will_do():
    first = owed("department_report")
    draft = DRAFT.model_copy(update={"attachments": (REPORT,)})
    signed = sign("unit_leader", files=("a" * 64,))
    sealed = seal("party_seal", files=("a" * 64,))

    assert lacks("signed", sealed, draft, signed, first=first) == [
        ("not_listed", ("unit_seal",), "XC-D02")
    ]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(("a" * 64,), id="one of the two"),
        pytest.param((*DRAFTED, "d" * 64), id="one more"),
        pytest.param(("a" * 64, "d" * 64), id="another one"),
    ],
)
def test_dx_51_a_signature_names_every_file_of_the_draft_and_no_other(files):
    assert lacks("drafted", sign(files=files), DRAFT) == [("other_file_signed", DRAFTED, "DX-51")]


def test_dx_51_the_order_of_the_files_says_nothing():
    assert lacks("drafted", sign(files=DRAFTED[::-1]), DRAFT) == []


def test_xc_d01_the_seal_is_put_to_what_both_have_signed():
    assert lacks("drafted", seal(), DRAFT) == [
        ("paper_not_signed", ("party_leader", "government_leader"), "XC-D01")
    ]
    assert lacks("signed", seal(), DRAFT, sign()) == [
        ("paper_not_signed", ("government_leader",), "XC-D01")
    ]
    assert lacks("signed", seal(), DRAFT, *BOTH) == []


# The submission


def test_xc_d01_a_paper_is_submitted_signed_sealed_and_with_its_copy():
    assert lacks("sealed", SUBMIT, DRAFT, *SEALED) == []


def test_xc_d01_whoever_submits_too_early_is_told_everything_that_is_missing():
    nothing = SUBMIT.model_copy(update={"attachments": ()})

    assert lacks("drafted", nothing, DRAFT) == [
        ("paper_not_signed", ("party_leader", "government_leader"), "XC-D01"),
        ("paper_not_sealed", ("party_seal", "government_seal"), "XC-D01"),
        ("evidence_missing", ("electronic_copy",), "XC-D01"),
    ]


def test_what_is_missing_is_told_before_anybody_submits():
    found = XC.blockers("drafted", "submit_deliverable", matter(None, DRAFT))

    assert [blocker.code for blocker in found] == ["paper_not_signed", "paper_not_sealed"]


@pytest.mark.parametrize(
    "since",
    [
        pytest.param((DRAFT,), id="drafted anew"),
        pytest.param((SUBMIT, RETURN), id="returned"),
        pytest.param((SUBMIT, RETURN, DRAFT), id="returned and drafted anew"),
    ],
)
def test_dx_51_what_was_signed_and_sealed_before_does_not_count(since):
    found = [code for code, *_ in lacks("drafted", SUBMIT, DRAFT, *SEALED, *since)]

    assert found == ["paper_not_signed", "paper_not_sealed"]


def test_dx_51_signed_and_sealed_anew_a_returned_paper_is_submitted_again():
    assert lacks("sealed", SUBMIT, DRAFT, *SEALED, SUBMIT, RETURN, *SEALED) == []


# Whose act it is


@pytest.mark.parametrize(
    ("event", "role"),
    [
        ("draft_deliverable", "township_office"),
        ("sign_deliverable", "township_office"),
        ("seal_deliverable", "township_office"),
        ("submit_deliverable", "township_office"),
    ],
)
def test_xc_r03_only_the_township_acts_on_the_township_s_paper(event, role):
    assert XC.actors("drafted", event, matter(None).dossier) == (role,)


def test_xc_r02_what_was_submitted_waits_for_the_office():
    dossier = matter(None).dossier

    assert XC.holder("owed", dossier) == "township_office"
    assert XC.holder("submitted", dossier) == "county_office"
    assert XC.actors("submitted", "accept_deliverable", dossier) == ("county_office",)


def test_xc_r04_a_department_s_paper_waits_for_the_department():
    assert XC.holder("owed", matter(None, first=owed("department_report")).dossier) == "sector_unit"


def test_zg_r03_a_township_accepts_its_villages_papers_and_the_office_the_township_s():
    zhanggong = procedure("zhanggong-2021")

    def accepts(paper):
        dossier = matter(None, first=owed(paper, "zhanggong-2021")).dossier
        return zhanggong.actors("submitted", "accept_deliverable", dossier)

    assert accepts("village_list_and_summary") == ("township_office",)
    assert accepts("township_problem_list") == ("district_office",)
    assert accepts("special_report") == ("district_office",)


def test_an_accepted_paper_waits_for_nobody():
    accepted = matter(None, DRAFT, *SEALED, SUBMIT, AcceptDeliverable(event="accept_deliverable"))

    assert XC.holder("accepted", accepted.dossier) is None


# Gaps in a file


@pytest.mark.parametrize(
    ("key", "value", "gap"),
    [
        pytest.param("by", "town", "by: 'town' is not in roles", id="who owes"),
        pytest.param("to", "town", "to: 'town' is not in roles", id="who receives"),
        pytest.param("departments", "bureaus", "there is no lists.bureaus", id="departments"),
        pytest.param("files", ["essay"], "'essay' is not in lists.attachment_kinds", id="files"),
        pytest.param("signers", ["mayor"], "'mayor' is not in lists.leaders", id="signers"),
        pytest.param("seals", ["red"], "'red' is not in lists.seals", id="seals"),
        pytest.param(
            "electronic_copy", True, "'electronic_copy' is not in lists.attachment_kinds", id="copy"
        ),
        pytest.param("signers", ["mayor"], "events for 'sign_deliverable'", id="nobody signs"),
        pytest.param("seals", ["red"], "events for 'seal_deliverable'", id="nobody seals"),
    ],
)
def test_a_paper_that_names_what_is_not_there_is_a_gap(tmp_path, key, value, gap):
    path = put(tmp_path, **{f"campaign.deliverables.report_and_table.{key}": value})

    with pytest.raises(PolicyError) as problem:
        read(path)

    assert any(gap in one and "report_and_table" in one for one in problem.value.gaps)


def test_two_papers_of_one_code_are_a_gap(tmp_path):
    path = put(
        tmp_path,
        **{
            "campaign.deliverables.+": {
                "code": "report_and_table",
                "zh": "另一份",
                "en": "another",
                "by": "township_office",
                "to": "county_bureau",
                "cite": "TG-D08",
            }
        },
    )

    with pytest.raises(PolicyError, match="stands there twice"):
        read(path)


def test_a_document_without_papers_needs_no_word_on_them(tmp_path):
    read(put(tmp_path, deliverable=GONE))
