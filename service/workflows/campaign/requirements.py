"""What a document may require of a campaign before it starts or is concluded."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from service.blockers import Blocker
from service.codes import Code
from service.workflows.campaign.events import (
    AnnounceCampaign,
    ArchiveCampaign,
    ConcludeCampaign,
    StartCampaign,
)
from service.workflows.campaign.roster import OPEN, Around, Of, Standing
from service.workflows.matter import Matter, Requirement
from service.workflows.requirements import CommonRequirement
from service.workflows.statement import as_number, stated


class _AtTheEnd(Requirement):
    """A requirement on what the campaign has brought about."""

    asked_of = (ConcludeCampaign, ArchiveCampaign)

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        if isinstance(matter.beside, Around):
            yield from self.lacking(matter.beside, matter)

    @abstractmethod
    def lacking(self, around: Around, matter: Matter[Any]) -> Iterator[Blocker]:
        """Yield what is still open."""


class Announced(Requirement):
    """The campaign was announced; a standing duty is announced by the document itself."""

    requirement: Literal["announced"]
    asked_of = (StartCampaign,)

    def missing(self, matter: Matter[Any]) -> Iterator[Blocker]:
        if not matter.dossier.is_standing and matter.dossier.last(AnnounceCampaign) is None:
            yield self._blocker("not_announced")


class Covered(_AtTheEnd):
    """Every household, or every village, of the list is accepted or does not apply."""

    requirement: Literal["covered"]
    of: Of

    def lacking(self, around: Around, matter: Matter[Any]) -> Iterator[Blocker]:
        del matter
        for standing in OPEN:
            if number := around.rows.get((self.of, standing)):
                yield self._blocker("rows_open", need=(self.of, standing), have=number)


class Counted(_AtTheEnd):
    """The number that is stated is that of the list: for a document that has no form for each."""

    requirement: Literal["counted"]
    of: Of
    field: Code

    def looks_at(self) -> Iterator[str]:
        yield self.field

    def lacking(self, around: Around, matter: Matter[Any]) -> Iterator[Blocker]:
        said = as_number(stated(matter.body, self.field))
        due = sum(
            number
            for (of, standing), number in around.rows.items()
            if of == self.of and standing != Standing.NOT_APPLICABLE
        )
        if said is not None and said != due:
            yield self._blocker("count_differs", need=due, have=said)


class PapersAccepted(_AtTheEnd):
    """Every paper that is owed in the campaign was accepted, or its unit released from it."""

    requirement: Literal["papers_accepted"]

    def lacking(self, around: Around, matter: Matter[Any]) -> Iterator[Blocker]:
        del matter
        if around.papers:
            yield self._blocker("papers_open", have=around.papers)


class ProblemsRectified(_AtTheEnd):
    """Every problem that was found in the campaign has been put right."""

    requirement: Literal["problems_rectified"]

    def lacking(self, around: Around, matter: Matter[Any]) -> Iterator[Blocker]:
        del matter
        if around.problems:
            yield self._blocker("problems_open", have=around.problems)


class SpotChecked(_AtTheEnd):
    """Every village of the list was looked at in a supervision of the campaign."""

    requirement: Literal["spot_checked"]

    def lacking(self, around: Around, matter: Matter[Any]) -> Iterator[Blocker]:
        del matter
        if around.unchecked:
            yield self._blocker("villages_unchecked", have=around.unchecked)


class Supervised(_AtTheEnd):
    """A supervision of the campaign had this event: a check was recorded, a circular issued."""

    requirement: Literal["supervised"]
    event: Literal["record_check", "issue_circular"]

    def lacking(self, around: Around, matter: Matter[Any]) -> Iterator[Blocker]:
        del matter
        if self.event not in around.checks:
            yield self._blocker("not_supervised", need=self.event)


AnyRequirement = Annotated[
    CommonRequirement
    | Announced
    | Covered
    | Counted
    | PapersAccepted
    | ProblemsRectified
    | SpotChecked
    | Supervised,
    Field(discriminator="requirement"),
]
