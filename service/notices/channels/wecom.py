"""企业微信群机器人: the key is in its address; 20 messages a minute, a text of 2048 bytes."""

from collections.abc import Sequence
from datetime import timedelta

from service.config import Settings
from service.notices.channels.robot import MINUTE, Robot, letter
from service.notices.channels.way import Way
from service.notices.parcels import Parcel


class WeCom(Robot):
    most_bytes = 2048
    codes: Sequence[str] = ("errcode",)
    limited = {45009: MINUTE}  # noqa: RUF012 - nothing changes it
    signs = False

    def pause(self, settings: Settings) -> timedelta:
        return MINUTE / settings.wecom_per_minute

    async def send(self, parcel: Parcel, way: Way) -> None:
        text = {"content": letter(parcel, self.most_bytes)}
        await self.post(parcel, way, parcel.target, {"msgtype": "text", "text": text})
