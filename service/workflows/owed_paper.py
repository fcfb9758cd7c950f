"""What a document says of a paper that units owe in a campaign, and what is wrong with that."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from service.codes import Cite, Code
from service.workflows.acts import Rules
from service.workflows.misfits import meant

LEADERS, SEALS, FILES = "leaders", "seals", "attachment_kinds"
ELECTRONIC_COPY = "electronic_copy"


class OwedPaper(Rules):
    """A paper that a unit owes, by a day where the document names one, that day included.

    Every unit on the level of the role `by` owes one, or every one of a list of `departments`;
    the role `to` receives it. It is made of `files` of these kinds, signed by the leaders of
    `signers` and sealed with the `seals`, as far as the document says so.
    """

    code: Code
    zh: str
    en: str
    by: Code
    to: Code
    departments: Code | None = None
    files: tuple[Code, ...] = ()
    signers: tuple[Code, ...] = ()
    seals: tuple[Code, ...] = ()
    electronic_copy: bool = False
    due_on: date | None = None
    cite: Cite


def owed_gaps(
    papers: tuple[OwedPaper, ...],
    roles: Collection[str],
    lists: Mapping[str, Collection[str]],
    events: Collection[str],
) -> Iterator[str]:
    """Yield every gap in what is owed; `events` are those that the document has of such papers."""
    for index, paper in enumerate(papers):
        key = f"campaign.deliverables[{paper.code}]"
        if paper.code in {earlier.code for earlier in papers[:index]}:
            yield f"{key}: {paper.code!r} stands there twice; rename one of them"
        for name, role in (("by", paper.by), ("to", paper.to)):
            if role not in roles:
                yield f"{key}.{name}: {role!r} is not in roles{meant(role, roles)}"
        if paper.departments and paper.departments not in lists:
            yield f"{key}.departments: there is no lists.{paper.departments}"
        yield from _code_gaps(key, paper, lists)
        for name, event in (("signers", "sign_deliverable"), ("seals", "seal_deliverable")):
            if getattr(paper, name) and event not in events:
                yield f"{key}.{name}: nobody can do it; write deliverable.events for {event!r}"


def _code_gaps(key: str, paper: OwedPaper, lists: Mapping[str, Collection[str]]) -> Iterator[str]:
    copies = (ELECTRONIC_COPY,) if paper.electronic_copy else ()
    for name, codes, of in (
        ("signers", paper.signers, LEADERS),
        ("seals", paper.seals, SEALS),
        ("files", paper.files, FILES),
        (ELECTRONIC_COPY, copies, FILES),
    ):
        known = lists.get(of, ())
        yield from (
            f"{key}.{name}: {code!r} is not in lists.{of}{meant(code, known)}"
            for code in codes
            if code not in known
        )
