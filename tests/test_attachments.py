"""Photographs and papers: of the types their bytes show, of a bounded size, kept to the byte.

What is evidence is bound to the log by its SHA-256, and is read under the same area scope as
the case it belongs to.
"""

import asyncio
import hashlib
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from district import PDF, District
from starlette.types import Message

from service import sample

TEN_MEGABYTES = 10_000_000


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + chunk(b"IEND", b"")
)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb004300") + b"\x08" * 64
JPEG += bytes.fromhex("ffc0000b080001000101011100ffda0008010100003f0037ffd9")
CAMERA_JPEG = bytes.fromhex("ffd8ffe1001845786966000049492a0008000000") + JPEG[20:]
WEBP = b"RIFF" + struct.pack("<I", 26) + b"WEBPVP8L" + struct.pack("<I", 13) + b"/" + bytes(12)
HEIC = struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + struct.pack(">I", 8) + b"mdat"

GOOD = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/webp": WEBP,
    "image/heic": HEIC,
    "application/pdf": PDF,
}
RENAMED = {
    "a program": b"MZ\x90\x00" + bytes(60) + b"PE\x00\x00" + bytes(200),
    "an ELF program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "a page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "a page that begins with spaces": b"   \n<html><body onload=alert(1)></html>",
    "a drawing with a script": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "an archive": b"PK\x03\x04" + bytes(200),
    "a spreadsheet": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "a GIF": b"GIF89a" + bytes(20),
    "text": "承诺书".encode(),
    "nothing": b"",
    "one byte": b"%",
    "zeros": bytes(1000),
    "a page that names PDF": b"<html><!-- %PDF-1.4 --></html>",
}
ODD_NAMES = [
    "承诺书.pdf", "../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "CON", "a" * 300 + ".pdf",
    'a"b.pdf', "a;b=c.pdf", "a.pdf.exe", ".pdf", " ", "<script>.pdf", "%00.pdf", "a\r\nX: y.pdf",
]  # fmt: skip


def upload(at: District, content: bytes = PDF, *, name: str = "paper.pdf", **form: Any) -> Any:
    username = form.pop("username", "village")
    return at.client.post(
        "/v1/attachments",
        files={"file": (name, content, form.pop("content_type", "application/pdf"))},
        data={"kind": "consent_form", "area_code": sample.VILLAGE, **form},
        headers={"Idempotency-Key": at.key(), **at.headers(username)},
    )


def download(at: District, username: str, attachment_id: str) -> Any:
    return at.client.get(f"/v1/attachments/{attachment_id}", headers=at.headers(username))


def test_the_type_is_found_in_the_bytes_whatever_the_client_says(district):
    for media_type, content in GOOD.items():
        answer = upload(district, content, name="x.exe", content_type="text/html")

        assert answer.status_code == 201, (media_type, answer.text)
        found = answer.json()["media_type"]
        assert found.replace("heif", "heic") == media_type
        told = download(district, "village", answer.json()["id"]).headers["content-type"]
        assert told == found


def test_a_cameras_jpeg_is_a_jpeg(district):
    assert upload(district, CAMERA_JPEG).json()["media_type"] == "image/jpeg"


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("content", RENAMED.values(), ids=RENAMED)
def test_another_file_is_refused_however_it_is_named(content, district):
    answer = upload(district, content, name="photo.jpg", content_type="image/jpeg")

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_type")
    assert list(stored(district)) == []


def stored(district: District) -> Iterator[str]:
    folder = district.office.settings.attachments_path
    return (
        (path.name for path in folder.rglob("*") if path.is_file()) if folder.exists() else iter(())
    )


def test_ten_megabytes_are_taken_and_one_byte_more_is_not(district):
    full = PDF + bytes(TEN_MEGABYTES - len(PDF))

    taken = upload(district, full)
    refused = upload(district, full + b"\x00")

    assert (taken.status_code, taken.json()["size"]) == (201, TEN_MEGABYTES)
    assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
    assert list(stored(district)) == [taken.json()["sha256"]]


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("path", ["/v1/attachments", "/v1/households"])
def test_of_a_body_without_end_no_more_is_read_than_the_limit(path, district):
    """Memory stays flat: what comes after the limit is not even asked for."""
    megabyte, taken, answered = b"x" * 1_000_000, 0, []
    headers = {
        **district.headers("village"),
        "Idempotency-Key": district.key(),
        "Content-Type": "multipart/form-data; boundary=b" if "att" in path else "application/json",
    }
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4'

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        assert taken < 100, "it reads on and on"
        return {"type": "http.request", "body": megabyte if taken > 1 else start, "more_body": True}

    async def send(message: Message) -> None:
        answered.append(message.get("status", 0))
        await asyncio.sleep(0)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": b"", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "state": {},
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
    }  # fmt: skip
    district.client.portal.call(district.client.app, scope, receive, send)

    assert answered[0] == 413
    assert taken <= 13


def test_the_sha256_is_that_of_the_bytes_and_stands_in_the_line_that_rests_on_them(district):
    case = district.apply()
    told = upload(district, PNG).json()
    assert told["sha256"] == hashlib.sha256(PNG).hexdigest()

    moved = district.act("village", case, "sign_consent", attachments=[told["id"]])

    line = json.loads(moved["transition"]["line"])
    assert line["attachments"] == [{"id": told["id"], "sha256": told["sha256"]}]


def test_a_file_is_read_back_to_the_byte_by_those_whose_area_it_lies_in(district):
    for content in GOOD.values():
        one = upload(district, content).json()

        for username in ("village", "team", "township", "county"):
            answer = download(district, username, one["id"])
            assert (answer.status_code, answer.content) == (200, content)
            assert answer.headers["ETag"] == f'"{one["sha256"]}"'
        nothing = download(district, "village", str(UUID(int=7))).json()
        for username in ("neighbour", "elsewhere"):
            answer = download(district, username, one["id"])
            assert answer.status_code == 404
            assert answer.json() | {"request_id": ""} == nothing | {"request_id": ""}


def test_a_file_is_handed_over_as_a_download_that_no_browser_runs(district):
    one = upload(district, name='evil"; x=.html').json()

    headers = download(district, "village", one["id"]).headers

    assert headers["Content-Disposition"] == f'attachment; filename="{one["id"]}"'
    assert headers["Content-Security-Policy"] == "sandbox"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_an_odd_file_name_harms_nothing(district):
    for name in ODD_NAMES:
        answer = upload(district, name=name)

        assert answer.status_code in {201, 400}, name
        if answer.status_code == 201:
            assert len(answer.json()["filename"]) <= 200
            assert "\n" not in answer.json()["filename"]
    assert list(stored(district)) == [hashlib.sha256(PDF).hexdigest()]


def test_a_kind_that_the_document_does_not_list_is_refused_with_those_it_lists(district):
    answer = upload(district, kind="selfie")

    assert answer.status_code == 422
    blocker = answer.json()["blockers"][0]
    assert blocker["code"] == "attachment_kind_not_listed"
    assert "consent_form" in blocker["need"]


def test_a_file_of_another_area_cannot_be_put_there(district):
    for area in (sample.NEIGHBOUR, sample.TOWNSHIP, sample.OTHER_VILLAGE, "999999999999"):
        answer = upload(district, area_code=area)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), area
    assert list(stored(district)) == []


def test_a_file_of_another_village_is_no_evidence_not_even_for_the_township(district):
    case = district.apply()
    foreign = upload(district, username="neighbour", area_code=sample.NEIGHBOUR).json()["id"]

    problem = district.refused("village", case, "sign_consent", 422, attachments=[foreign])
    assert problem["blockers"][0]["code"] == "attachment_unknown"

    for username, event in district.ROUTE[:7]:
        if event == "post_publicity":
            district.on(district.clock.now().date())
        if case.state == "publicity":
            break
        district.act(username, case, event)
    problem = district.refused("township", case, "object", 422, attachments=[foreign])
    assert problem["blockers"][0]["code"] == "attachment_unknown"


def test_the_same_file_twice_is_two_papers_and_one_content(district):
    first, second = upload(district).json(), upload(district).json()

    assert first["id"] != second["id"]
    assert first["sha256"] == second["sha256"]
    assert len(list(stored(district))) == 1
