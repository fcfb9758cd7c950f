"""An official who imports: uploads a workbook, reads its report, commits it, all over HTTP."""

import io
from typing import Any

import openpyxl
from district import District

from service.workbooks.reading import Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOTHING = {"created": 0, "updated": 0, "unchanged": 0, "refused": 0}


class Office:
    """Imports as somebody of the sample district; whatever work that needs is done at once."""

    def __init__(self, at: District, username: str = "village", layout: str = "households") -> None:
        self.at, self.username, self.layout = at, username, layout

    def upload(self, content: bytes, name: str = "名册.xlsx", **form: Any) -> Any:
        """Send a workbook; return the answer, when the work on it is over."""
        headers = {"Idempotency-Key": self.at.key(), **self.at.headers(self.username)}
        answer = self.at.client.post(
            "/v1/imports",
            files={"file": (name, content, XLSX)},
            data={"layout": self.layout, **form.pop("data", {})},
            headers=headers | form.pop("headers", {}),
        )
        self.at.office.workers.wait()
        return answer

    def validated(self, content: bytes) -> str:
        """Upload what must be read as a workbook; return the path of the import."""
        answer = self.upload(content)
        assert answer.status_code == 202, answer.text
        where = answer.headers["location"]
        assert self.look(where)["state"] == "validated", self.look(where)["problem"]
        return where

    def commit(self, where: str, **body: Any) -> Any:
        answer = self.at.post(self.username, f"{where}/commit", body)
        self.at.office.workers.wait()
        return answer

    def committed(self, content: bytes, **body: Any) -> dict[str, int]:
        """Import a workbook, which must be committed; return the counts of its rows."""
        where = self.validated(content)
        answer = self.commit(where, **body)
        assert answer.status_code == 202, answer.text
        found = self.look(where)
        assert found["state"] == "committed", found
        return found["counts"]["rows"]

    def look(self, where: str, **params: Any) -> dict[str, Any]:
        answer = self.at.get(self.username, where, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def findings(self, content: bytes) -> set[tuple[str, str]]:
        """Validate a workbook; return what is refused: the cell (or its row) and the code."""
        found = self.look(self.validated(content), limit=200)["report"]["items"]
        return {(cell(one), one["code"]) for one in found if one["is_refusal"]}

    def warnings(self, content: bytes) -> set[tuple[str, str]]:
        found = self.look(self.validated(content), limit=200)["report"]["items"]
        return {(cell(one), one["code"]) for one in found if not one["is_refusal"]}


def cell(finding: dict[str, Any]) -> str:
    return f"{finding['column'] or ''}{finding['row']}"


def counts(**some: int) -> dict[str, int]:
    """Return the counts of rows: those not named are none, and all that were read are counted."""
    return {"read": sum(some.values()), **NOTHING, **some}


def lines(content: bytes) -> list[list[str | None]]:
    """Return the rows of a workbook that the service wrote, read by somebody else."""
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def ours(content: bytes) -> list[dict[int, Any]]:
    """Return them as we read them."""
    workbook = Workbook(content)
    return [dict(row.cells) for row in workbook.rows(workbook.sheets[0])]
