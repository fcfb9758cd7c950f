"""Where a database stands in the history of its tables, and the way up and down it.

Importing this makes every table known to the metadata. A run of migrations is one
transaction: the database ends at the revision asked for, or stays where it was.
"""

import asyncio
import functools
import pkgutil
from importlib import import_module
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import Session

import service
from service import store
from service.store.columns import METADATA

__all__ = ["METADATA", "alembic_config", "current", "downgrade", "head", "is_current", "upgrade"]

MIGRATIONS = Path(service.__file__).resolve().parent.parent / "migrations"

# A table is known once its module was imported. All of them are, so none can be forgotten.
for _module in pkgutil.iter_modules(store.__path__, f"{store.__name__}."):
    import_module(_module.name)


def upgrade(url: str, revision: str = "head") -> None:
    """Bring a database forward. Two processes may try at once: the second finds it done.

    Raises `RuntimeError` inside a running event loop: the migrations start their own.
    """
    _refuse_inside_an_event_loop()
    command.upgrade(alembic_config(url), revision)


def downgrade(url: str, revision: str) -> None:
    """Bring a database back; `base` leaves nothing of ours behind, and none of the data.

    Raises `RuntimeError` inside a running event loop, as `upgrade` does.
    """
    _refuse_inside_an_event_loop()
    command.downgrade(alembic_config(url), revision)


def current(session: Session) -> str | None:
    """Return the revision at which the database stands; None before the first."""
    return MigrationContext.configure(session.connection()).get_current_revision()


@functools.cache
def head() -> str:
    """Return the newest revision this code knows. The scripts are read once."""
    newest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if newest is None:
        raise RuntimeError(f"There are no migrations in {MIGRATIONS}.")
    return newest


def is_current(session: Session) -> bool:
    """Tell whether the tables are those of this code: neither older nor newer."""
    return current(session) == head()


def alembic_config(url: str) -> Config:
    """Return what Alembic's own commands (`check`, `history`) need to work on a database."""
    config = Config(attributes={"url": url})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _refuse_inside_an_event_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("Migrations start an event loop of their own: run them outside of one.")
