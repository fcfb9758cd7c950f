"""What the commands share: how they fail, where they print, which database they mean."""

from pathlib import Path

from rich.console import Console
from sqlalchemy import make_url

from service.config import Settings
from service.store import schema
from service.store.database import Database
from service.store.policies import take_in
from service.workflows.machine import Procedure
from service.workflows.rulebook import Rulebook

out = Console(soft_wrap=True)


class Failed(Exception):
    """A command could not do what it says, for the reason given."""


def the_database() -> Database:
    """Return the installation's database. Raises `Failed` where it is not up to date."""
    database = Database(Settings().url)
    if not database.transact_now(schema.is_current, keep=False):
        raise Failed("The database is not up to date: run `dixian migrate`.")
    return database


def the_rulebook() -> Rulebook:
    """Return the documents that came as files and, where there is a database, those published."""
    rulebook, url = Rulebook(), make_url(Settings().url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return rulebook  # asking must not make a database
    the_database().transact_now(lambda session: take_in(session, rulebook), keep=False)
    return rulebook


def the_procedure(name: str) -> Procedure:
    """Return a version by `id@version`; by the id alone the newest."""
    rulebook = the_rulebook()
    procedure = rulebook.pinned(name) if name in rulebook else rulebook.newest(name)
    if procedure is None:
        raise Failed(f"There is no policy {name!r}: see `dixian policy list`.")
    return procedure
