"""Webhooks: JSON signed as Standard Webhooks 1.0.0 has it, and nothing in it but ids and codes."""

import base64
import binascii
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from standardwebhooks import Webhook as Signature

from service.blockers import Blocker
from service.clock import OFFICE_ZONE
from service.config import Settings
from service.notices.channels.way import Way, taken, url_blockers
from service.notices.outgoing import address_in
from service.notices.parcels import Parcel
from service.store.notices import Notice

PREFIX = "whsec_"
SECRET_BYTES = range(24, 65)
TYPE = "notices.issued"
THIN = ("kind", "deadline_id", "rule", "due_on", "days_late", "unit")
"""The facts that travel: who may know more asks the service for it, and is seen asking."""


class Webhook:
    most = 25
    """So that a message stays below the 20 kB which receivers are to take."""

    def pause(self, settings: Settings) -> timedelta:
        del settings
        return timedelta(0)

    def blockers(self, target: str, secret: str | None, settings: Settings) -> Iterator[Blocker]:
        yield from url_blockers(target, settings)
        if not _is_secret(secret or ""):
            yield Blocker("secret_unfit", need=(f"{PREFIX}<base64, 24-64 bytes>",))

    def shown(self, target: str) -> str:
        return address_in(target).host

    async def send(self, parcel: Parcel, way: Way) -> None:
        body = json.dumps(payload(parcel, way), ensure_ascii=False)
        message_id = str(parcel.id)
        signatures = (Signature(one).sign(message_id, parcel.at, body) for one in parcel.secrets)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(parcel.at.timestamp())),
            "webhook-signature": " ".join(signatures),
        }
        taken(await way.outgoing.post(parcel.target, body.encode(), headers), parcel.at)


def payload(parcel: Parcel, way: Way) -> dict[str, Any]:
    return {
        "type": TYPE,
        "timestamp": parcel.notices[0].issued_at.astimezone(OFFICE_ZONE).isoformat(),
        "data": {"notices": [_thin(notice, way) for notice in parcel.notices]},
    }


def _thin(notice: Notice, way: Way) -> dict[str, Any]:
    return {
        "id": str(notice.id),
        "cause": notice.cause,
        "template": notice.template,
        "role": notice.role,
        "area_code": notice.area_code,
        "case_id": str(notice.case_id) if notice.case_id else None,
        **{name: notice.facts.get(name) for name in THIN},
        "issued_at": notice.issued_at.astimezone(OFFICE_ZONE).isoformat(),
        "link": way.link(notice),
    }


def _is_secret(secret: str) -> bool:
    try:
        raw = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return secret.startswith(PREFIX) and len(raw) in SECRET_BYTES
