"""E-mail by the operator's SMTP server; a Message-ID that is the same on every attempt."""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from service.blockers import Blocker
from service.clock import OFFICE_ZONE
from service.config import Settings
from service.notices.channels.robot import line
from service.notices.channels.way import Failed, Way
from service.notices.parcels import Parcel
from service.store.deliveries import Outcome
from service.store.vault import masked

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class Mail:
    most = 500

    def pause(self, settings: Settings) -> timedelta:
        del settings
        return timedelta(0)

    def blockers(self, target: str, secret: str | None, settings: Settings) -> Iterator[Blocker]:
        if not ADDRESS.fullmatch(target):
            yield Blocker("target_refused", have=("this is no e-mail address",))
        if not settings.smtp_host:
            yield Blocker("channel_not_set_up", need=("DIXIAN_SMTP_HOST",))
        if secret:
            yield Blocker("secret_not_taken")

    def shown(self, target: str) -> str:
        name, _, host = target.partition("@")
        return f"{masked(name, first=1, last=0)}@{host}"

    async def send(self, parcel: Parcel, way: Way) -> None:
        settings = way.settings
        password = settings.smtp_password.get_secret_value()
        try:
            async with asyncio.timeout(settings.send_seconds):
                await aiosmtplib.send(
                    message(parcel, way),
                    hostname=settings.smtp_host,
                    port=settings.smtp_port,
                    use_tls=settings.smtp_security == "tls",
                    start_tls=settings.smtp_security == "starttls",
                    username=settings.smtp_user or None,
                    password=password or None,
                    local_hostname=_host(settings),  # or the machine's name is asked for, and waits
                    timeout=settings.send_seconds,
                )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            raise Failed(Outcome.REFUSED, refused.recipients[0].code) from refused
        except aiosmtplib.SMTPResponseException as refused:
            raise Failed(Outcome.REFUSED, refused.code) from refused
        except aiosmtplib.SMTPException as refused:
            if type(refused) is not aiosmtplib.SMTPException:
                raise  # the connection failed
            raise Failed(Outcome.REFUSED) from refused  # it takes no password without TLS, say


def message(parcel: Parcel, way: Way) -> EmailMessage:
    """Return the parcel as a letter: every notice in a paragraph, with where to read on."""
    found = EmailMessage()
    found["Message-ID"] = f"<{parcel.id}@{_host(way.settings)}>"
    found["Date"] = format_datetime(parcel.at.astimezone(OFFICE_ZONE))
    found["From"], found["To"] = way.settings.mail_from, parcel.target
    found["Subject"] = f"底线通知{len(parcel.notices)}条"
    found["Auto-Submitted"] = "auto-generated"
    paragraphs = ((line(notice), way.link(notice)) for notice in parcel.notices)
    found.set_content("\n\n".join("\n".join(filter(None, one)) for one in paragraphs))
    return found


def _host(settings: Settings) -> str:
    return settings.mail_from.rpartition("@")[2]
