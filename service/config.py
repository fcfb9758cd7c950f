"""Settings, read once from the environment (`DIXIAN_…`)."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may choose; everything has a working default for one machine.

    `database_url` is a SQLite file inside `data_dir` unless one is named. PostgreSQL is
    named as `postgresql://user@host/name`; the driver is ours to choose.
    """

    model_config = SettingsConfigDict(env_prefix="DIXIAN_", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    keys_file: Path | None = None
    attachments_dir: Path | None = None
    imports_dir: Path | None = None
    import_processes: Annotated[int, Field(ge=0, le=16)] = 1
    token_hours: Annotated[int, Field(ge=1, le=24)] = 8
    sign_in_failures: Annotated[int, Field(ge=3, le=100)] = 10
    sign_in_window_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    pool_size: Annotated[int, Field(ge=1, le=200)] = 20

    @property
    def url(self) -> str:
        """Return the database's address as it was named, or the embedded default."""
        return self.database_url or f"sqlite:///{self.data_dir / 'dixian.db'}"

    @property
    def keys_path(self) -> Path:
        """Return where the keys lie: a file, never the database."""
        return self.keys_file or self.data_dir / "keys.json"

    @property
    def imports_path(self) -> Path:
        """Return the folder where uploaded workbooks lie, sealed, until their term is over."""
        return self.imports_dir or self.data_dir / "imports"

    @property
    def attachments_path(self) -> Path:
        """Return the folder that holds attachments by their SHA-256."""
        return self.attachments_dir or self.data_dir / "attachments"
