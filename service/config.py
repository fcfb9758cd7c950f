"""Settings, read once from the environment (`DIXIAN_…`)."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def _split(text: Any) -> Any:  # noqa: ANN401
    return (
        [part.strip() for part in text.split(",") if part.strip()]
        if isinstance(text, str)
        else text
    )


Listed = NoDecode, BeforeValidator(_split)
"""A list in the environment: its parts with commas between them."""

PerMinute = Annotated[int, Field(ge=1, le=6000)]


class Settings(BaseSettings):
    """What an operator may choose; everything has a working default for one machine.

    `database_url` is a SQLite file inside `data_dir` unless one is named. PostgreSQL is
    named as `postgresql://user@host/name`; the driver is ours to choose. What each means:
    docs/operations.md.
    """

    model_config = SettingsConfigDict(env_prefix="DIXIAN_", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    keys_file: Path | None = None
    attachments_dir: Path | None = None
    imports_dir: Path | None = None
    exports_dir: Path | None = None
    import_processes: Annotated[int, Field(ge=0, le=16)] = 1
    token_hours: Annotated[int, Field(ge=1, le=24)] = 8
    sign_in_failures: Annotated[int, Field(ge=3, le=100)] = 10
    sign_in_window_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    retention_years: Annotated[int, Field(ge=1, le=100)] | None = None
    pool_size: Annotated[int, Field(ge=1, le=200)] = 5

    house_ladder: bool = True
    tick_seconds: Annotated[int, Field(ge=1, le=3600)] = 5
    tick_in_server: bool | None = None
    sweep_minutes: Annotated[int, Field(ge=1, le=1440)] = 15

    log_key_file: Path | None = None
    checkpoint_dirs: Annotated[tuple[Path, ...], *Listed] = ()
    checkpoint_seconds: Annotated[int, Field(ge=0, le=3600)] = 60
    witness_url: str = ""
    witness_key: str = ""
    checkpoint_mail: str = ""
    checkpoint_mail_hours: Annotated[int, Field(ge=1, le=168)] = 24

    private_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], *Listed] = ()
    outgoing_ports: Annotated[tuple[int, ...], *Listed] = (443,)
    send_seconds: Annotated[float, Field(gt=0, le=30)] = 15
    sent_at_once: Annotated[int, Field(ge=1, le=500)] = 50
    outbox_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    case_link: str = "/v1/cases/{case_id}/deadlines"
    wecom_per_minute: PerMinute = 20
    dingtalk_per_minute: PerMinute = 20
    feishu_per_minute: PerMinute = 100
    smtp_host: str = ""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    mail_from: str = "dixian@localhost"

    @property
    def url(self) -> str:
        """Return the database's address as it was named, or the embedded default."""
        return self.database_url or f"sqlite:///{self.data_dir / 'dixian.db'}"

    @property
    def ticks_in_server(self) -> bool:
        """Whether a server ticks by itself: unless told, the embedded default does."""
        if self.tick_in_server is None:
            return self.url.startswith("sqlite")
        return self.tick_in_server

    @property
    def keys_path(self) -> Path:
        """Return where the keys lie: a file, never the database."""
        return self.keys_file or self.data_dir / "keys.json"

    @property
    def log_key_path(self) -> Path:
        """Return where the log's own key lies: with whoever sequences it, never in the database."""
        return self.log_key_file or self.data_dir / "log-key.json"

    @property
    def checkpoint_paths(self) -> tuple[Path, ...]:
        """Return the folders that hold checkpoints; they belong outside of this machine."""
        return self.checkpoint_dirs or (self.data_dir / "checkpoints",)

    @property
    def imports_path(self) -> Path:
        """Return the folder where uploaded workbooks lie, sealed, until their term is over."""
        return self.imports_dir or self.data_dir / "imports"

    @property
    def exports_path(self) -> Path:
        """Return the folder where exports of the log lie until their term is over."""
        return self.exports_dir or self.data_dir / "exports"

    @property
    def attachments_path(self) -> Path:
        """Return the folder that holds attachments by their SHA-256."""
        return self.attachments_dir or self.data_dir / "attachments"
