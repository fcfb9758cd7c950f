"""Forms filled in, for the tests of what a document's checklists ask and find."""

from service.workflows.answers import (
    Answer,
    FilledChecklist,
    Filler,
    Finding,
    defects,
    filling_defects,
    findings,
)
from service.workflows.checklist import Checklist, asked
from service.workflows.policy import POLICIES, Policy, read

INSPECTOR = "李某"
DOCUMENTS = {
    ref: read(POLICIES / f"{ref}.toml")
    for ref in ("taogou-2021", "zhanggong-2021", "county-2022", "rongan-2022", "shiquan-2020")
}


class Form:
    """One checklist of a shipped document, to be filled in."""

    def __init__(self, ref: str, code: str) -> None:
        self.policy: Policy = DOCUMENTS[ref]
        self.checklist: Checklist = next(c for c in self.policy.checklists if c.code == code)

    def __repr__(self) -> str:
        return f"{self.policy.ref} {self.checklist.code}"

    def asked(self, household_type: str | None = None) -> list[str]:
        return [item.code for item in asked(self.checklist, household_type)]

    def clean(self, household_type: str | None = None) -> dict[str, dict[str, object]]:
        """Return answers to everything that is asked, without a problem."""
        said = {
            "problem": {"has_problem": False},
            "demand": {"value": False},
            "yes_no": {"value": True},
            "text": {"value": "务工"},
        }
        judged = {"value": 0, "has_problem": False}
        return {
            item.code: said.get(item.answer)
            or ({"value": 0} if item.number and item.number.decides else judged)
            for item in asked(self.checklist, household_type)
        }

    def wrong(self, answers: object, household_type: str | None = None) -> list[tuple[str, ...]]:
        """Return what is wrong with answers: code, what of, provision."""
        found = defects(self.checklist, given(answers), household_type, self.policy.lists)
        return [(one.code, (*one.need, *one.have)[0], one.cite) for one in found]

    def found(self, answers: object, household_type: str | None = None) -> list[Finding]:
        return findings(self.checklist, given(answers), household_type, INSPECTOR)

    def refused(
        self, filled: FilledChecklist, filler: Filler, household_type: str | None = None
    ) -> list[tuple[str, str | None]]:
        """Return why a form as a whole is not taken in: code, provision."""
        lists = self.policy.lists
        found = filling_defects(self.checklist, filled, filler, household_type, lists)
        return [(one.code, one.cite) for one in found]


FORMS = [Form(ref, one.code) for ref, policy in DOCUMENTS.items() for one in policy.checklists]


def given(answers: object) -> tuple[Answer, ...]:
    """Return answers, written as item -> what is said."""
    assert isinstance(answers, dict)
    return tuple(Answer(item=item, **said) for item, said in answers.items())


def ticked(*items: str, text: str | None = "写明的问题") -> dict[str, dict[str, object]]:
    """Return answers that say of some items that there is a problem."""
    return {item: {"has_problem": True, "text": text} for item in items}
