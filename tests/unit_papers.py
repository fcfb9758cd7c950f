"""The papers that units owe in a campaign, and the officials who write, sign and receive them."""

from collections import Counter
from typing import Any

from campaign_days import Campaigns
from county import AREAS, Matter
from district import PDF

TOWN = "township_office"


class Papers:
    """The papers of one campaign, and the officials who write, sign and receive them."""

    def __init__(self, at: Campaigns, campaign: Matter) -> None:
        self.at, self.county, self.campaign = at, at.county, campaign

    def listed(self, role: str = "", **asked: Any) -> list[dict[str, Any]]:
        role = role or self.at.office
        found = self.county.get(role, "/v1/deliverables", limit=200, **asked)
        assert found.status_code == 200, found.text
        return found.json()["items"]

    def of(self, paper: str, area_code: str = AREAS["township"], department: str = "") -> Matter:
        """Return the case of one unit's paper."""
        (one,) = (
            item
            for item in self.listed(paper=paper, campaign=self.campaign.id)
            if item["area_code"] == area_code
            and ((item["department"] or {}).get("code") or "") == department
        )
        return self.case(one)

    @staticmethod
    def case(listed: dict[str, Any]) -> Matter:
        """Return the case of a paper that was listed."""
        return Matter(listed["id"], "", listed["version"], listed["state"])

    def read(self, case: Matter, role: str = "") -> dict[str, Any]:
        return self.county.get(role or self.at.office, f"/v1/deliverables/{case.id}").json()

    def attach(self, role: str, kind: str, area: str = "township", text: bytes = b"") -> str:
        """Hand in a file that is like no other unless its text is the same."""
        content = PDF + kind.encode() + text
        code = AREAS.get(area, area)
        return self.county.district.attach(role, kind, area_code=code, content=content)

    def draft(self, case: Matter, role: str = TOWN, text: bytes = b"", **said: Any) -> list[str]:
        """Draft a paper with every kind of file that it needs; return what is to be signed."""
        paper = self.read(case)
        files = [self.attach(role, kind, paper["area_code"], text) for kind in paper["files"]]
        self.county.act(role, case, "draft_deliverable", attachments=files, **said)
        return self.read(case)["drafted_files"]

    def sign(self, case: Matter, files: list[str], role: str = TOWN) -> None:
        for office in self.read(case)["signers"]:
            self.county.act(role, case, "sign_deliverable", **signature(self, office, files))

    def seal(self, case: Matter, files: list[str], role: str = TOWN) -> None:
        for one in self.read(case)["seals"]:
            self.county.act(role, case, "seal_deliverable", **imprint(self, one, files))

    def complete(self, case: Matter, role: str = TOWN) -> None:
        """Draft, sign and seal a paper, as far as its document says so."""
        files = self.draft(case, role)
        self.sign(case, files, role)
        self.seal(case, files, role)

    def submit(self, case: Matter, role: str = TOWN, **said: Any) -> dict[str, Any]:
        return self.county.act(role, case, "submit_deliverable", **self.copied(case, role), **said)

    def copied(self, case: Matter, role: str = TOWN) -> dict[str, Any]:
        """Return the electronic copy as it comes with a submission, where one is wanted."""
        paper = self.read(case)
        if not paper["electronic_copy"]:
            return {}
        return {"attachments": [self.attach(role, "electronic_copy", paper["area_code"])]}

    def todo(self, role: str) -> Counter[str]:
        """Return how many papers stand on the list of a role, by their state."""
        found = self.county.get(role, "/v1/todo", limit=200).json()["items"]
        return Counter(one["state"] for one in found if one["kind"] == "deliverable")


def signature(papers: Papers, office: str, files: list[str]) -> dict[str, Any]:
    today = papers.county.today
    return {"signer": "甲书记", "office": office, "signed_on": today, "files": files}


def imprint(papers: Papers, seal: str, files: list[str]) -> dict[str, Any]:
    return {"seal": seal, "sealed_on": papers.county.today, "files": files}
