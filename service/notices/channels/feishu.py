"""飞书自定义机器人: signed in its body; 100 messages a minute, a body of 20 KB."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from service.config import Settings
from service.notices.channels.robot import MINUTE, Robot, letter
from service.notices.channels.way import Way
from service.notices.parcels import Parcel


class Feishu(Robot):
    most_bytes = 16_000
    codes: Sequence[str] = ("code", "StatusCode")
    limited = {11232: MINUTE}  # noqa: RUF012 - nothing changes it

    def pause(self, settings: Settings) -> timedelta:
        return MINUTE / settings.feishu_per_minute

    async def send(self, parcel: Parcel, way: Way) -> None:
        text = {"text": letter(parcel, self.most_bytes)}
        message = {"msg_type": "text", "content": text, **signature(parcel.secrets, parcel.at)}
        await self.post(parcel, way, parcel.target, message)


def signature(secrets: Sequence[str], at: datetime) -> dict[str, Any]:
    """Return what signs a message, where the robot has a secret.

    It is an HMAC of nothing, under a key that is made of the time and the secret.
    """
    if not secrets:
        return {}
    timestamp = str(int(at.timestamp()))
    mac = hmac.new(f"{timestamp}\n{secrets[0]}".encode(), b"", hashlib.sha256)
    return {"timestamp": timestamp, "sign": base64.b64encode(mac.digest()).decode()}
