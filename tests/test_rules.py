"""Every rule of every document is carried by its policy and proved by a test named after it."""

from pathlib import Path

from service import handbook
from service.workflows.policy import house_rules
from service.workflows.rulebook import Rulebook

TESTS = Path(__file__).parent


def test_every_rule_of_every_document_is_carried_and_proved(rulebook: Rulebook) -> None:
    unproved = {one.policy.ref: handbook.unproved(one.policy, TESTS) for one in rulebook}

    assert {ref: rules for ref, rules in unproved.items() if rules} == {}


def test_a_rule_that_nothing_carries_is_named_though_a_test_bears_its_name(
    rulebook: Rulebook,
) -> None:
    policy = rulebook.pinned("taogou-2021@1").policy
    lists = {**policy.list_cites, "hazards": "TG-C01"}

    assert handbook.unproved(policy.model_copy(update={"list_cites": lists}), TESTS) == ["TG-C10"]


def test_what_a_document_is_silent_about_is_carried_by_no_key(rulebook: Rulebook) -> None:
    for procedure in rulebook:
        carriers, rules = handbook.carriers_of(procedure.policy), procedure.policy.rules
        assert not [code for code, rule in rules.items() if rule.silence and code in carriers]


def test_every_house_rule_is_proved() -> None:
    assert set(house_rules()) - set(handbook.proofs_in(TESTS)) == set()


def test_a_rule_without_its_test_is_named(rulebook: Rulebook, tmp_path: Path) -> None:
    policy = rulebook.pinned("taogou-2021@1").policy

    assert "TG-P04" in handbook.unproved(policy, tmp_path)


def test_the_generated_pages_are_current(rulebook: Rulebook) -> None:
    for path, text in handbook.pages(TESTS.parent, rulebook):
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `make docs`"
