"""Imports over the HTTP interface."""

from typing import Any

from district import District
from workbook_files import head, member, workbook

from service import sample

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def upload(at: District, content: bytes, **form: Any) -> Any:
    """Upload a workbook; the work on it is over when this returns."""
    username, key = form.pop("username", "village"), form.pop("key", at.key())
    answer = at.client.post(
        "/v1/imports",
        files={"file": (form.pop("name", "名册.xlsx"), content, XLSX)},
        data={"layout": "households", **form},
        headers={"Idempotency-Key": key, **at.headers(username)},
    )
    at.office.workers.wait()
    return answer


def numbers(count: int) -> list[str]:
    return [sample.identity_number(serial) for serial in range(500, 500 + count)]


def test_it_works(district):
    one, two, three = numbers(3)
    rows = [head("1", one, 联系电话="19912345678"), member("1", two), head("2", three)]
    answer = upload(district, workbook(rows))
    print(answer.text)
    location = answer.headers["location"]
    got = district.get("village", location)
    print(got.text)
    answer = district.post("village", f"{location}/commit", {})
    print(answer.text)
    district.office.workers.wait()
    got = district.get("village", location)
    print(got.text)
    assert got.json()["state"] == "committed"
    got = district.get("village", "/v1/households")
    print(got.text)
    again = upload(district, workbook(rows))
    print(district.get("village", again.headers["location"]).json()["counts"])
    assert district.get("village", location + "/report.xlsx").status_code == 200
