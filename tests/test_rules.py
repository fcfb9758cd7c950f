"""Every rule of procedure, eligibility and time is carried by the policy and proved by a test."""

from pathlib import Path

from service import handbook
from service.workflows.policy import house_rules
from service.workflows.rulebook import Rulebook

TESTS = Path(__file__).parent


def test_every_rule_of_procedure_eligibility_and_time_is_carried_and_proved(
    rulebook: Rulebook,
) -> None:
    for procedure in rulebook:
        assert handbook.unproved(procedure.policy, TESTS) == []


def test_every_house_rule_is_proved() -> None:
    assert set(house_rules()) - set(handbook.proofs_in(TESTS)) == set()


def test_a_rule_without_its_test_is_named(rulebook: Rulebook, tmp_path: Path) -> None:
    policy = rulebook.pinned("taogou-2021@1").policy

    assert "TG-P04" in handbook.unproved(policy, tmp_path)


def test_the_generated_pages_are_current(rulebook: Rulebook) -> None:
    for path, text in handbook.pages(TESTS.parent, rulebook):
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `make docs`"
