"""What one version of a document says otherwise than another, key by key and in words.

Entries of lists are held against each other by their codes; of several with one code (an
event at different states, a requirement asked twice) those that are most alike.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from service.codes import Label
from service.workflows.kinds import Kind
from service.workflows.machine import Procedure

Path = tuple[str, ...]

ROUTES = {("monitoring_object", "entry"), ("monitoring_object", "elimination")}
NOT_SAID = {("version",), *((kind.value, "lists") for kind in Kind)}
"""The version is what is compared; the lists stand at the top."""

RANKED = {("monitoring_object", "eligibility", name) for name in ("outcomes", "object_types")}
"""Of these the first entry that holds counts; elsewhere the order says nothing."""

NAMES = ("code", "id", "requirement", "event", "object_type", "answer", "year")
"""What an entry of a list is known by."""

DETAILS = ("field", "act", "list", "at", "fields", "kinds", "when", "area", "grounds")
"""What tells entries apart that are known by one name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the new version says otherwise; `old` or `new` is None where there is none."""

    key: str
    change: Literal["added", "removed", "changed", "moved"]
    old: Any
    new: Any
    label: Label


def differences(old: Procedure, new: Procedure) -> list[Difference]:
    """Return everything that differs between two versions, in the order of the file."""
    words = {**old.words, **new.words}
    before, after = (one.policy.model_dump(mode="json") for one in (old, new))
    return [_told(found, words) for found in _compared((), before, after)]


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    old: Any
    new: Any
    after: str | None = None

    @property
    def change(self) -> Literal["added", "removed", "changed", "moved"]:
        if self.after is not None and self.old:
            return "moved"
        if self.old in _NOTHING:
            return "added"
        return "removed" if self.new in _NOTHING else "changed"


_NOTHING: tuple[Any, ...] = (None, [], {}, "")


def _compared(path: Path, old: Any, new: Any) -> Iterator[_Found]:  # noqa: ANN401
    if old == new or path in NOT_SAID:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from _compared((*path, name), old.get(name), new.get(name))
    elif path in ROUTES:
        yield from _rerouted(path, old, new)
    elif _has_entries(old) or _has_entries(new):
        for name, before, after in _aligned(old or [], new or []):
            yield from _compared((*path, f"[{name}]"), before, after)
        if path in RANKED:
            yield from _reranked(path, old, new)
    else:
        yield _Found(path, old, new)


def _has_entries(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, list) and any(isinstance(entry, dict) for entry in value)


def _rerouted(path: Path, old: list[str], new: list[str]) -> Iterator[_Found]:
    """Yield the stages that a route has no longer, has in addition, or has elsewhere."""
    yield from (_Found((*path, f"[{code}]"), code, None) for code in old if code not in new)
    stayed = [code for code in old if code in new]
    kept = SequenceMatcher(None, stayed, [code for code in new if code in old], autojunk=False)
    in_place = {
        code for at, _, size in kept.get_matching_blocks() for code in stayed[at : at + size]
    }
    for before, code in zip(("", *new), new, strict=False):
        if code not in in_place:
            yield _Found((*path, f"[{code}]"), code if code in old else None, code, before)


def _reranked(path: Path, old: list[Any], new: list[Any]) -> Iterator[_Found]:
    before, after = ([f"{_name(one)} {_detail(one)}" for one in ranked] for ranked in (old, new))
    if before != after and sorted(before) == sorted(after):
        yield _Found(path, before, after)


def _aligned(old: list[Any], new: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, old entry, new entry): those that are the same entry of a list."""
    for name in dict.fromkeys(map(_name, (*old, *new))):
        olds, news = ([one for one in entries if _name(one) == name] for entries in (old, new))
        several = max(len(olds), len(news)) > 1
        for number, (before, after) in enumerate(_most_alike(olds, news), 1):
            detail = f" {_detail(after or before) or number}" if several else ""
            yield f"{name}{detail}", before, after


def _most_alike(olds: list[Any], news: list[Any]) -> Iterator[tuple[Any, Any]]:
    pairs = [(_alike(a, b), i, j) for i, a in enumerate(olds) for j, b in enumerate(news)]
    partner: dict[int, int] = {}
    for _, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if i not in partner and j not in partner.values():
            partner[i] = j
    yield from ((a, news[partner[i]] if i in partner else None) for i, a in enumerate(olds))
    yield from ((None, b) for j, b in enumerate(news) if j not in partner.values())


def _alike(one: Any, other: Any) -> int:  # noqa: ANN401
    return len(set(_leaves(one)) & set(_leaves(other)))


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:  # noqa: ANN401
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(value, list):
        for part in value:
            yield from _leaves(part, path)
    else:
        yield path, str(value)


def _name(entry: Any) -> str:  # noqa: ANN401
    known = (entry.get(name) for name in NAMES) if isinstance(entry, dict) else ()
    return next((str(name) for name in known if name), "")


def _detail(entry: dict[str, Any]) -> str:
    known = next((entry[name] for name in DETAILS if entry.get(name)), "")
    return str(known[0]) if isinstance(known, list) else str(known)


# In words


def _label(zh: str, en: str) -> Label:
    return Label(zh=zh, en=en)


PARTS = {
    "roles": _label("角色", "role"),
    "lists": _label("代码表", "list"),
    "entry": _label("纳入程序", "entry route"),
    "elimination": _label("消除程序", "elimination route"),
    "stages": _label("环节", "stage"),
    "events": _label("事项", "event"),
    "time_limits": _label("时限", "time limit"),
    "eligibility": _label("认定标准", "eligibility"),
    "by": _label("办理人", "who"),
    "cite": _label("依据", "provision"),
    "requires": _label("办理条件", "requirement"),
    "form_fields": _label("表单字段", "field of the form"),
    "at": _label("可办环节", "at the states"),
    "to": _label("退回环节", "leads back to"),
    "amount": _label("长度", "length"),
    "unit": _label("单位", "unit"),
    "on": _label("截止日", "fixed day"),
    "starts": _label("起算", "starts with"),
    "ends": _label("终止", "ends with"),
    "lapses": _label("失效", "lapses with"),
    "in_force_from": _label("施行日", "in force from"),
    "in_force_to": _label("失效日", "in force to"),
    "rules": _label("条款", "rule"),
    "checklists": _label("排查表", "checklist"),
    "groups": _label("排查类型", "type of items"),
    "items": _label("排查内容", "item"),
    "asked_of": _label("询问户类型", "asked of"),
    "ledgers": _label("台账", "ledger"),
    "rollups": _label("汇总表", "roll-up"),
    "rows": _label("行", "rows"),
    "columns": _label("栏目", "column"),
    "header": _label("表头", "header"),
    "aliases": _label("别名", "alias"),
}
YES, NO = _label("是", "yes"), _label("否", "no")


def _told(found: _Found, words: Mapping[str, Label]) -> Difference:
    where = [_part(name, words) for name in found.path if name != "monitoring_object"]
    what = _what(found, words)
    label = Label(
        zh=f"{' / '.join(part.zh for part in where)}：{what.zh}",
        en=f"{' / '.join(part.en for part in where)}: {what.en}",
    )
    key = "".join(name if name.startswith("[") else f".{name}" for name in found.path)
    return Difference(key.strip("."), found.change, found.old, found.new, label)


def _part(name: str, words: Mapping[str, Label]) -> Label:
    code, _, detail = name.strip("[]").partition(" ")
    label = PARTS.get(name) or words.get(code) or _label(code, code)
    if not detail:
        return label
    more = _value(detail, words)
    return _label(f"{label.zh}（{more.zh}）", f"{label.en} ({more.en})")


def _what(found: _Found, words: Mapping[str, Label]) -> Label:
    old, new = found.old, found.new
    if found.after is not None:
        return _placed(found, words)
    if isinstance(old, list) and isinstance(new, list) and not _alike_but_for_order(old, new):
        return _listed(old, new, words)
    before, after = _value(old, words), _value(new, words)
    match found.change:
        case "added":
            return _once(found, new, after, _label("新增", "added"))
        case "removed":
            return _once(found, old, before, _label("取消", "removed"))
        case _:
            return _label(f"{before.zh} → {after.zh}", f"{before.en} → {after.en}")


def _alike_but_for_order(old: list[Any], new: list[Any]) -> bool:
    return sorted(map(str, old)) == sorted(map(str, new))


def _once(found: _Found, value: Any, said: Label, verb: Label) -> Label:  # noqa: ANN401
    """Return what came or went; where the path names it already, only that it did."""
    if isinstance(value, dict) or found.path[-1] == f"[{value}]":
        return verb
    return _label(f"{verb.zh} {said.zh}", f"{verb.en}: {said.en}")


def _placed(found: _Found, words: Mapping[str, Label]) -> Label:
    moved = found.change == "moved"
    if not found.after:
        return _label(
            "移到最前" if moved else "新增，在最前",
            "moved to the beginning" if moved else "added at the beginning",
        )
    after = _value(found.after, words)
    return _label(
        f"{'移到' if moved else '新增，在'}“{after.zh}”之后",
        f"{'moved' if moved else 'added'} after “{after.en}”",
    )


def _listed(old: list[Any], new: list[Any], words: Mapping[str, Label]) -> Label:
    more = _value([one for one in new if one not in old], words)
    fewer = _value([one for one in old if one not in new], words)
    zh = [f"增加 {more.zh}" if more.zh else "", f"减少 {fewer.zh}" if fewer.zh else ""]
    en = [f"added: {more.en}" if more.en else "", f"removed: {fewer.en}" if fewer.en else ""]
    return _label("；".join(filter(None, zh)), "; ".join(filter(None, en)))


def _value(value: Any, words: Mapping[str, Label]) -> Label:  # noqa: ANN401
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, list):
        parts = [_value(part, words) for part in value]
        return _label("、".join(p.zh for p in parts), ", ".join(p.en for p in parts))
    if isinstance(value, dict):
        value = _name(value) or json.dumps(value, ensure_ascii=False)
    text = "-" if value is None else str(value)
    return words.get(text) or _label(text, text)
