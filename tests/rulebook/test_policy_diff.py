"""What a version says otherwise than another: by key, in words, whole and in the file's order.

Each case changes one passage of the Taogou document, as a county's office would.
"""

from pathlib import Path

import pytest

from service.workflows.diff import Difference, differences
from service.workflows.machine import Procedure
from service.workflows.policy import POLICIES, parse
from service.workflows.rulebook import Rulebook

TEXT = (POLICIES / "taogou-2021.toml").read_text(encoding="utf-8")
CATALOGUE = (POLICIES / "taogou-2021.rules.toml").read_text(encoding="utf-8")

Passage = tuple[str, str]


def changed(*passages: Passage) -> list[Difference]:
    """Return how the document differs from one with some passages written otherwise."""
    text = TEXT.replace("version = 1\n", "version = 2\n", 1)
    for old, new in passages:
        assert old in text, old
        text = text.replace(old, new, 1)
    old, new = parse("old", TEXT, CATALOGUE), parse("new", text, CATALOGUE)
    return differences(Procedure(old), Procedure(new))


def test_two_readings_of_one_document_differ_in_nothing():
    assert changed() == []


@pytest.mark.parametrize(
    ("passage", "key", "change", "zh", "en"),
    [
        pytest.param(
            ('unit = "working_day"\namount = 5', 'unit = "working_day"\namount = 7'),
            "monitoring_object.time_limits[publicity_minimum].amount",
            "changed",
            "时限 / 村内公示不少于5个工作日 / 长度：5 → 7",
            "time limit / publicity of at least 5 working days / length: 5 → 7",
            id="a limit is longer",
        ),
        pytest.param(
            ('unit = "working_day"\namount = 5', 'unit = "calendar_day"\namount = 5'),
            "monitoring_object.time_limits[publicity_minimum].unit",
            "changed",
            "时限 / 村内公示不少于5个工作日 / 单位：工作日 → 天",
            "time limit / publicity of at least 5 working days / unit: working day → calendar day",
            id="a limit is of another unit",
        ),
        pytest.param(
            (
                'by = ["township_office"]\ncite = "TG-P07"',
                'by = ["county_bureau"]\ncite = "TG-P07"',
            ),
            "monitoring_object.stages.township_review.by",
            "changed",
            "环节 / 乡镇审核 / 办理人：增加 区乡村振兴部门；减少 乡党委、政府",
            "stage / township review / who:"
            " added: district revitalisation bureau; removed: township office",
            id="somebody else acts",
        ),
        pytest.param(
            ('requires = [{ requirement = "no_open_objection", cite = "TG-E03" }]', ""),
            "monitoring_object.stages.elimination_publicity.requires[no_open_objection]",
            "removed",
            "环节 / 消除公示 / 办理条件 / no_open_objection：取消",
            "stage / elimination: publicity / requirement / no_open_objection: removed",
            id="a requirement is gone",
        ),
        pytest.param(
            (
                '  { code = "app", ',
                '  { code = "letter", zh = "信函", en = "letter" },\n  { code = "app", ',
            ),
            "lists.entry_points[letter]",
            "added",
            "代码表 / entry_points / 信函：新增",
            "list / entry_points / letter: added",
            id="a list has one more",
        ),
        pytest.param(
            ("version = 2\n", "version = 2\nin_force_from = 2021-07-01\n"),
            "in_force_from",
            "added",
            "施行日：新增 2021-07-01",
            "in force from: added: 2021-07-01",
            id="it begins on a day",
        ),
    ],
)
def test_a_difference_is_told_by_its_key_and_in_words(passage, key, change, zh, en):
    (found,) = changed(passage)

    assert (found.key, found.change, found.label.zh, found.label.en) == (key, change, zh, en)


OWN_STAGE = """[monitoring_object.stages.county_check]
form = "approval"
zh = "县级核查"
en = "county check"
by = ["county_bureau"]
cite = "TG-P08"

[monitoring_object.stages.county_filing]"""


def routes(*passages: Passage) -> set[tuple[str, str, str, str]]:
    """Return what differs in the routes: key, change, and both sentences."""
    return {
        (one.key, one.change, one.label.zh, one.label.en)
        for one in changed(*passages)
        if one.key.startswith("monitoring_object.entry")
    }


def test_a_stage_that_is_new_is_told_with_its_place():
    own = ("[monitoring_object.stages.county_filing]", OWN_STAGE)

    assert routes(own, ('  "county_filing",\n', '  "county_check",\n  "county_filing",\n')) == {
        (
            "monitoring_object.entry[county_check]",
            "added",
            "纳入程序 / 县级核查：新增，在“乡镇审核”之后",
            "entry route / county check: added after “township review”",
        )
    }
    assert routes(own, ('  "consent",\n', '  "county_check",\n  "consent",\n')) == {
        (
            "monitoring_object.entry[county_check]",
            "added",
            "纳入程序 / 县级核查：新增，在最前",
            "entry route / county check: added at the beginning",
        )
    }


def test_a_stage_that_is_elsewhere_is_told_and_the_others_are_not():
    order = '  "county_filing",\n  "announcement",\n', '  "announcement",\n  "county_filing",\n'

    assert routes(order) == {
        (
            "monitoring_object.entry[announcement]",
            "moved",
            "纳入程序 / 待公告：移到“乡镇审核”之后",
            "entry route / to be announced: moved after “township review”",
        )
    }


def test_a_stage_that_is_gone_is_told():
    gone = "[monitoring_object.stages.group_deliberation]"
    following = "[monitoring_object.stages.village_review]"
    table = TEXT[TEXT.index(gone) : TEXT.index(following)]
    elsewhere = [('"group_deliberation", ', "")] * 2

    assert routes(('  "group_deliberation",\n', ""), (table, ""), *elsewhere) == {
        (
            "monitoring_object.entry[group_deliberation]",
            "removed",
            "纳入程序 / 村民小组评议：取消",
            "entry route / group deliberation: removed",
        )
    }


def test_a_difference_keeps_what_was_said_and_what_is_said():
    (found,) = changed(('unit = "working_day"\namount = 5', 'unit = "working_day"\namount = 7'))

    assert (found.old, found.new) == (5, 7)


def test_of_two_rules_for_one_event_the_one_that_changed_is_named():
    (found,) = changed(
        (
            'at = ["elimination_publicity"]\nby = ["village_committee"]\ncite = "TG-E03"',
            'at = ["elimination_publicity"]\nby = ["township_office"]\ncite = "TG-E03"',
        )
    )

    assert found.key == "monitoring_object.events[reject_objection elimination_publicity].by"


def test_entries_in_another_order_say_the_same_but_where_the_first_that_holds_counts():
    def swapped(first: str, second: str) -> Passage:
        return f"{first}\n{second}", f"{second}\n{first}"

    lines = TEXT.splitlines()
    groups = next(at for at, line in enumerate(lines) if line == "groups = [")
    assert changed(swapped(lines[groups + 1], lines[groups + 2])) == []

    text = TEXT.replace("version = 1\n", "version = 2\n", 1)
    old = parse("old", TEXT, CATALOGUE)
    outcomes = old.monitoring_object.eligibility.outcomes
    assert len(outcomes) >= 2
    eligibility = old.monitoring_object.eligibility.model_copy(update={"outcomes": outcomes[::-1]})
    rules = old.monitoring_object.model_copy(update={"eligibility": eligibility})
    new = parse("new", text, CATALOGUE).model_copy(update={"monitoring_object": rules})
    (found,) = differences(Procedure(old), Procedure(new))
    assert (found.key, found.change) == ("monitoring_object.eligibility.outcomes", "changed")


@pytest.mark.parametrize("file", sorted(POLICIES.glob("*-20??.toml")), ids=lambda path: path.stem)
def test_every_shipped_document_can_be_held_against_every_other(file: Path):
    mine = Rulebook().newest(file.stem)
    for other in Rulebook():
        found = differences(mine, other)
        assert (found == []) == (other.policy.id == file.stem)
        assert all(one.key and one.label.zh and one.label.en for one in found)
        assert len({one.key for one in found}) == len(found)
