"""What a problem that a form tells of comes to."""

from enum import StrEnum

from service.codes import Label


class Became(StrEnum):
    """What a finding came to."""

    WAITING = "waiting"
    REMEDIATION = "remediation_item"
    CLUE = "clue"
    EPISODE = "episode"
    SUGGESTION = "suggestion"
    RECORD = "record"
    VOID = "void"


BECAME: dict[Became, Label] = {
    Became.WAITING: Label(zh="待审核", en="the form is not accepted yet"),
    Became.REMEDIATION: Label(zh="列入问题整改", en="an item to be put right"),
    Became.CLUE: Label(zh="登记监测线索", en="a clue in the monitoring procedure"),
    Became.EPISODE: Label(zh="并入在办监测", en="added to the open episode of the household"),
    Became.SUGGESTION: Label(zh="待登记线索（建议）", en="suggested: to be taken up as a clue"),
    Became.RECORD: Label(zh="仅作记录", en="on record only: the document has nothing for it"),
    Became.VOID: Label(zh="作废", en="void"),
}
