"""The life of a case on paper, and the code on it that leads back to the log.

Issue 6, part 7.
"""

import io
import re
from typing import Any
from uuid import UUID

import pytest
from auditing import Log
from district import Case, District
from pypdf import PdfReader

from service import timelines
from service.store.cases import Case as Row
from service.timelines import code_of
from service.workflows.clock_events import Happening

HEAD = "欧阳示例"


@pytest.fixture
def case(district: District) -> Case:
    return district.a_case_at("publicity", household=a_household(district))


def a_household(at: District) -> dict[str, Any]:
    head = at.a_household()["members"][0] | {"name": HEAD}
    return {"members": [head]}


def ask(at: District, case: Case, form: str = "text/html", username: str = "village") -> Any:
    headers = {**at.headers(username), "Accept": form}
    return at.client.get(f"/v1/cases/{case.id}/timeline", headers=headers)


def text_of(form: str, content: bytes) -> str:
    if form == "text/html":
        return content.decode()
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


FORMS = ["text/html", "application/pdf"]


@pytest.mark.parametrize("form", FORMS)
def test_a_timeline_shows_every_line_with_its_time_role_and_deadlines(form, district, case):
    answer = ask(district, case, form)

    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, form)
    told = re.sub(r"\s", "", text_of(form, answer.content))
    for line in district.history(case):
        at = line["received_at"][:16].replace("T", "")
        for part in (at, line["event_label"]["zh"], line["to_state_label"]["zh"]):
            assert re.sub(r"\s", "", part) in told, part
    assert case.id in told.replace("\n", "")
    assert "村“两委”" in told
    assert "：计时开始（2021-06-18）" in told


@pytest.mark.parametrize("form", FORMS)
def test_a_timeline_names_nobody(form, district, case):
    assert HEAD not in text_of(form, ask(district, case, form).content)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_case_is_the_same_file_until_something_is_done(form, district, case):
    first, again = ask(district, case, form), ask(district, case, form)
    assert first.content == again.content
    district.act("village", case, "object")

    assert ask(district, case, form).content != first.content
    assert ask(district, case, form).headers["etag"] != first.headers["etag"]


def test_the_code_on_the_paper_leads_to_the_line_that_was_the_last(district, case, tmp_path):
    head = district.history(case)[-1]
    code = re.search(r"核验码：([0-9a-f-]+)", ask(district, case).text)[1]
    assert code == code_of(head["seq"], head["hash"])
    find = lambda: district.get("village", f"/v1/cases/{case.id}/timeline/line", code=code).json()  # noqa: E731

    found = find()
    assert (found["hash"], found["seq"], found["is_head"]) == (head["hash"], head["seq"], True)
    assert found["leaf_index"] is None
    Log(district, tmp_path).signed()
    district.act("village", case, "object")

    found = find()
    assert (found["hash"], found["is_head"]) == (head["hash"], False)
    assert found["leaf_index"] is not None


def test_the_picture_holds_the_whole_hash(district, case):
    head = district.history(case)[-1]

    payload = f"dixian:{case.id}:{head['seq']}:{head['hash']}"
    page = ask(district, case).text
    assert f"<title>{payload}</title>" in page
    assert timelines._qr_svg(payload) in page  # noqa: SLF001
    assert timelines._qr_svg(payload) != timelines._qr_svg(payload[:-1] + "x")  # noqa: SLF001


@pytest.mark.parametrize("code", ["1-0000000000000000", "999-0000000000000000"])
def test_a_code_of_no_line_is_not_found(code, district, case):
    answer = district.get("village", f"/v1/cases/{case.id}/timeline/line", code=code)

    assert answer.status_code == 404


@pytest.mark.parametrize("code", ["", "1", "0-0000000000000000", "1-xyz", "1-00000000000000001"])
def test_a_code_that_is_none_is_refused(code, district, case):
    answer = district.get("village", f"/v1/cases/{case.id}/timeline/line", code=code)

    assert answer.status_code == 400


def test_every_change_of_a_clock_has_its_word():
    assert set(timelines.CHANGES) == set(Happening)


def test_a_form_that_there_is_not_is_refused(district, case):
    assert ask(district, case, "image/png").status_code == 406


def test_a_timeline_of_an_erased_case_shows_the_same_lines(district, case):
    district.act("village", case, "withdraw")
    before = ask(district, case).content
    district.change(lambda s: forget(s, case))

    assert ask(district, case).content == before


def forget(session: Any, case: Case) -> None:
    session.get_one(Row, UUID(case.id)).dossier = []
