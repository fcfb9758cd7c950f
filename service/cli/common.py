"""What the commands share: how they fail, where they print, which database they mean."""

from rich.console import Console

from service.config import Settings
from service.store import schema
from service.store.database import Database
from service.workflows.machine import Procedure, Rulebook

out = Console(soft_wrap=True)


class Failed(Exception):
    """A command could not do what it says, for the reason given."""


def the_database() -> Database:
    """Return the installation's database. Raises `Failed` where it is not up to date."""
    database = Database(Settings().url)
    if not database.transact_now(schema.is_current, keep=False):
        raise Failed("The database is not up to date: run `dixian migrate`.")
    return database


def the_procedure(policy_id: str) -> Procedure:
    procedure = Rulebook().newest(policy_id)
    if procedure is None:
        raise Failed(f"There is no policy {policy_id!r}: see `dixian policy list`.")
    return procedure
