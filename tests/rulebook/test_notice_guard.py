"""What may hang on the board (DX-05): a closed list of fields, and no number or illness in them.

The national guide forbids the same on a notice: identity and telephone numbers, bank accounts,
the state of somebody's health.
"""

from contextlib import suppress
from datetime import date, datetime
from typing import get_args

import papers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matters import GOOD, REVIEWED, matter, said
from pydantic import ValidationError

from service.workflows.machine import Procedure
from service.workflows.matter import HouseholdFile
from service.workflows.monitoring.entry_events import PostPublicity
from service.workflows.monitoring.events import EVENTS
from service.workflows.monitoring.notice import ROWS, Posting, masked, notice, paper
from service.workflows.monitoring.privacy import HEALTH_WORDS, personal
from service.workflows.monitoring.route import NoticeField
from service.workflows.policy import PolicyError, read
from service.workflows.statement import Event

OBJECT = "monitoring_object"
WORDS = ("病", "残疾", "HIV")


def is_personal(text: str, *, office: bool = False) -> bool:
    return any(personal(text, WORDS, office=office))


# The guard: what is typed beside the allow-list


NUMBERS = {
    "an identity number": "110105194912310022",
    "an identity number that ends in x": "11010519491231002x",
    "an identity number of fifteen digits": "110105491231002",
    "an identity number in groups": "110105 19491231 002X",
    "an identity number with its birthday set apart": "110105-1949-12-31-002X",
    "an identity number in wide digits": "".join(
        chr(ord(c) + 0xFEE0) for c in "11010519491231002X"
    ),
    "an identity number with letters between": "110105a19491231b002X",
    "an identity number with O for nought": "11O1O519491231OO2X",
    "an identity number over several lines": "110105\n19491231\n002X",
    "a disability certificate": "11010519491231002X44",
    "a mobile number": "13800000000",
    "a mobile number in groups": "138 0000 0000",
    "a mobile number that looks like a day": "139 2021 0610",
    "a mobile number with its country": "+86 138-0000-0000",
    "a mobile number in circles": "①③⑧⓪⓪⓪⓪⓪⓪⓪⓪",
    "a mobile number in Chinese": "一三八〇〇〇〇〇〇〇〇",
    "a mobile number said to be an office's": "监督电话：13800000000",
    "a mobile number said to be an amount": "13800000000元",
    "a bank account": "6228480402564890018",
    "a bank account in groups": "6228 4804 0256 4890 018",
    "a bank account of sixteen digits in groups": "6228 4804 2256 4890",
}
LANDLINES = {
    "seven digits": "3012345",
    "eight digits": "60123456",
    "eight digits in groups": "6012-3456",
    "with its area": "0557-3012345",
    "with its area in brackets": "（0557）3012345",
    "of a service": "400-123-4567",
    "two of them": "0557-3012345、3012346",
}


@pytest.mark.parametrize("number", [pytest.param(n, id=name) for name, n in NUMBERS.items()])
@pytest.mark.parametrize("field", ["place", "remark", "contact"])
def test_dx_05_nobody_s_number_hangs_in_whatever_way_it_is_written(lacks, field, number):
    text = f"详见{number}" if field == "remark" else f"详见{' '.join(number.split())}"

    assert lacks("post_publicity", *REVIEWED, **{field: text}) == [
        ("personal_data_in_notice", "DX-05")
    ]


@pytest.mark.parametrize("number", [pytest.param(n, id=name) for name, n in LANDLINES.items()])
def test_dx_05_a_landline_hangs_only_as_an_office_s(number):
    assert is_personal(f"联系电话：{number}")
    assert is_personal(f"户主家：{number}")
    assert not is_personal(f"村委会 {number}", office=True)
    first = number.partition("、")[0]
    assert not is_personal(f"如有异议请拨打监督电话：{first}。")


@pytest.mark.parametrize(
    "text",
    [
        "公示期2021年6月10日至2021年6月18日",
        "2021-06-10 09:00 — 2021-06-18 17:30",
        "2021.6.10-2021.6.18",
        "2021/06/10，2021/06/11，2021/06/15",
        "20210610-20210618",
        "6.10-6.18，每日8:30-11:30、14:00-17:30，101室",
        "2021-06-10T09:00:00+08:00",
        "2021-2025年规划",
        "二〇二一年六月十日",
        "桃发（2021）15号、区振发（2021）102号，第2021-001号",
        "人均纯收入5200.00元，补助1500元、2000元，村集体收入4000000.00元",
        "村务公开栏（3号楼2单元101室）",
        "第一、二、三、四、五、六、七、八、九村民组",
        "如有异议，请拨打12317或12345",
    ],
)
@pytest.mark.parametrize("field", ["place", "remark", "contact"])
def test_dx_05_days_times_amounts_and_numbers_of_papers_may_hang(lacks, field, text):
    assert lacks("post_publicity", *REVIEWED, **{field: text}) == []


@pytest.mark.parametrize(
    "text", ["户主患病", "二级残 疾", "残·疾", "ＨＩＶ阳性", "h.i.v", "长子hiv"]
)
def test_dx_05_words_on_health_are_found_however_they_are_set(text):
    assert is_personal(text)
    assert is_personal(text, office=True)


@given(
    digits=st.text("0123456789", min_size=15, max_size=19),
    glue=st.sampled_from(["", " ", "  ", "-", ".", "·", "(", "a", "，", "/"]),
    around=st.sampled_from(["{}", "号码{}", "{}号", "监督电话{}", "见2021年6月10日{}", "{}。"]),
    size=st.integers(1, 9),
)
def test_dx_05_fifteen_digits_or_more_are_always_found(digits, glue, around, size):
    """In groups of any size, with anything between them; days among them are no excuse."""
    groups = [digits[at : at + size] for at in range(0, len(digits), size)]
    two_telephones = glue in {"，", "/"} and size in {7, 8}

    assert two_telephones or is_personal(around.format(glue.join(groups)), office=True)


@given(
    first=st.dates(date(1950, 1, 1), date(2099, 12, 31)),
    last=st.datetimes(datetime(1950, 1, 1), datetime(2099, 12, 31)),  # noqa: DTZ001 - as written
    written=st.sampled_from(
        ["%Y-%m-%d", "%Y.%m.%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", "%m.%d"]
    ),
    timed=st.sampled_from(["", " %H:%M", " %H:%M:%S", " %H时%M分"]),
    between=st.sampled_from(["-", "—", "至", " - ", "～", "、"]),
)
def test_dx_05_a_period_is_never_taken_for_a_number(first, last, written, timed, between):
    period = f"{first.strftime(written)}{between}{last.strftime(written + timed)}"

    assert not is_personal(f"公示期：{period}。")


def test_dx_05_the_guard_holds_where_the_document_does_not_ask_for_it(put):
    unguarded = {f"{OBJECT}.stages.posting.requires": []}
    procedure = Procedure(read(put(**unguarded)))

    def found(**told):
        body = said("post_publicity", **told)
        blockers = procedure.blockers("posting", body.event, matter(procedure, body, *REVIEWED))
        return [(one.code, one.have, one.cite) for one in blockers]

    assert found() == []
    assert found(remark="13800000000，长期化疗", contact="尿毒症") == [
        ("personal_data_in_notice", (have,), "DX-05") for have in ("number", "化疗", "尿毒症")
    ]


def test_dx_05_a_document_s_own_words_replace_the_house_s(lacks):
    assert "化疗" in HEALTH_WORDS
    assert lacks("post_publicity", *REVIEWED, remark="化疗") == []


# The allow-list: nothing else of a household or a case gets onto the paper


@pytest.fixture(name="all_fields", scope="module")
def a_document_that_posts_all_it_can(tmp_path_factory) -> Procedure:
    """Return the procedure of Taogou's document, had it every field there is on its notice."""
    section = {"fields": [*ROWS, "remark"], "contact_role": "township_office"}
    folder = tmp_path_factory.mktemp("all_fields")
    return Procedure(read(papers.put(folder, **{f"{OBJECT}.notice": section})))


def loaded(event: str, secret: str) -> Event:
    """Return an event that says the secret wherever it can say anything, but on the notice."""
    body = dict(GOOD[event])
    fields = set(EVENTS[event].model_fields) - {"event"}
    if issubclass(EVENTS[event], PostPublicity):
        fields -= {"place", "remark", "contact"}  # these are guarded
    for field in sorted(fields):
        for value in (secret, [secret], {"secret": secret}):
            with suppress(ValidationError):
                said(event, **{**body, field: value})
                body[field] = value
    return said(event, **body)


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_can_say_a_number_that_must_not_hang(event):
    assert str(loaded(event, "13800000000")).count("13800000000") >= 2


@given(secret=st.sampled_from([*NUMBERS.values(), *LANDLINES.values(), *HEALTH_WORDS]))
def test_dx_05_what_was_said_of_a_household_never_gets_onto_its_notice(all_fields, secret):
    body = loaded("post_publicity", secret)
    before = [loaded(event, secret) for event in REVIEWED]
    household = HouseholdFile(
        household_type="ordinary", traits=frozenset([secret]), areas=frozenset([secret])
    )
    told = matter(all_fields, body, *before, state="posting", household=household)

    text = notice(told, body, posting(all_fields))

    assert text.splitlines() == [
        "村：示例一村",
        "户主：张某",
        "户类型：一般农户",
        "家庭人口：1",
        "拟纳入类别：边缘易致贫户",
        "结果：村级核实评议通过",
        "公示起：2021-06-10",
        "公示止：2021-06-18",
        "地点：村务公开栏",
        "异议反映：乡党委、政府",
        "公示单位：村“两委”",
        f"依据：{all_fields.policy.document}",
    ]


def posting(procedure: Procedure, head_name: str = "张某", **changes: object) -> Posting:
    usual = {
        "village": "示例一村",
        "head_name": head_name,
        "object_types": procedure.policy.lists["object_types"],
        "last_day": "2021-06-18",
        "policy": procedure.policy,
        "role": "village_committee",
    }
    return Posting(**usual | changes)


def test_a_notice_can_say_these_fields_and_no_others():
    assert [*ROWS, "remark"] == list(get_args(NoticeField))


# The policy's section: which fields, in which order, under which title, how the name is masked


@pytest.fixture(name="text")
def text_of_a_notice(put):
    """Return what says the notice of a household under a changed document."""

    def text(section, *before, head_name="张三丰", state="posting", eliminates=False, **told):
        procedure = Procedure(read(put(**{f"{OBJECT}.notice": section})))
        body = said("post_publicity", **told)
        given_case = matter(procedure, body, *(before or REVIEWED), state=state)
        return notice(given_case, body, posting(procedure, head_name, eliminates=eliminates))

    return text


@pytest.mark.parametrize(
    ("name", "given_name", "middle"),
    [
        pytest.param("张三丰", "张**", "张*丰", id="of three characters"),
        pytest.param("张某", "张*", "张*", id="of two: the second is masked either way"),
        pytest.param("欧阳修远", "欧***", "欧**远", id="of four"),
        pytest.param("买买提·吐尔逊", "买**·***", "买**·**逊", id="of two parts"),
        pytest.param("张", "张", "张", id="of one"),
    ],
)
def test_a_name_is_masked_as_the_document_says(text, name, given_name, middle):
    def shown(masking):
        return text({"fields": ["head_name"], "masking": masking}, head_name=name)

    assert (shown("none"), shown("given_name"), shown("middle")) == (
        f"户主：{name}", f"户主：{given_name}", f"户主：{middle}",
    )  # fmt: skip


@given(
    name=st.text("张王李赵丰明·", min_size=2, max_size=8),
    how=st.sampled_from(["given_name", "middle"]),
)
def test_a_masked_name_is_as_long_as_it_was_and_never_whole(name, how):
    assert len(masked(name, how)) == len(name)
    assert masked(name, how) != name or set(name[1:]) <= {"·"} or name[1:-1].strip("·") == ""


def test_a_notice_has_the_fields_of_its_document_in_their_order_and_the_remark_last(text):
    section = {"fields": ["remark", "last_day", "first_day", "village"], "title": "示例村公示"}

    assert text(section, remark="如有异议\n请反映").split("\n") == [
        "示例村公示", "公示止：2021-06-18", "公示起：2021-06-10", "村：示例一村",
        "如有异议", "请反映",
    ]  # fmt: skip


def test_a_field_that_the_document_leaves_out_is_not_posted_although_it_was_filled_in(text):
    assert (
        text({"fields": ["village"]}, remark="如有异议请反映", contact="村委会") == "村：示例一村"
    )


def test_the_elimination_s_notice_has_a_title_of_its_own(text):
    section = {"fields": ["proposal"], "title": "纳入公示", "elimination_title": "消除公示"}

    assert text(section).split("\n") == ["纳入公示", "拟纳入类别：边缘易致贫户"]
    assert text(section, eliminates=True).split("\n") == ["消除公示", "拟消除风险：边缘易致贫户"]


@pytest.mark.parametrize(
    ("section", "told", "shown"),
    [
        pytest.param({}, {}, [], id="nobody says where"),
        pytest.param({"contact": "村委会"}, {}, ["异议反映：村委会"], id="the document, in words"),
        pytest.param(
            {"contact_role": "township_office"}, {}, ["异议反映：乡党委、政府"], id="as a role"
        ),
        pytest.param(
            {"contact": "村委会"},
            {"contact": "村监委"},
            ["异议反映：村监委"],
            id="the posting itself",
        ),
    ],
)
def test_objections_go_where_the_notice_says(text, section, told, shown):
    lines = text({"fields": ["village", "contact"], **section}, **told).split("\n")

    assert lines == ["村：示例一村", *shown]


def test_what_an_approval_came_before_is_no_longer_proposed(text):
    section = {"fields": ["proposal", "outcome"]}
    before = (*REVIEWED, "post_publicity", "conclude_publicity", "report")

    assert text(section, *before, "approve", state="county_filing").split("\n") == [
        "纳入类别：边缘易致贫户", "结果：乡镇审核通过",
    ]  # fmt: skip
    assert text(section, *before, state="township_review").split("\n") == [
        "拟纳入类别：边缘易致贫户", "结果：村级核实评议通过",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("section", "gap"),
    [
        pytest.param({"fields": ["village", "village"]}, "notice.fields: a field", id="twice"),
        pytest.param({"fields": ["remark"]}, "notice.fields: it names nothing", id="only remark"),
        pytest.param({"fields": ["telephone"]}, "notice.fields[0]: 'telephone'", id="not listed"),
        pytest.param({"fields": []}, "notice.fields: a list", id="no field"),
        pytest.param({"masking": "all"}, "notice.masking: 'all'", id="unknown masking"),
        pytest.param({"title": "一：二"}, "notice.title: '一：二'", id="a title with a colon"),
        pytest.param({"contact_role": "mayor"}, "notice.contact_role: 'mayor'", id="no such role"),
        pytest.param({"contact": "13800000000"}, "notice.contact: number", id="a mobile number"),
        pytest.param(
            {"contact": "村委会", "contact_role": "township_office"}, "notice: contact", id="both"
        ),
    ],
)
def test_a_section_that_cannot_be_meant_is_refused(put, section, gap):
    with pytest.raises(PolicyError) as refused:
        read(put(**{f"{OBJECT}.notice": section}))

    assert refused.value.gaps[0].startswith(f"{OBJECT}.{gap}")


# Taken apart again: what is shown is what was hashed


@given(
    title=st.sampled_from([None, "示例村公示"]),
    values=st.lists(st.text("村：务 公<b", max_size=8), min_size=1, max_size=5),
    remark=st.one_of(st.none(), st.text("村：\n 公<b", min_size=1, max_size=20)),
)
def test_every_word_of_the_text_is_shown_and_nothing_else(title, values, remark):
    rows = [(f"栏{number}", value) for number, value in enumerate(values)]
    lines = [f"{label}：{value}" for label, value in rows]
    text = "\n".join(filter(None, (title, *lines, remark)))

    shown = paper(text, remark)

    assert (shown.text, shown.title, shown.rows, shown.remark) == (text, title, tuple(rows), remark)
