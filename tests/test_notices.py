"""The papers of a publicity (TG-P04, DX-05, DX-09): what hung, how it reads, its hash in the log.

Each is read as a page to print, as PDF and as the text that was hashed; all three say the same.
"""

import hashlib
import io
import json
from contextlib import ExitStack
from datetime import date
from html.parser import HTMLParser

import pypdf
import pytest
from district import Case, District, codes
from starlette.testclient import TestClient

from service import sample
from service.main import create_app
from service.workflows.policy import POLICIES
from service.workflows.rulebook import Rulebook

HTML, PDF, PLAIN = "text/html", "application/pdf", "text/plain"
FORMS = (HTML, PDF, PLAIN)
MINIMUM = "2021-06-18"


@pytest.fixture(name="under_changed")
def a_district_under_a_changed_document(settings, clock, tmp_path):
    """Return what opens the district under Taogou's document, added to and changed."""
    with ExitStack() as stack:

        def open_district(added="", **replaced):
            text = (POLICIES / "taogou-2021.toml").read_text(encoding="utf-8")
            for stage, requirement in replaced.items():
                stands = f"[monitoring_object.stages.{stage}]"
                before, after = text.split(stands)
                text = (
                    before
                    + stands
                    + after.replace("requires = [", f"requires = [{requirement},", 1)
                )
            folder = tmp_path / "policies"
            folder.mkdir()
            (folder / "taogou-2021.toml").write_text(f"{text}\n{added}", encoding="utf-8")
            rules = (POLICIES / "taogou-2021.rules.toml").read_text(encoding="utf-8")
            (folder / "taogou-2021.rules.toml").write_text(rules, encoding="utf-8")
            app = create_app(settings, clock, Rulebook(folder))
            return District(stack.enter_context(TestClient(app)), clock)

        yield open_district


def section(**keys):
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in keys.items())
    return "\n".join(["[monitoring_object.notice]", *lines])


def notices(district, case, username="county"):
    return district.get(username, f"/v1/cases/{case.id}/notices").json()["items"]


def ask(district, case, seq, accept=HTML, username="village"):
    headers = {**district.headers(username), "Accept": accept}
    return district.client.get(f"/v1/cases/{case.id}/notices/{seq}", headers=headers)


def posted(district, **told):
    """Return a case whose notice has just been put up, and the number of that transition."""
    case = district.a_case_at("posting")
    district.on_the_day_of(case, "post_publicity")
    district.act("village", case, "post_publicity", **told)
    return case, case.version


def opened(district, known, **said):
    """Take in the application of a household of which this is known."""
    district.on(date(2021, 6, 3))
    household_id = district.register(**known)
    body = {"household_id": household_id, "entry_point": "paper", **said}
    answer = district.post("village", "/v1/monitoring-objects", body)
    assert answer.status_code == 201, answer.text
    return Case(answer.json()["case"]["id"], household_id)


class Shown(HTMLParser):
    """The words of a page, and its tags."""

    def __init__(self, page):
        super().__init__()
        self.words, self.tags = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if data.strip() and self.tags[-1][0] != "style":
            self.words.append(data.strip())


def words(district, case, seq, form):
    """Return what a reader sees of a notice in one of its forms."""
    answer = ask(district, case, seq, form)
    assert answer.status_code == 200, answer.text
    if form == PDF:
        pages = pypdf.PdfReader(io.BytesIO(answer.content)).pages
        return "\n".join(page.extract_text() for page in pages)
    return "\n".join(Shown(answer.text).words) if form == HTML else answer.text


# What it says


def test_tg_p04_the_plain_text_is_what_was_hashed_and_the_log_knows_its_hash(district):
    case, seq = posted(district, remark="如有异议请反映", contact="村委会 0557-3012345")

    answer = ask(district, case, seq, PLAIN)

    line = district.history(case)[seq - 1]
    [listed] = notices(district, case)
    assert answer.content.decode().split("\n") == [
        "村：示例一村",
        "户主：张某",
        "拟纳入类别：边缘易致贫户",
        "公示起：2021-06-10",
        "公示止：2021-06-18",
        "地点：村务公开栏",
        "异议反映：村委会 0557-3012345",
        "如有异议请反映",
    ]
    sha256 = hashlib.sha256(answer.content).hexdigest()
    salted = (
        bytes.fromhex(listed["salt"])
        + json.dumps(answer.content.decode(), ensure_ascii=False).encode()
    )
    assert json.loads(line["line"])["outcome"] == {
        "notice_commitment": hashlib.sha256(salted).hexdigest()
    }
    assert listed["sha256"] == sha256
    for form in FORMS:
        shown = ask(district, case, seq, form)
        assert shown.headers["dixian-notice-sha256"] == sha256
        assert shown.headers["etag"] == (f'"{sha256}"' if form == PLAIN else f'W/"{sha256}"')
        assert shown.headers["vary"] == "Accept"
        assert shown.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("form", [HTML, PDF])
def test_the_page_and_the_pdf_show_every_word_of_the_text_and_the_beginning_of_its_hash(
    district, form
):
    case, seq = posted(district, remark="第一行\n第二行", contact="村委会")

    seen = words(district, case, seq, form)

    plain = ask(district, case, seq, PLAIN).text
    parts = [part for line in plain.split("\n") for part in line.split("：")]
    mark = f"核验码（SHA-256）：{hashlib.sha256(plain.encode()).hexdigest()[:16]}"
    heading = ["公示", "公示"] if form == HTML else ["公示"]  # the page has it as its title too
    assert seen.split() == [*heading, *parts, mark]


def test_the_page_needs_nothing_else_and_runs_nothing(district):
    case, seq = posted(district)

    answer = ask(district, case, seq, HTML)

    page = Shown(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert ("html", {"lang": "zh-CN"}) in page.tags
    assert "size: A4" in answer.text
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "img", "link", "iframe", "object", "form", "a"}
    assert not {name for _, attributes in page.tags for name in attributes} & {"src", "href"}


def test_what_was_typed_is_shown_as_it_was_typed(district):
    hostile = '<script>alert(1)</script> & "quotes" </td> $heading {0} &amp;'
    case, seq = posted(district, place=hostile, remark=f"<b>{hostile}</b>", contact=hostile)

    page = ask(district, case, seq, HTML).text

    assert [hostile, hostile, f"<b>{hostile}</b>"] == [
        word for word in Shown(page).words if "alert" in word
    ]
    assert {tag for tag, _ in Shown(page).tags}.isdisjoint({"script", "b"})
    for form in (PDF, PLAIN):
        assert words(district, case, seq, form).count("<script>alert(1)</script>") == 3


def test_the_pdf_is_the_same_every_time_and_its_text_is_chinese_text(district):
    case, seq = posted(district)

    first, second = (ask(district, case, seq, PDF) for _ in range(2))

    assert first.content == second.content
    assert first.headers["content-type"] == PDF
    assert first.headers["content-disposition"] == f'inline; filename="notice-{seq}.pdf"'
    paper = pypdf.PdfReader(io.BytesIO(first.content))
    assert paper.metadata.title == "公示"
    assert [round(float(side)) for side in paper.pages[0].mediabox[2:]] == [595, 842]


def test_a_character_that_no_font_has_is_printed_from_the_page_never_left_out(district):
    case, seq = posted(district, place="𠮷祥村公开栏")

    refused = ask(district, case, seq, PDF)

    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
    assert "𠮷" in words(district, case, seq, HTML)
    assert "𠮷" in words(district, case, seq, PLAIN)


def test_a_rare_character_that_every_font_has_is_in_the_pdf(district):
    case, seq = posted(district, place="䶮村喆巷镕家公开栏①")

    assert "䶮村喆巷镕家公开栏①" in words(district, case, seq, PDF)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        pytest.param("*/*", HTML, id="anything"),
        pytest.param("", HTML, id="nothing said"),
        pytest.param("text/html,application/xhtml+xml,*/*;q=0.8", HTML, id="a browser"),
        pytest.param("application/pdf", PDF, id="PDF"),
        pytest.param("application/*", PDF, id="PDF by its range"),
        pytest.param("text/plain", PLAIN, id="plain"),
        pytest.param("text/*;q=0.5, application/pdf", PDF, id="PDF rather than text"),
        pytest.param("text/plain;q=0.9,text/html;q=0.8", PLAIN, id="plain rather than HTML"),
        pytest.param("text/html;q=0, */*", PDF, id="anything but HTML"),
        pytest.param("TEXT/PLAIN; charset=utf-8", PLAIN, id="in capitals, with a parameter"),
        pytest.param("image/png, text/plain;q=0.1", PLAIN, id="the one that there is"),
        pytest.param("image/png", None, id="none that there is"),
        pytest.param("text/html;q=0", None, id="HTML not at all"),
        pytest.param("nonsense", None, id="nonsense"),
    ],
)
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_client_gets_the_form_it_likes_best(district, accept, form):
    case, seq = posted(district)

    answer = ask(district, case, seq, accept)

    if form:
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, form)
    else:
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


# Which hung when


def test_dx_09_a_changed_notice_takes_the_place_of_the_first_and_both_stay_to_be_read(district):
    case, first = posted(district)
    district.on(date(2021, 6, 15))
    district.act("village", case, "repost_publicity", remark="更正：地点有变", place="文化广场")
    second = case.version

    old, new = notices(district, case)

    assert (old["seq"], old["posted_on"], old["last_day"]) == (first, "2021-06-10", MINIMUM)
    assert old["ended"] == {
        "how": "replaced", "seq": second, "on": "2021-06-15", "photograph": None,
    }  # fmt: skip
    assert (new["seq"], new["first_day"], new["last_day"]) == (second, "2021-06-15", "2021-06-22")
    assert (new["ended"], new["provisional"]) == (None, False)
    assert old["sha256"] != new["sha256"]
    assert "村务公开栏" in words(district, case, first, PLAIN)
    assert "文化广场" in words(district, case, second, PLAIN)


def test_tg_p04_a_concluded_publicity_says_when_the_notice_came_off(district):
    case = district.a_case_at("village_report")

    [notice] = notices(district, case)

    assert notice["ended"]["how"] == "concluded"
    assert notice["ended"]["seq"] == case.version
    assert notice["ended"]["on"] == district.today()


@pytest.mark.parametrize(
    ("before", "event"), [((), "return_case"), (("object",), "uphold_objection")]
)
def test_dx_01_tg_p06_a_case_that_goes_back_takes_its_notice_down_and_posts_another(
    district, before, event
):
    case, first = posted(district)
    for earlier in before:
        district.act("village", case, earlier)
    district.act("village", case, event)
    sent_back = case.version
    district.act("village", case, "conclude_review", object_type="sudden_hardship")
    district.act("village", case, "post_publicity")

    old, new = notices(district, case)

    assert (old["seq"], old["ended"]["how"], old["ended"]["seq"]) == (
        first,
        "taken_down",
        sent_back,
    )
    assert (new["seq"], new["ended"]) == (case.version, None)
    assert "突发严重困难户" in words(district, case, new["seq"], PLAIN)


def test_tg_e02_the_elimination_has_a_notice_of_its_own_without_a_last_day(district):
    case = district.a_case_at("elimination_publicity")

    entry, elimination = notices(district, case)

    assert entry["ended"]["how"] == "concluded"
    assert (elimination["last_day"], elimination["ended"]) == (None, None)
    assert words(district, case, elimination["seq"], PLAIN).split("\n")[2:] == [
        "拟消除风险：边缘易致贫户",
        f"公示起：{elimination['first_day']}",
        "公示止：—",
        "地点：村务公开栏",
    ]


def test_a_case_that_was_never_posted_has_no_notice(district):
    assert notices(district, district.a_case_at("posting")) == []


DUE_TOO = """
[[monitoring_object.time_limits]]
id = "concluded_in_time"
zh = "张榜后30天内结束公示"
en = "concluded within 30 days of the notice"
kind = "due"
unit = "calendar_day"
amount = 30
starts = ["post_publicity"]
ends = ["publicity"]
cite = "TG-P06"

[[monitoring_object.time_limits]]
id = "report_not_before"
zh = "张榜后20天方可上报"
en = "not reported within 20 days of the notice"
kind = "not_before"
unit = "calendar_day"
amount = 20
starts = ["post_publicity"]
ends = ["report"]
cite = "TG-P06"
"""


def test_the_last_day_is_the_minimum_of_the_publicity_not_another_limit_s(under_changed):
    district = under_changed(DUE_TOO)
    case, _ = posted(district)

    [notice] = notices(district, case)

    assert notice["last_day"] == MINIMUM


def test_a_last_day_in_a_year_without_a_calendar_is_posted_as_provisional(district):
    case = district.a_case_at("posting")
    district.on(date(2026, 12, 30))
    district.act("village", case, "post_publicity", reason="补录")

    [notice] = notices(district, case)

    assert notice["provisional"] is True
    line = words(district, case, notice["seq"], PLAIN).split("\n")[4]
    assert line == f"公示止：{notice['last_day']}（暂定）"


# Who may read it


def test_a_notice_lies_within_the_area_of_its_case(district):
    case, seq = posted(district)

    for username in ("village", "township", "county"):
        assert len(notices(district, case, username)) == 1
        assert ask(district, case, seq, username=username).status_code == 200
    for username in ("neighbour", "elsewhere"):
        for path in ("notices", f"notices/{seq}", "notices/1"):
            answer = district.get(username, f"/v1/cases/{case.id}/{path}")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("form", FORMS)
def test_only_a_posting_has_a_paper(district, form):
    case, seq = posted(district)

    for other in (1, seq - 1, seq + 1, 999_999):
        assert ask(district, case, other, form).status_code == 404
    for nonsense in ("0", "-1", "x", "9" * 30):
        assert ask(district, case, nonsense, form).status_code == 400


# What it never says


ID_NUMBER, CERTIFICATE = sample.identity_number(801), sample.identity_number(802) + "44"
ACCOUNT, TELEPHONE, WORD = "6228480402564890018", "19912345678", "尿毒症"
SECRETS = (ID_NUMBER, CERTIFICATE, ACCOUNT, TELEPHONE, "3012345", WORD, "不应见")
SAID = f"{ID_NUMBER}，{CERTIFICATE}，{ACCOUNT}，{TELEPHONE}，3012345，{WORD}"


def test_dx_05_whatever_is_known_and_said_of_a_household_no_notice_tells_it(under_changed):
    """Every field of the policy's closed list is posted, twice; what was said stays in the file."""
    fields = (
        "village", "head_name", "household_type", "persons", "proposal", "outcome", "first_day",
        "last_day", "place", "contact", "issuer", "document", "remark",
    )  # fmt: skip
    district = under_changed(section(fields=fields, masking="given_name"))
    members = [
        {"name": "张不应见", "relation": "head", "id_number": ID_NUMBER},
        {"name": f"不应见{WORD}", "relation": "spouse", "id_number": CERTIFICATE},
    ]
    known = {"telephone": TELEPHONE, "group_name": SAID, "members": members}
    case = opened(district, known, description=SAID, reason=SAID)
    more = {
        "sign_consent": {"filled_by": "near_relative", "proxy_name": f"不应见{WORD}"},
        "approve": {"opinion": SAID},
        "file": {"filing_number": SAID[:99]},
        "record_comparison": {"reason": SAID},
    }
    for username, event in (*district.ROUTE, *district.ELIMINATION):
        district.go_on(case, username, event, **{"reason": SAID, **more.get(event, {})})

    papers = notices(district, case)

    assert len(papers) == 2
    for paper in papers:
        for form in FORMS:
            seen = words(district, case, paper["seq"], form)
            assert "张***" in seen
            assert [secret for secret in SECRETS if secret in seen] == []
            content = ask(district, case, paper["seq"], form).content
            assert [one for one in SECRETS if one.encode() in content] == []
    assert WORD in district.get("village", f"/v1/cases/{case.id}/history").text


@pytest.mark.parametrize("field", ["place", "remark", "contact"])
@pytest.mark.parametrize("secret", [ID_NUMBER, CERTIFICATE, ACCOUNT, TELEPHONE, "残疾"])
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_dx_05_what_must_not_hang_cannot_be_added_either(district, field, secret):
    case = district.a_case_at("posting")

    problem = district.refused("village", case, "post_publicity", 422, **{field: f"见{secret}。"})

    assert codes(problem) == {"personal_data_in_notice"}
    assert secret not in json.dumps(problem, ensure_ascii=False) or secret == "残疾"


# What the document makes of it


@pytest.mark.parametrize(
    ("masking", "name"), [("none", "张三丰"), ("given_name", "张**"), ("middle", "张*丰")]
)
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_the_name_is_masked_in_every_form_as_the_document_says(under_changed, masking, name):
    district = under_changed(section(masking=masking, title="桃沟乡监测对象公示"))
    head = {"name": "张三丰", "relation": "head", "id_number": sample.identity_number(803)}
    case = opened(district, {"members": [head]})
    for username, event in district.ROUTE[:4]:
        district.go_on(case, username, event)

    for form in FORMS:
        seen = words(district, case, case.version, form)
        assert name in seen
        assert "桃沟乡监测对象公示" in seen
        assert ("张三丰" in seen) == (masking == "none")


PHOTOGRAPHED = (
    '{ requirement = "evidence_attached", kinds = ["notice_photo"], cite = "TG-P04" },'
    ' { requirement = "stated", fields = ["place", "photographed_at"], cite = "TG-P04" },'
    ' { requirement = "dated_in_order", field = "photographed_at", cite = "DX-06" }'
)


def test_a_document_may_ask_for_photographs_of_the_start_and_the_end(under_changed):
    district = under_changed(posting=PHOTOGRAPHED, publicity=PHOTOGRAPHED)
    case = district.a_case_at("posting")
    district.on_the_day_of(case, "post_publicity")

    # the start
    problem = district.refused("village", case, "post_publicity", 422)
    assert codes(problem) == {"evidence_missing", "field_missing"}
    taken = {"photographed_at": "2021-06-10T16:30:00Z"}  # half past midnight here
    start = {"attachments": [district.attach(kind="notice_photo")]}
    problem = district.refused("village", case, "post_publicity", 422, **start, **taken)
    assert codes(problem) == {"date_in_future"}
    taken = {"photographed_at": "2021-06-09T23:30:00Z"}  # half past seven of the tenth
    district.act("village", case, "post_publicity", **start, **taken)

    # the end
    district.go_on(case, "county", "record_comparison")
    district.on_the_day_of(case, "conclude_publicity")
    problem = district.refused("village", case, "conclude_publicity", 422)
    assert codes(problem) == {"evidence_missing", "field_missing"}
    end = {"attachments": [district.attach(kind="notice_photo")], "place": "村务公开栏"}
    gone = {"photographed_at": f"{district.today()}T08:00:00+08:00"}
    district.act("village", case, "conclude_publicity", **end, **gone)

    [notice] = notices(district, case)
    assert notice["photograph"] == {
        "place": "村务公开栏", "photographed_at": "2021-06-10T07:30:00+08:00", **start,
    }  # fmt: skip
    assert notice["ended"]["photograph"] == {**end, **gone}
