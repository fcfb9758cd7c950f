"""The log kept by a running service: its key, who holds its checkpoints, one round of it."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import aiosmtplib
import httpx

from service.audit import keeping
from service.audit.dixian_verify import Checkpoint, Key
from service.audit.holders import Folder, Holder, Holds, Refused, countersigned
from service.audit.signer import Signer
from service.clock import Clock
from service.config import Settings
from service.notices.channels.way import limits_of
from service.notices.outgoing import AddressRefused, Outgoing, Reply
from service.store.database import Database

CONFLICT = 409


async def keep_log(settings: Settings, database: Database, clock: Clock) -> keeping.Ticked:
    """Do one round of keeping the log.

    Raises `LogKeyError` without the log's key, `RolledBack` where the log is not what was signed.
    """
    signer = Signer(settings.log_key_path)
    return await keeping.tick(database, signer, list(holders_of(settings)), clock)


def holders_of(settings: Settings) -> Iterator[Holder]:
    """Yield who holds checkpoints, as the operator says."""
    pause = timedelta(seconds=settings.checkpoint_seconds)
    yield from (Folder(path, pause) for path in settings.checkpoint_paths)
    if settings.witness_url:
        yield Witness(settings, Key.of(settings.witness_key), pause)
    if settings.checkpoint_mail:
        yield Mailbox(settings)


@dataclass(frozen=True, slots=True)
class Witness:
    """A C2SP tlog-witness: it checks that the log only grew, and signs that with its time."""

    settings: Settings
    key: Key
    pause: timedelta = timedelta(0)

    @property
    def name(self) -> str:
        return f"witness {self.key.name}"

    async def take(self, checkpoint: Checkpoint, held: int, proof: list[bytes]) -> dict[str, str]:
        hashes = "".join(f"{b64encode(one).decode()}\n" for one in proof)
        reply = await self._post(f"old {held}\n{hashes}\n{checkpoint.note}".encode())
        told = reply.body.decode("utf-8", "replace")
        if reply.status == CONFLICT and told.strip().isdecimal():
            raise Holds(int(told))
        if reply.status != httpx.codes.OK:
            raise Refused(f"it answered {reply.status}: {told[:200]}")
        return {self.key.name: countersigned(checkpoint, told, self.key)}

    async def _post(self, content: bytes) -> Reply:
        url = f"{self.settings.witness_url.rstrip('/')}/add-checkpoint"
        limits, seconds = limits_of(self.settings), self.settings.send_seconds
        try:
            async with Outgoing(limits, seconds=seconds) as outgoing:
                return await outgoing.post(url, content, {"Content-Type": "text/plain"})
        except (AddressRefused, httpx.HTTPError, OSError) as problem:
            raise Refused(str(problem) or type(problem).__name__) from problem


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The auditor's mailbox: a letter with the checkpoint, at most one in so many hours."""

    settings: Settings

    @property
    def name(self) -> str:
        return f"mailbox {self.settings.checkpoint_mail}"

    @property
    def pause(self) -> timedelta:
        return timedelta(hours=self.settings.checkpoint_mail_hours)

    async def take(self, checkpoint: Checkpoint, held: int, proof: list[bytes]) -> dict[str, str]:
        del held, proof
        settings = self.settings
        try:
            await aiosmtplib.send(
                self._letter(checkpoint),
                hostname=settings.smtp_host,
                port=settings.smtp_port,
                use_tls=settings.smtp_security == "tls",
                start_tls=settings.smtp_security == "starttls",
                username=settings.smtp_user or None,
                password=settings.smtp_password.get_secret_value() or None,
                timeout=settings.send_seconds,
            )
        except (aiosmtplib.SMTPException, OSError) as problem:
            raise Refused(str(problem) or type(problem).__name__) from problem
        return {}

    def _letter(self, checkpoint: Checkpoint) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self.settings.mail_from, self.settings.checkpoint_mail
        letter["Subject"] = f"底线日志检查点 {checkpoint.size}"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(
            "请保存附件。核验日志导出文件时使用。\n"
            "Keep the attachment: exports of the log are verified against it.\n"
        )
        letter.add_attachment(
            str(checkpoint.note).encode(),
            maintype="text",
            subtype="plain",
            filename=f"{checkpoint.size:012}.txt",
        )
        return letter
