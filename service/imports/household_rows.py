"""The register of households: one row for each member, the rows of a household together.

The rules are those of registering a household one by one. A household that is registered
already is known by its id as 户编号, or by its head's number. Of such a one an import changes
telephone, group, type and traits, and adds members; who a person is it never changes, nor
type and traits while a case is open that rests on them. An empty cell says nothing.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from service.imports.entries import Entry, RowReader, of_every_row
from service.imports.understood import line, listed, person_name
from service.workbooks.reading import Row, Value
from service.workbooks.tables import Column, Table
from service.workbooks.values import Unfit, code_of
from service.workflows.identity import DocumentType, key_of, normalised, type_of
from service.workflows.register import HEAD, MAX_MEMBERS, MAX_TRAITS, heads

NUMBER, VILLAGE, GROUP = "household_number", "village", "group_name"
TYPE, TRAITS, HEAD_NAME, TELEPHONE = "household_type", "traits", "head_name", "telephone"
MEMBER, NAME, RELATION = "member_number", "name", "relation"
DOCUMENT, ID_NUMBER = "document_type", "id_number"

COLUMNS = (
    Column(NUMBER, ("户编号", "户号", "农户编号", "家庭编号"), is_required=True, width=38),
    Column(VILLAGE, ("所在村", "村", "行政村", "村名", "村代码", "所在村代码"), width=16),
    Column(GROUP, ("村民小组", "组", "组别", "小组"), width=14),
    Column(TYPE, ("户类型", "农户类型"), is_required=True, width=14),
    Column(TRAITS, ("户情特征", "家庭特征"), width=18),
    Column(HEAD_NAME, ("户主姓名", "户主"), width=10),
    Column(
        TELEPHONE,
        ("联系电话", "电话", "手机", "手机号", "手机号码", "户主联系电话"),
        is_personal=True,
        width=14,
    ),
    Column(MEMBER, ("成员序号", "成员编号"), width=9),
    Column(NAME, ("姓名", "成员姓名", "家庭成员姓名"), is_required=True, width=10),
    Column(RELATION, ("与户主关系", "关系", "家庭关系"), is_required=True, width=11),
    Column(DOCUMENT, ("证件类型", "证件种类"), width=12),
    Column(
        ID_NUMBER,
        ("证件号码", "证件号", "身份证号", "身份证号码", "身份证件号码", "公民身份号码"),
        is_required=True,
        is_personal=True,
        width=24,
    ),
)
BY_CODE = {column.code: column for column in COLUMNS}
OF_THE_HOUSEHOLD = (VILLAGE, GROUP, TYPE, TRAITS, HEAD_NAME, TELEPHONE)
"""What a household says once; on its other rows it may be left out."""

RELATIONS = {  # beside the labels of the list itself
    "本人": HEAD, "户主本人": HEAD, "妻": "spouse", "夫": "spouse", "妻子": "spouse",
    "丈夫": "spouse", "子": "child", "女": "child", "儿子": "child", "女儿": "child",
    "长子": "child", "次子": "child", "三子": "child", "长女": "child", "次女": "child",
    "三女": "child", "儿媳": "child_in_law", "女婿": "child_in_law", "孙子": "grandchild",
    "孙女": "grandchild", "外孙": "grandchild", "外孙子": "grandchild", "外孙女": "grandchild",
    "父亲": "parent", "母亲": "parent", "父": "parent", "母": "parent", "兄": "sibling",
    "弟": "sibling", "姐": "sibling", "妹": "sibling", "哥哥": "sibling", "弟弟": "sibling",
    "姐姐": "sibling", "妹妹": "sibling", "其他亲属": "other", "非亲属": "other",
}  # fmt: skip
DOCUMENTS = {
    "身份证": DocumentType.RESIDENT_IDENTITY,
    "残疾证": DocumentType.DISABILITY_CERTIFICATE,
    "中华人民共和国残疾人证": DocumentType.DISABILITY_CERTIFICATE,
    "护照": DocumentType.OTHER,
    "其他": DocumentType.OTHER,
}
MASK = "*"
BETWEEN_TRAITS = re.compile("[、,，;；/\\s]+")
NONE = {"无", "-", "—", "/"}
_COUNT, _TELEPHONE = re.compile("[1-9][0-9]?"), re.compile("[0-9]{7,12}")


class ListedMember(BaseModel):
    """A member as the file has them; without an id number they are known by their number here."""

    row: int
    name: str
    relation: str
    number: int | None
    document_type: DocumentType | None
    id_number: str | None

    @property
    def document(self) -> DocumentType:
        return self.document_type or type_of(self.id_number or "")

    @property
    def key(self) -> str | None:
        return key_of(self.id_number, self.document) if self.id_number else None


class ListedHousehold(BaseModel):
    """A household as the file has it: places, types and traits still in its own words."""

    number: str
    village: str | None
    group_name: str | None
    household_type: str | None
    traits: tuple[str, ...] | None
    telephone: str | None
    members: tuple[ListedMember, ...]

    @property
    def head(self) -> ListedMember:
        return next(member for member in self.members if member.relation == HEAD)


class HouseholdEntry(Entry):
    content: ListedHousehold | None = None


def read(table: Table, rows: Iterator[Row]) -> Iterator[HouseholdEntry]:
    """Yield the households of a table, each as soon as its last row was read."""
    reading = _Reading(table)
    for _, together in groupby(rows, key=lambda row: _number_of(table, row)):
        yield reading.household(list(together))


def _number_of(table: Table, row: Row) -> str | int:
    """Return what the rows of a household have in common; a row without stands alone."""
    value = table.value(row, NUMBER)
    try:
        return code_of(value) if value is not None else row.number
    except Unfit:
        return row.number


class _Reading:
    """Remembers, while a file is read, which households and persons it had already."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._households: dict[str, int] = {}
        self._persons: dict[str, int] = {}

    def household(self, together: list[Row]) -> HouseholdEntry:
        readers = [RowReader(self._table, row, BY_CODE) for row in together]
        number = readers[0].need(NUMBER, code_of) or ""
        if seen := self._households.get(number):
            readers[0].refuse(NUMBER, "household_scattered", need=seen)
        elif number:
            self._households[number] = readers[0].number
        said = {field: _once(readers, field) for field in OF_THE_HOUSEHOLD}
        members = [self._member(reader) for reader in readers]
        known = [member for member in members if member]
        if len(known) == len(members):
            _check(readers[0], known, said.pop(HEAD_NAME))
        rows = tuple(reader.number for reader in readers)
        findings = tuple(one for reader in readers for one in reader.findings)
        if findings:
            return HouseholdEntry(rows=rows, findings=of_every_row(rows, findings))
        content = ListedHousehold(number=number, members=tuple(known), **said)
        return HouseholdEntry(rows=rows, content=content)

    def _member(self, reader: RowReader) -> ListedMember | None:
        """Return the member of a row, unless something is wrong with it."""
        before = len(reader.findings)
        name, relation = reader.need(NAME, person_name), reader.need(RELATION, _relation)
        document = reader.get(DOCUMENT, _document)
        id_number = reader.get(ID_NUMBER, code_of)
        number = reader.get(MEMBER, _count)
        if id_number and MASK in id_number:
            id_number = None  # as we have shown it ourselves: it says nothing
        if id_number:
            try:
                id_number = normalised(id_number, document)
            except ValueError:
                reader.refuse(ID_NUMBER, "id_number_unfit", have=id_number)
        elif number is None and len(reader.findings) == before:
            reader.refuse(ID_NUMBER, "value_missing")
        if name is None or relation is None or len(reader.findings) > before:
            return None
        member = ListedMember(
            row=reader.number,
            name=name,
            relation=relation,
            number=number,
            document_type=document,
            id_number=id_number,
        )
        if member.key and (seen := self._persons.setdefault(member.key, member.row)) != member.row:
            reader.refuse(ID_NUMBER, "person_twice", need=seen)
        return member


def _once(readers: Sequence[RowReader], field: str) -> Any:  # noqa: ANN401 - by field
    """Return what a household says of itself, on whichever of its rows; it says it once."""
    said, row = None, 0
    for reader in readers:
        value = reader.get(field, UNDERSTOOD[field])
        if value is None:
            continue
        if said is not None and value != said:
            reader.refuse(field, "value_conflicts", have=str(value), need=row)
        if said is None:
            said, row = value, reader.number
    return said


def _check(first: RowReader, members: Sequence[ListedMember], head_name: str | None) -> None:
    """Note what is wrong with a household of which every member can be understood."""
    if (found := heads(member.relation for member in members)) != 1:
        first.refuse(RELATION, "head_not_one", have=str(found))
    elif head_name and head_name not in {m.name for m in members if m.relation == HEAD}:
        first.refuse(HEAD_NAME, "head_differs")
    if len(members) > MAX_MEMBERS:
        first.refuse(NAME, "members_too_many", have=str(len(members)), need=MAX_MEMBERS)


# -- what the cells of a column say


def _telephone(value: Value) -> str | None:
    text = code_of(value).replace("-", "")
    if MASK in text:
        return None
    if not _TELEPHONE.fullmatch(text):
        raise Unfit("value_unfit", text, "7至12位数字")
    return text


def _traits(value: Value) -> tuple[str, ...]:
    traits = tuple(one for one in BETWEEN_TRAITS.split(line(value)) if one)
    if len(traits) > MAX_TRAITS:
        raise Unfit("value_unfit", "、".join(traits), f"不超过{MAX_TRAITS}项")
    return () if set(traits) <= NONE else traits


def _relation(value: Value) -> str:
    return listed(value, RELATIONS, "relations")


def _document(value: Value) -> DocumentType:
    return DocumentType(listed(value, DOCUMENTS, "document_types"))


def _count(value: Value) -> int:
    text = code_of(value)
    if not _COUNT.fullmatch(text):
        raise Unfit("value_unfit", text, "1、2、3……")
    return int(text)


UNDERSTOOD: dict[str, Callable[[Value], Any]] = {
    VILLAGE: line,
    GROUP: line,
    TYPE: line,
    TRAITS: _traits,
    HEAD_NAME: person_name,
    TELEPHONE: _telephone,
}
"""Field of a household -> what understands its cells."""
