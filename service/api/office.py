"""What one running service is made of, put together once at start."""

from dataclasses import dataclass

from joserfc.jwk import OctKey

from service.clock import Clock
from service.config import Settings
from service.consequences import follow
from service.imports.workers import Workers
from service.registry import Registry
from service.store.attachments import AttachmentStore, FolderStore
from service.store.calendars import Calendars
from service.store.database import Database
from service.store.uploads import Uploads
from service.store.vault import Vault, load_keys
from service.workflows.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Office:
    """The service's parts. There is one in each process, at `app.state.office`."""

    settings: Settings
    database: Database
    registry: Registry
    vault: Vault
    attachments: AttachmentStore
    uploads: Uploads
    workers: Workers
    token_key: OctKey

    @property
    def clock(self) -> Clock:
        return self.registry.clock

    @property
    def rulebook(self) -> Rulebook:
        return self.registry.rulebook


def open_office(settings: Settings, clock: Clock, rulebook: Rulebook) -> Office:
    """Put the parts together. Raises `KeysError` where the keys are missing."""
    database = Database(settings.url, pool_size=settings.pool_size)
    keys = load_keys(settings.keys_path, create=False)
    vault = Vault(keys)
    return Office(
        settings=settings,
        database=database,
        registry=Registry(rulebook.copy(), clock, Calendars(), follow),
        vault=vault,
        token_key=OctKey.import_key(keys.tokens),
        attachments=FolderStore(settings.attachments_path),
        uploads=Uploads(settings.imports_path, vault),
        workers=Workers(settings),
    )
