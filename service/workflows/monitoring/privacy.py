"""What must not hang on a village's board: numbers that lead to a person, words on health.

It is meant for slips, not for somebody who is set on writing a number out.
"""

import re
import unicodedata
from collections.abc import Iterator

HEALTH_WORDS = (
    "病", "癌", "肿瘤", "残疾", "失能", "瘫痪", "精神障碍", "尿毒症", "透析", "化疗", "艾滋", "HIV",
)  # fmt: skip
"""What speaks of somebody's health, where the document has no words of its own."""

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d[\s.-]{0,3}\d{4}[\s.-]{0,3}\d{4}(?!\d)")
_SPELT_OUT = re.compile(r"[\u3007○零一二三四五六七八九幺]{11,}")

_LOCAL = r"[2-8]\d{2,3}[- ]?\d{4}"
_TELEPHONE = re.compile(rf"(?<!\d)(?<!\d[-. ]){_LOCAL}(?![-. ]?\d)")
_LANDLINE = rf"(?:0\d{{2,3}}[-) ]?)?{_LOCAL}(?:-\d{{1,4}})?"
_OFFICE = rf"(?:{_LANDLINE}|[48]00[- ]?\d{{3}}[- ]?\d{{4}})"
_OFFICES = re.compile(rf"{_OFFICE}(?:[,;/]\s?{_OFFICE})*")
_NAMED = re.compile(r"(?:监督|举报|投诉|咨询|受理|值班|办公|服务)(?:电话|热线):?\s*\(?$")

_MONTH, _DAY = "(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_DAY_OF_MONTH = "|".join(
    rf"(?<!\d{mark}){_MONTH}{mark}{_DAY}(?!{mark}\d)" for mark in ("-", "/", r"\.")
)
_HARMLESS = re.compile(
    rf"""(?<!\d)(?:
        (?:19|20)\d\d[-/.]{_MONTH}(?:[-/.]{_DAY})?              # 2021-06-10, 2021.6
      | (?:19|20)\d\d(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])   # 20210610
      | (?<!\d[- ])(?:19|20)\d\d[-~—–](?:19|20)\d\d(?![- ]\d)   # 2021-2025
      | {_DAY_OF_MONTH}                                         # 6.10
      | (?:2[0-4]|[01]?\d):[0-5]\d(?::[0-5]\d)?                 # 9:00
      | \d{{1,8}}(?:\.\d{{1,2}})?\s?万?元                       # 4000000.00元
    )(?!\d)""",
    re.VERBOSE,
)

_RUN = re.compile(r"\d(?:[^\d一-鿿、；。]{0,8}\d)*")
"""Digits, whatever stands between them, but for Chinese words and the end of a phrase."""

TOO_LONG = 9
"""So many digits are somebody's number, whatever they look like."""


def personal(text: str, health_words: tuple[str, ...], *, office: bool = False) -> Iterator[str]:
    """Yield what of a text must not be posted: `number`, and each word that is on health.

    Days, times, amounts and numbers of papers may stay. A landline may where it is named as an
    office's, and where `office` says that whatever number stands there is one.
    """
    plain = unicodedata.normalize("NFKC", text)
    if _has_number(plain, office=office):
        yield "number"
    bare = _bare(plain)
    yield from (word for word in health_words if _bare(word) in bare)


def _has_number(plain: str, *, office: bool) -> bool:
    if _MOBILE.search(plain) or _SPELT_OUT.search(plain):
        return True
    rest = _HARMLESS.sub(" ", plain)
    for found in _RUN.finditer(rest):
        named = office or _NAMED.search(rest[max(0, found.start() - 8) : found.start()])
        if _is_somebody_s(found[0]) and not (named and _OFFICES.fullmatch(found[0])):
            return True
    return False


def _is_somebody_s(run: str) -> bool:
    return sum(map(str.isdigit, run)) >= TOO_LONG or bool(_TELEPHONE.search(run))


def _bare(text: str) -> str:
    """Return a text without what somebody might put between its characters."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).casefold()
