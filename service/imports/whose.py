"""Whose a row of a ledger is: the unit, household, document that its names mean. Raises `Flaw`."""

from sqlmodel import Session, col, select

from service.blockers import Blocker
from service.imports.layout import Means
from service.imports.trying import Flaw
from service.registry import in_force_in
from service.store import register
from service.store.areas import Area, lineage, within
from service.store.campaigns import Campaign
from service.store.cases import Case
from service.store.households import ID_NUMBER, Household
from service.workflows.campaign.events import CONCLUDED, UNDER_WAY
from service.workflows.identity import possible_keys
from service.workflows.paper_forms import code_called
from service.workflows.policy import Policy

VILLAGE, HEAD_NAME, IDENTITY = "village", "head_name", "identity_number"


class Whose:
    """What lies within the area of who imports."""

    def __init__(self, means: Means) -> None:
        self._means, self._session = means, means.session

    def area(self, column: str, name: str) -> Area:
        """Return a unit by its name or code."""
        found = self._session.exec(
            select(Area).where(
                within(Area.code, self._means.actor.area_code),
                (Area.code == name) | (Area.name == name),
            )
        ).all()
        if len(found) != 1:
            code = "village_ambiguous" if found else "village_unknown"
            raise Flaw(column, Blocker(code, (), (name,)))
        return found[0]

    def headed(self, village: str, head_name: str) -> Household:
        """Return the one household of a village whose head has a name."""
        found = self._session.exec(
            select(Household).where(
                Household.area_code == village, Household.head_name == head_name
            )
        ).all()
        if len(found) != 1:
            code = "head_ambiguous" if found else "head_unknown"
            raise Flaw(HEAD_NAME, Blocker(code, (), (head_name or "-",)))
        return found[0]

    def numbered(self, number: str) -> Household:
        """Return the household in which somebody with a number stands."""
        means = self._means
        keys = [means.vault.index(key, ID_NUMBER) for key in possible_keys(number)]
        ids = register.holders(self._session, keys).values()
        mine = register.households(self._session, ids, means.actor.area_code, lock=False)
        if len(mine) != 1:
            raise Flaw(IDENTITY, Blocker("number_unknown"))
        return self._session.get_one(Household, next(iter(mine)))

    def policy(self, area_code: str) -> Policy:
        """Return the document in force in an area."""
        procedure = in_force_in(self._session, self._means.registry, area_code)
        if procedure is None:
            raise Flaw(None, Blocker("no_document_here"))
        return procedure.policy


def listed(policy: Policy, name: str, column: str, said: str) -> str:
    """Return the code of a word of a document's list, or of what papers call it beside."""
    entries = policy.lists.get(name, ())
    if said in {entry.code for entry in entries}:
        return said
    code = code_called(said, name, policy.lists, policy.aliases)
    if code is None:
        known = tuple(entry.zh for entry in entries) or ("-",)
        raise Flaw(column, Blocker("value_not_listed", known, (said,)))
    return code


def campaign_at(session: Session, area: Area) -> Case | None:
    """Return the one campaign that runs in an area; None where it is not the only one."""
    above = [one.code for one in lineage(session, area.code)]
    found = session.exec(
        select(Case)
        .join(Campaign, col(Campaign.case_id) == col(Case.id))
        .where(
            col(Case.area_code).in_(above),
            col(Case.state).in_((UNDER_WAY, CONCLUDED)),
            col(Campaign.programme).is_(None),
        )
    ).all()
    return found[0] if len(found) == 1 else None
