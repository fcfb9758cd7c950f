"""The kinds of cases: what each is called, in the order in which a campaign meets them."""

from enum import StrEnum

from service.codes import Label


class Kind(StrEnum):
    MONITORING_OBJECT = "monitoring_object"
    CAMPAIGN = "campaign"
    INSPECTION_FORM = "inspection_form"
    REMEDIATION_ITEM = "remediation_item"
    DELIVERABLE = "deliverable"
    SUPERVISION = "supervision"


KINDS: dict[Kind, Label] = {
    Kind.MONITORING_OBJECT: Label(zh="监测对象", en="monitoring object"),
    Kind.CAMPAIGN: Label(zh="排查行动", en="inspection campaign"),
    Kind.INSPECTION_FORM: Label(zh="排查表", en="inspection form"),
    Kind.REMEDIATION_ITEM: Label(zh="整改问题", en="remediation item"),
    Kind.DELIVERABLE: Label(zh="报送材料", en="deliverable"),
    Kind.SUPERVISION: Label(zh="督查（抽查、交叉检查、暗访）", en="supervision"),
}
