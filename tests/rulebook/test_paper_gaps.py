"""What is wrong with a document's papers is found before anybody fills them in.

Each case breaks the shipped Taogou file in one place; the gap names that place, and what to write.
"""

import pytest
from papers import GONE
from test_writing_a_policy import PAGE, example

from service.workflows.policy import PolicyError, parse, read

FORM = "checklists.household_survey"
GROUPS = f"{FORM}.groups"
SCHOOL = f"{GROUPS}.compulsory_education"
FIRST = f"{SCHOOL}.items.0"
LEDGER, TABLE = "ledgers.household_problems", "rollups.rectification"
A_GROUP = {
    "code": "work", "zh": "工作", "en": "work", "problem_type": "monitoring",
    "items": [{"code": "1", "zh": "台账", "en": "ledger"}],
}  # fmt: skip
AN_ITEM = {"code": "1", "zh": "台账", "en": "ledger", "of_unit": True}
A_FORM = {
    "code": "village_survey", "zh": "村表", "en": "village form", "filled_for": "village",
    "by": ["village_committee"], "cite": "TG-S02", "groups": [A_GROUP],
}  # fmt: skip
A_COLUMN = {"code": "progress", "zh": "进度", "en": "progress"}
AN_ALIAS = {
    "list": "problem_types",
    "zh": "教育",
    "code": "compulsory_education",
    "cite": "TG-F301",
}
UNDER = {"zh": "整改责任", "en": "responsible"}


def item(**said):
    """Return a change of the first item: other keys beside its code and labels."""
    return {FIRST: {"code": "1.01", "zh": "在学", "en": "in school"} | said}


@pytest.fixture(name="gaps")
def gaps_of_changed_papers(put):
    def gaps(changes):
        with pytest.raises(PolicyError) as refused:
            read(put(**changes))
        return refused.value.gaps

    return gaps


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {"checklists.+": A_FORM | {"code": "household_survey"}},
            "checklists: 'household_survey' stands there twice; keep one",
            id="two checklists of one name",
        ),
        pytest.param(
            {f"{FORM}.by": ["home_helper"]},
            "checklists[household_survey].by: 'home_helper' is not in roles; did you mean"
            " 'household_helper'?",
            id="filled by nobody who is known",
        ),
        pytest.param(
            {f"{FORM}.by": []},
            "checklists[household_survey].by: nobody fills this form; name the roles that do",
            id="a checklist that nobody fills",
        ),
        pytest.param(
            {f"{FORM}.unit_by": []},
            "checklists[household_survey].unit_by: nobody fills '1.03'; name the roles that do",
            id="items of units that nobody fills",
        ),
        pytest.param(
            {"checklists.+": A_FORM | {"filled_for": "household", "unit_by": ["county_bureau"]}},
            "checklists[village_survey].unit_by: no item is of_unit; mark those that are, or leave"
            " unit_by out",
            id="somebody who fills no item",
        ),
        pytest.param(
            {"checklists.+": A_FORM | {"groups": [A_GROUP | {"items": [AN_ITEM]}]}},
            "checklists[village_survey][1].of_unit: the whole form is of a village; leave of_unit"
            " out",
            id="an item of a unit on a unit's form",
        ),
        pytest.param(
            {f"{GROUPS}.basic_medical.code": "compulsory_education"},
            "checklists[household_survey].groups: 'compulsory_education' stands there twice; keep"
            " one",
            id="two groups of one name",
        ),
        pytest.param(
            {f"{GROUPS}.basic_medical.items.0.code": "1.01"},
            "checklists[household_survey].groups.items: '1.01' stands there twice; keep one",
            id="two items of one number, in two groups",
        ),
        pytest.param(
            {f"{FIRST}.code": "①"},
            "…items[①].code: '①' does not fit; write the number of an item, like '1.01' (letters,"
            " digits and .)",
            id="a number that cannot be typed",
        ),
        pytest.param(
            {f"{FIRST}.answer": "tick"},
            "…items[1.01].answer: 'tick' does not fit; write one of: problem, number, choice, text,"
            " yes_no, demand",
            id="an answer that there is not",
        ),
        pytest.param(
            {f"{SCHOOL}.items": []},
            "…items: a list does not fit; write a list [ … ], with at least 1 in it",
            id="a group of nothing",
        ),
        pytest.param(
            {f"{SCHOOL}.problem_type": "basic_medicine"},
            "checklists[household_survey].groups[compulsory_education].problem_type:"
            " 'basic_medicine' is not in lists.problem_types; did you mean 'basic_medical'?",
            id="a type of problem that there is not",
        ),
        pytest.param(
            {f"{SCHOOL}.problem_type": GONE},
            "…items[1.01].problem_type: a problem to be put right needs its type; write"
            " problem_type",
            id="a problem without a type",
        ),
        pytest.param(
            item(asked_of=["ordinry"]),
            "…items[1.01].asked_of: 'ordinry' is not in lists.household_types; did you mean"
            " 'ordinary'?",
            id="a type of household that there is not",
        ),
        pytest.param(
            item(of_unit=True, asked_of=["ordinary"]),
            "…items[1.01].asked_of: this is not asked in homes; leave asked_of out",
            id="households that are asked what no home is",
        ),
        pytest.param(
            item(problem_type="education"),
            "…items[1.01].problem_type: 'education' is not in lists.problem_types; did you mean",
            id="an item's own type that there is not",
        ),
        pytest.param(
            item(answer="number"),
            "…items[1.01].number: a number needs its unit and its rule; write number",
            id="a number without a rule",
        ),
        pytest.param(
            item(answer="number", number={"unit": "percent"}),
            "…items[1.01].number: it says nothing of the number; write above, below or named",
            id="a number with a unit alone",
        ),
        pytest.param(
            item(answer="number", number={"above": 10}),
            "…items[1.01].number.unit: this is missing; write one of: percent, yuan, persons",
            id="a number without a unit",
        ),
        pytest.param(
            item(answer="number", number={"unit": "percent", "above": 10, "named": 10}),
            "…items[1.01].number: named is for a number without a rule; leave named out",
            id="a rule, and no rule",
        ),
        pytest.param(
            item(number={"unit": "percent", "above": 10}),
            "…items[1.01].number: this is answered by 'problem'; write answer = 'number'",
            id="a number that nobody gives",
        ),
        pytest.param(
            item(answer="choice"),
            "…items[1.01].list: a choice needs the list it is made from; name one of lists",
            id="a choice from nothing",
        ),
        pytest.param(
            item(answer="choice", list="risk_tipes"),
            "…items[1.01].list: there is no list 'risk_tipes'; did you mean 'risk_types'?",
            id="a choice from a list that there is not",
        ),
        pytest.param(
            item(answer="text", list="risk_types"),
            "…items[1.01].list: this is answered by 'text'; leave list out",
            id="words with a list",
        ),
        pytest.param(
            item(answer="demand", leads_to="clue"),
            "…items[1.01]: this never finds a problem; leave leads_to and problem_type out",
            id="a wish that leads to something",
        ),
        pytest.param(
            item(leads_to="clue", problem_type="monitoring"),
            "…items[1.01].problem_type: it leads to 'clue'; leave problem_type out",
            id="a clue with a type of problem",
        ),
        pytest.param(
            {f"{FORM}.rules.+": {"code": "signed", "cite": "TG-F205"}},
            "checklists[household_survey].rules: 'signed' stands there twice; keep one",
            id="a rule of filling in, twice",
        ),
        pytest.param(
            {f"{FORM}.rules.+": {"code": "team", "cite": "TG-F205"}},
            "checklists[household_survey].rules[team].number: say how many make a team",
            id="a team of nobody knows how many",
        ),
        pytest.param(
            {f"{FORM}.rules.0.number": 3},
            "checklists[household_survey].rules[signed].number: only a team has a number; leave"
            " number out",
            id="three of something that is no team",
        ),
        pytest.param(
            {f"{FORM}.header.+": {"code": "village", "zh": "村", "en": "village"}},
            "checklists[household_survey].header: 'village' stands there twice; keep one",
            id="a field of the header, twice",
        ),
        pytest.param(
            {"ledgers.area_problems.code": "household_problems"},
            "ledgers: 'household_problems' stands there twice; keep one",
            id="two ledgers of one name",
        ),
        pytest.param(
            {f"{LEDGER}.columns.+": {"code": "result", "zh": "成效", "en": "result"}},
            "ledgers[household_problems].columns: 'result' stands there twice; keep one",
            id="one value in two columns",
        ),
        pytest.param(
            {f"{LEDGER}.columns.5.list": "problem_type"},
            "ledgers[household_problems].columns[problem_type].list: there is no list"
            " 'problem_type'; did you mean 'problem_types'?",
            id="a column of a list that there is not",
        ),
        pytest.param(
            {f"{LEDGER}.columns.+": A_COLUMN | {"under": UNDER}},
            "ledgers[household_problems].columns: the columns under '整改责任' do not stand"
            " together; put them side by side",
            id="a heading that is torn apart",
        ),
        pytest.param(
            {f"{TABLE}.rows.1.of": ["industry"]},
            "rollups[rectification].rows: 'industry' stands there twice; keep one",
            id="a type of problem in two rows",
        ),
        pytest.param(
            {f"{TABLE}.rows.1.of": ["relocating"]},
            "rollups[rectification].rows[1].of: 'relocating' is not in lists.problem_types; did you"
            " mean 'relocation'?",
            id="a row of a type that there is not",
        ),
        pytest.param(
            {f"{TABLE}.rows.1": GONE},
            "rollups[rectification].rows: 'relocation' has no row, so the total would miss it; give"
            " it one",
            id="a type of problem that no row counts",
        ),
        pytest.param(
            {f"{TABLE}.rows.0.zh": GONE, f"{TABLE}.rows.0.en": GONE},
            "rollups[rectification].rows[0]: a heading over several types needs zh and en; write"
            " both",
            id="several types under no heading",
        ),
        pytest.param(
            {f"{TABLE}.rows.1.zh": "搬迁"},
            "rollups[rectification].rows[1]: a heading over several types needs zh and en; write"
            " both",
            id="a heading in one language",
        ),
        pytest.param(
            {f"{TABLE}.sums.0.of": ["rectified", "due_on"]},
            "rollups[rectification].sums[found]: 'due_on' is no column that counts",
            id="a sum with a day in it",
        ),
        pytest.param(
            {"aliases.0.list": "problem_type"},
            "aliases[employment].list: there is no list 'problem_type'; did you mean"
            " 'problem_types'?",
            id="an alias in no list",
        ),
        pytest.param(
            {"aliases.0.code": "employ"},
            "aliases[employ].code: 'employ' is not in lists.problem_types; did you mean"
            " 'employment'?",
            id="an alias of nothing",
        ),
        pytest.param(
            {"aliases.+": AN_ALIAS | {"zh": "基本医疗"}},
            "aliases[compulsory_education].zh: '基本医疗' means something else as well; keep one of"
            " them",
            id="an alias that is another's name",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_paper_is_named_with_its_place(gaps, changes, gap):
    place = "checklists[household_survey].groups[compulsory_education]."
    wanted = gap.replace("…", place, 1)
    found = gaps(changes)

    assert [one for one in found if one.startswith(wanted)], found


def test_an_alias_of_one_name_for_two_things_is_named_at_both(gaps):
    found = gaps({"aliases.+": AN_ALIAS | {"zh": "就业方面"}})

    assert [gap.split(":")[0] for gap in found] == [
        "aliases[employment].zh",
        "aliases[compulsory_education].zh",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"checklists.+": A_FORM}, id="a form of a village"),
        pytest.param(item(answer="number", number={"unit": "yuan", "named": 10}), id="named"),
        pytest.param(item(leads_to="department"), id="a matter of a department"),
        pytest.param({"aliases.+": AN_ALIAS}, id="another alias"),
        pytest.param({f"{LEDGER}.columns.+": A_COLUMN}, id="another column"),
        pytest.param({"aliases": []}, id="no alias"),
    ],
)
def test_what_a_document_may_well_say_is_no_gap(put, changes):
    assert read(put(**changes))


@pytest.mark.parametrize("word", ["checklists", "ledgers", "rollups", "aliases"])
def test_a_document_needs_no_papers(put, word):
    without = {word: [], "campaign.phases.field.forms": []}

    assert getattr(read(put(**without)), word) == ()


def test_the_form_of_the_page_is_read_without_a_gap():
    lists = 'problem_types = [{ code = "medical", zh = "医疗", en = "medical care" }]\n'
    text = example("policy").replace("[lists]\n", f"[lists]\n{lists}") + example("papers")
    rules = '"EX-F01" = { at = "附件1", zh = "表", en = "form" }\n'
    rules += '"EX-F02" = { at = "附件1", zh = "填表", en = "filling in" }\n'
    policy = parse("example-2026.toml", text, example("rules") + rules)

    assert [*policy.checklists[0].items] == ["2.1", "2.2", "2.3"]
    assert all(word in PAGE for word in ("[[ledgers]]", "[[rollups]]", "[[aliases]]"))
