"""钉钉自定义机器人: signed in its address; 20 messages a minute, or it is shut for ten."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

import httpx

from service.config import Settings
from service.notices.channels.robot import MINUTE, Robot, letter
from service.notices.channels.way import Way
from service.notices.parcels import Parcel


class DingTalk(Robot):
    most_bytes = 16_000
    """Their limit of 20,000 is of the whole message, whose JSON is longer than its text."""

    codes: Sequence[str] = ("errcode",)
    limited = {130101: 10 * MINUTE}  # noqa: RUF012 - nothing changes it

    def pause(self, settings: Settings) -> timedelta:
        return MINUTE / settings.dingtalk_per_minute

    async def send(self, parcel: Parcel, way: Way) -> None:
        text = {"content": letter(parcel, self.most_bytes)}
        url = signed(parcel.target, parcel.secrets, parcel.at)
        await self.post(parcel, way, url, {"msgtype": "text", "text": text})


def signed(target: str, secrets: Sequence[str], at: datetime) -> str:
    """Return the address with the signature in it, where the robot has a secret."""
    if not secrets:
        return target
    timestamp = str(int(at.timestamp() * 1000))
    mac = hmac.new(secrets[0].encode(), f"{timestamp}\n{secrets[0]}".encode(), hashlib.sha256)
    sign = base64.b64encode(mac.digest()).decode()
    return str(httpx.URL(target).copy_merge_params({"timestamp": timestamp, "sign": sign}))
