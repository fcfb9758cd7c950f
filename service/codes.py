"""A code and its labels: every list the API serves is made of these."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
PolicyId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,47}$")]

ItemCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.]{0,23}$")]
"""The number of an item on a form, as the document numbers it where it does: `1.01`."""

Cite = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9-]+( [A-Z][A-Z0-9-]+)*$")]
"""The ids of the rules that something rests on, with a space between them."""


class Label(BaseModel):
    """The same short text for Chinese and for English readers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zh: str
    en: str

    def filled(self, **facts: object) -> "Label":
        """Return the label with its `{placeholders}` filled from the facts given."""
        return Label(zh=self.zh.format(**facts), en=self.en.format(**facts))


class CodeLabel(Label):
    """One entry of a code list, with the provision that names it where there is one."""

    code: Code
    cite: Cite | None = None
