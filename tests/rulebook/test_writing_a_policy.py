"""The page that teaches how to write a policy: its example is a policy, and no key is forgotten."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from service import catalogue
from service.workflows.machine import Procedure
from service.workflows.policy import Policy, read

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "writing-a-policy.md").read_text(encoding="utf-8")
LISTS_WRITTEN_AT_THE_TOP = {"lists", "rules"}


def example(part: str) -> str:
    found = re.search(rf"<!-- example: {part} -->\n```toml\n(.*?)```", PAGE, re.DOTALL)
    assert found, part
    return found[1]


@pytest.fixture(name="policy")
def the_example_of_the_page(tmp_path: Path) -> Policy:
    (tmp_path / "example-2026.toml").write_text(example("policy"), encoding="utf-8")
    (tmp_path / "example-2026.rules.toml").write_text(example("rules"), encoding="utf-8")
    return read(tmp_path / "example-2026.toml")


def test_the_example_of_the_page_is_a_policy_without_a_gap(policy):
    procedure = Procedure(policy)

    assert procedure.states["joint_review"].zh == "县级部门联审"
    assert procedure.targets("joint_review", "approve") == ["county_approval"]
    assert "eliminated" in procedure.states


def test_every_rule_of_the_example_is_cited(policy):
    assert {rule for rule, _ in policy.citations()} >= set(policy.rules)


@pytest.mark.parametrize(
    ("part", "model"), [pytest.param(*one, id=one[0]) for one in catalogue.PARTS]
)
def test_the_page_explains_every_key(part: str, model: type[BaseModel]):
    del part
    told = set(re.findall(r"[a-z_]+", PAGE))

    assert set(model.model_fields) - LISTS_WRITTEN_AT_THE_TOP <= told
