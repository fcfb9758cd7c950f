"""The people of the sample district at work: every act is a call of the HTTP interface."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any

import httpx

from service import sample
from service.clock import OFFICE_ZONE, SetClock, office_date, office_time
from service.demo.timeline import Act, Timeline
from service.demo.usual import TODAY, USUAL, scanned_form

OPENING_HOUR = 9
MINUTES_OF_AN_ACT = 5
OK, CREATED, NOT_FOUND, UNPROCESSABLE = 200, 201, 404, 422


class OffScript(Exception):
    """The service answered otherwise than the story has it."""

    def __init__(self, act: str, expected: object, came: object) -> None:
        super().__init__(act)
        self.act, self.expected, self.came = act, expected, came


def expect(act: str, expected: object, came: object) -> None:
    if came != expected:
        raise OffScript(act, expected, came)


@dataclass
class Case:
    """What the story remembers of a case: its id, and the version that was seen last."""

    letter: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Official:
    """Somebody who signed in today."""

    name: str
    title: str
    token: str

    def __str__(self) -> str:
        return f"{self.name}（{self.title}）"


class People:
    """The officials by user name, the cases by letter, and the calendar they live on."""

    def __init__(self, http: httpx.Client, clock: SetClock, timeline: Timeline) -> None:
        self._http, self._clock, self.timeline = http, clock, timeline
        self.cases: dict[str, Case] = {}
        self._signed_in: dict[str, Official] = {}
        self._keys, self._serials = count(1), count(1)
        self.codes = self._answered("GET /v1/codes", http.get("/v1/codes"))
        policy = self.get("county", f"/v1/policies/{sample.POLICY}")
        self._cites: dict[str, str] = {
            event: rule["cite"] for event, rule in policy["monitoring_object"]["events"].items()
        }

    def label(self, name: str, code: str) -> dict[str, str]:
        """Return a code's labels from the lists that the service publishes."""
        labels: dict[str, str]
        labels = next(entry for entry in self.codes["lists"][name] if entry["code"] == code)
        return labels

    # -- the day

    def on(self, day: date) -> None:
        """Open the office on a day. Whoever acts signs in anew: tokens last for hours."""
        self._clock.set(office_time(day, OPENING_HOUR))
        self._signed_in = {}
        self.timeline.day(day)

    @property
    def today(self) -> str:
        return str(office_date(self._clock.now()))

    def _who(self, username: str) -> Official:
        if username not in self._signed_in:
            body = {"username": username, "password": sample.PASSWORD}
            answer = self._http.post("/v1/session", json=body)
            found = self._answered(f"{username} signs in", answer, CREATED)
            title = found["positions"][0]["title"]
            self._signed_in[username] = Official(found["name"], title, found["token"])
        return self._signed_in[username]

    def _headers(self, username: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._who(username).token}", "Accept-Language": "zh"}

    def _answered(self, act: str, answer: httpx.Response, status: int = OK) -> dict[str, Any]:
        """Return what was answered; it must be with this status."""
        if answer.status_code != status:
            raise OffScript(act, f"HTTP {status}", f"HTTP {answer.status_code} {answer.text}")
        found: dict[str, Any] = answer.json()
        return found

    # -- what they do

    def get(self, username: str, path: str, **params: str) -> dict[str, Any]:
        answer = self._http.get(path, params=params, headers=self._headers(username))
        return self._answered(f"{username}: GET {path}", answer)

    def _post(self, username: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401
        self._clock.advance(minutes=MINUTES_OF_AN_ACT)
        headers = {
            "Idempotency-Key": f"demo-{next(self._keys):06}",
            **self._headers(username),
            **request.pop("headers", {}),
        }
        return self._http.post(path, headers=headers, **request)

    def attach(self, kind: str = "consent_form", username: str = "village") -> str:
        """Upload the scan of a signed paper; return its id."""
        answer = self._post(
            username,
            "/v1/attachments",
            files={"file": ("form.png", scanned_form(), "image/png")},
            data={"kind": kind, "area_code": sample.VILLAGE},
        )
        return str(self._answered("the scan is kept", answer, CREATED)["id"])

    def apply(
        self, letter: str, head: str, username: str = "village", area_code: str = sample.VILLAGE,
        **said: Any,  # noqa: ANN401
    ) -> None:
        """Register a made-up household, and take in its application."""
        number = sample.identity_number(next(self._serials))
        household = {
            "area_code": area_code,
            "household_type": "ordinary",
            "members": [{"name": head, "relation": "head", "id_number": number}],
        }
        answer = self._post(username, "/v1/households", json=household)
        registered = self._answered(f"{head} is registered", answer, CREATED)
        body = {"household_id": registered["id"], **USUAL["open"].said, **said}
        self._moved(letter, "open", username, self._post(username, "/v1/monitoring-objects", json=body))

    def act(
        self,
        letter: str,
        event: str,
        *,
        by: str | None = None,
        **said: Any,  # noqa: ANN401
    ) -> httpx.Response:
        """Raise an event that must be accepted and lead where it usually does."""
        username = by or USUAL[event].who
        answer = self._send(letter, event, username, said)
        self._moved(letter, event, username, answer)
        return answer
