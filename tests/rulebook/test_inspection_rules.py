"""What each document says of its inspection forms: who hands them in, who reviews them.

The states and moves are the service's; a document that lets nobody accept a form has fewer.
"""

import pytest
from papers import GONE

from service.workflows.kinds import Kind
from service.workflows.policy import PolicyError, read
from service.workflows.rulebook import Rulebook

RULEBOOK = Rulebook()
FORMS = "inspection_form"
EVENTS = f"{FORMS}.events"

REVIEWED = """
    submitted  accept_form   accepted
    submitted  return_form   returned
    returned   correct_form  submitted
    submitted  void_form     voided
    returned   void_form     voided
    accepted   void_form     voided
"""
AT_ONCE = "accepted void_form voided"
A_CAP = {"requirement": "daily_cap", "households": 20, "roles": ["helper"], "cite": "TG-S02"}


def rules_of(policy_id):
    newest = RULEBOOK.newest(policy_id)
    return RULEBOOK.pinned(newest.policy.ref, Kind.INSPECTION_FORM)


@pytest.mark.parametrize(
    ("policy_id", "moves", "first"),
    [
        pytest.param("taogou-2021", REVIEWED, "submitted", id="TG: the township reviews"),
        pytest.param("zhanggong-2021", REVIEWED, "submitted", id="ZG: the township reviews"),
        pytest.param("county-2022", AT_ONCE, "accepted", id="XC: nobody reviews"),
        pytest.param("rongan-2022", AT_ONCE, "accepted", id="RA: nobody reviews"),
        pytest.param("shiquan-2020", AT_ONCE, "accepted", id="SQ: nobody reviews"),
    ],
)
def test_a_form_has_these_moves_and_no_others(policy_id, moves, first):
    procedure = rules_of(policy_id)
    written = {tuple(line.split()) for line in moves.strip().splitlines()}

    assert written == {(m.source, m.event, m.target) for m in procedure.moves}
    assert procedure.rules.first_state == first


@pytest.mark.parametrize(
    ("policy_id", "of_household", "code"),
    [
        pytest.param("taogou-2021", True, "household_survey", id="TG: homes"),
        pytest.param("taogou-2021", False, "household_survey", id="TG: its part of units"),
        pytest.param("zhanggong-2021", True, "household_register", id="ZG: annex 1"),
        pytest.param("zhanggong-2021", False, "village_register", id="ZG: annex 2"),
        pytest.param("county-2022", True, "policies_carried_out", id="XC: homes"),
        pytest.param("county-2022", False, "monitoring_and_help", id="XC: villages"),
        pytest.param("rongan-2022", True, "great_round", id="RA: the great round"),
        pytest.param("rongan-2022", False, None, id="RA: nothing of units"),
        pytest.param("shiquan-2020", True, "monthly_inspection", id="SQ: every month"),
    ],
)
def test_one_form_tells_that_a_home_or_a_village_was_inspected(policy_id, of_household, code):
    covering = rules_of(policy_id).rules.covering(of_household=of_household)

    assert (covering.code if covering else None) == code


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {f"{EVENTS}.fill_form.by": ["village_committee"]},
            f"{EVENTS}[fill_form].by: 'resident_team' fills 'household_survey'; name it too",
            id="a filler who may not hand in",
        ),
        pytest.param(
            {f"{FORMS}.clue.channel": "rumour"},
            f"{FORMS}.clue.channel: 'rumour' is not in lists.channels",
            id="a channel that is none",
        ),
        pytest.param(
            {f"{FORMS}.clue.entry_point": "fax"},
            f"{FORMS}.clue.entry_point: 'fax' is not in lists.entry_points",
            id="a way of applying that is none",
        ),
        pytest.param(
            {f"{FORMS}.clue": GONE},
            f"{FORMS}.clue: a checklist leads to the monitoring procedure; say by which channel",
            id="a clue without a channel",
        ),
        pytest.param(
            {f"{FORMS}.departments": "offices"},
            f"{FORMS}.departments: there is no lists.offices",
            id="a list that is none",
        ),
        pytest.param(
            {f"{FORMS}.checklists": []},
            f"{FORMS}.checklists: that stands once, at the top of the file; put it there",
            id="checklists in the wrong place",
        ),
        pytest.param(
            {f"{EVENTS}.return_form.requires": [A_CAP]},
            f"{EVENTS}[2=return_form].requires[0]: 'daily_cap' asks nothing of 'return_form';"
            " it goes with fill_form",
            id="a cap on what is no visit",
        ),
    ],
)
def test_what_a_document_says_of_its_forms_and_of_its_checklists_meets(put, changes, gap):
    with pytest.raises(PolicyError) as refused:
        read(put(**changes))

    assert [one for one in refused.value.gaps if one.startswith(gap)]


def test_without_a_reviewer_the_forms_of_a_document_count_at_once(put):
    events = ("accept_form", "return_form", "correct_form")
    policy = read(put(**{f"{EVENTS}.{event}": GONE for event in events}))

    assert policy.kinds[Kind.INSPECTION_FORM].first_state == "accepted"
