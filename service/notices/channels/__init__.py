"""The channels by which notices travel beside the inbox: a file and a line here for each."""

from service.notices.channels import dingtalk, feishu, mail, webhook, wecom
from service.notices.channels.way import Channel

CHANNELS: dict[str, Channel] = {
    "webhook": webhook.Webhook(),
    "email": mail.Mail(),
    "wecom": wecom.WeCom(),
    "dingtalk": dingtalk.DingTalk(),
    "feishu": feishu.Feishu(),
}
