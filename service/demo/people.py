"""The people of the sample district at work: every act is a call of the HTTP interface."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any

import httpx

from service import sample
from service.clock import OFFICE_ZONE, SetClock, office_date, office_time
from service.demo.timeline import Act, Timeline
from service.demo.usual import TODAY, scanned_form
from service.demo.usual_campaign import EVERY, leads_to

OPENING_HOUR = 9
MINUTES_OF_AN_ACT = 5
AREA_OF = {official.username: official.area_code for official in sample.OFFICIALS}
KINDS = ("monitoring_object", "campaign", "inspection_form", "remediation_item", "deliverable")
OK, CREATED, NOT_FOUND, STALE, UNPROCESSABLE = 200, 201, 404, 412, 422


class OffScript(Exception):
    """The service answered otherwise than the story has it."""

    def __init__(self, act: str, expected: object, came: object) -> None:
        super().__init__(act)
        self.act, self.expected, self.came = act, expected, came


def expect(act: str, expected: object, came: object) -> None:
    if came != expected:
        raise OffScript(act, expected, came)


def answered(act: str, answer: httpx.Response, status: int = OK) -> dict[str, Any]:
    """Return what was answered; it must be with this status."""
    if answer.status_code != status:
        raise OffScript(act, f"HTTP {status}", f"HTTP {answer.status_code} {answer.text}")
    found: dict[str, Any] = answer.json()
    return found


@dataclass
class Case:
    """What the story remembers of a case: its id, the version and the state seen last."""

    id: str
    household_id: str | None
    version: int
    state: str


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

    def __init__(
        self, http: httpx.Client, clock: SetClock, timeline: Timeline, tick: Callable[[], None]
    ) -> None:
        self._http, self._clock, self.timeline = http, clock, timeline
        self.tick = tick
        self.cases: dict[str, Case] = {}
        self.homes: dict[str, str] = {}
        self._signed_in: dict[str, Official] = {}
        self._keys, self._serials = count(1), count(1)
        codes = answered("GET /v1/codes", http.get("/v1/codes"))
        self._events = {entry["code"]: entry for entry in codes["lists"]["events"]}
        self._cites = dict(self._provisions())

    # -- the day

    def on(self, day: date) -> None:
        """Open the office on a day. Whoever acts signs in anew: tokens last for hours."""
        self._clock.set(office_time(day, OPENING_HOUR))
        self._signed_in = {}
        self.timeline.day(day)

    @property
    def today(self) -> str:
        return str(office_date(self._clock.now()))

    @property
    def instant(self) -> str:
        """The simulated instant, as the service writes it."""
        return self._clock.now().astimezone(OFFICE_ZONE).isoformat()

    def _who(self, username: str) -> Official:
        if username not in self._signed_in:
            body = {"username": username, "password": sample.PASSWORD}
            answer = self._http.post("/v1/session", json=body)
            found = answered(f"{username} signs in", answer, CREATED)
            title = found["positions"][0]["title"]
            self._signed_in[username] = Official(found["name"], title, found["token"])
        return self._signed_in[username]

    def _headers(self, username: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._who(username).token}", "Accept-Language": "zh"}

    def _provisions(self) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield state and event with the provision they stand under; openings have no state."""
        policy = self.get("county", f"/v1/policies/{sample.POLICY}")
        for kind in KINDS:
            rules = policy[kind]["events"]
            yield from ((("", rule["event"]), rule["cite"]) for rule in rules)
            machine = self.get("county", f"/v1/policies/{sample.POLICY}/machines/{kind}")
            for move in machine["moves"]:
                yield (move["source"], move["event"]), move["cite"]

    # -- what they do

    def get(self, username: str, path: str, **params: str) -> dict[str, Any]:
        answer = self._http.get(path, params=params, headers=self._headers(username))
        return answered(f"{username}: GET {path}", answer)

    def at(self, address: str, username: str) -> dict[str, Any]:
        """Follow an address that the service told."""
        return answered(
            f"{username}: GET {address}",
            self._http.get(address, headers=self._headers(username)),
        )

    def attach(self, letter: str, kind: str = "consent_form", by: str = "village") -> str:
        """Upload the scan of a signed paper; return its id."""
        scan = {"file": ("form.png", scanned_form(), "image/png")}
        form = {"kind": kind, "area_code": AREA_OF[by]}
        answer = self._post(by, "/v1/attachments", files=scan, data=form)
        kept = answered("the scan is kept", answer, CREATED)
        self.timeline.attached(self._clock.now(), letter, kept)
        return str(kept["id"])

    def apply(self, letter: str, head: str, *, by: str = "village", **said: str) -> None:
        """Register a made-up household of one's village, and take in its application."""
        self.homes[letter] = self.register(head, by=by)
        self._take_in(letter, by, {**said, "household_id": self.homes[letter]})

    def register(self, head: str, *, by: str) -> str:
        """Register a made-up household of one's village; return its id."""
        number = sample.identity_number(next(self._serials))
        household = {
            "area_code": AREA_OF[by],
            "household_type": "ordinary",
            "members": [{"name": head, "relation": "head", "id_number": number}],
        }
        answer = self._post(by, "/v1/households", json=household)
        return str(answered(f"{head} is registered", answer, CREATED)["id"])

    def apply_anew(self, letter: str, last: str, **said: str) -> None:
        """Take in the household of another case once more: as its next episode."""
        before = self.cases[last]
        case = self._take_in(letter, "village", {**said, "household_id": self.homes[last]})
        told = (case["previous_case_id"], case["episode"])
        expect(f"{letter} is the second episode of {last}'s household", (before.id, 2), told)
        self.timeline.note(
            f"第{case['episode']}次纳入，上次为案{last}"
            f" episode {case['episode']} of the household; the last was case {last}"
        )

    def _take_in(self, letter: str, by: str, said: dict[str, str]) -> dict[str, Any]:
        body = {**EVERY["open"].said, **said}
        answer = self._post(by, "/v1/monitoring-objects", json=body)
        return self._moved(letter, "open", by, answer)

    def begin(self, letter: str, event: str, path: str, *, by: str = "", **said: object) -> None:
        """Open a case of another kind by its first event, which must be accepted."""
        username = by or EVERY[event].who
        answer = self._post(username, path, json=self._body(event, said))
        self._moved(letter, event, username, answer)

    def adopt(self, letter: str, path: str, case_id: str) -> None:
        """Give a letter to a case that followed from another's act."""
        case = self.get("county", f"{path}/{case_id}")
        self.cases[letter] = Case(case_id, case["household_id"], case["version"], case["state"])
        state = case["state_label"]
        self.timeline.note(f"随之立案 opened by this: {letter} → {state['zh']} {state['en']}")

    def act(self, letter: str, event: str, *, by: str = "", **said: object) -> httpx.Response:
        """Raise an event that must be accepted, and lead where it usually does."""
        username = by or EVERY[event].who
        answer = self._send(letter, event, username, said)
        self._moved(letter, event, username, answer)
        return answer

    def refused(
        self,
        letter: str,
        event: str,
        *because: str,
        status: int = UNPROCESSABLE,
        seen: int | None = None,
        **said: object,
    ) -> None:
        """Raise an event that must be refused for these reasons: `code provision date`."""
        username = EVERY[event].who
        answer = self._send(letter, event, username, said, seen)
        act = self._act(letter, event, username)
        self._refused(act, answer, status, because)

    def hidden(self, letter: str, username: str) -> None:
        """Ask for a case that must look as if it were not there."""
        path = f"/v1/monitoring-objects/{self.cases[letter].id}"
        answer = self._http.get(path, headers=self._headers(username))
        label = {"zh": "查阅他村案件", "en": "ask for another village's case"}
        act = Act(self._clock.now(), letter, self._who(username), label)
        self._refused(act, answer, NOT_FOUND, ("not_found",))

    def repeated(self, answer: httpx.Response) -> None:
        """Send the very same request once more: the answer is the same, and nothing moves."""
        again = self._http.send(answer.request)
        same = (again.status_code, again.content) == (answer.status_code, answer.content)
        replayed = again.headers.get("Idempotency-Replayed")
        expect("the same Idempotency-Key again", (True, "true"), (same, replayed))
        self.timeline.note(
            f"同一 Idempotency-Key 重发，答复相同 the same request again, the same answer"
            f" (Idempotency-Replayed: {replayed})"
        )

    def deadlines(self, letter: str) -> list[dict[str, Any]]:
        found = self.get("county", f"/v1/cases/{self.cases[letter].id}/deadlines")
        return list(found["items"])

    def overdue(self, *expected: str) -> None:
        """Let the county list what is overdue: `case days`, in the order of the list."""
        found = self.get("county", "/v1/deadlines", state="overdue")["items"]
        letters = {case.id: letter for letter, case in self.cases.items()}
        rows = [(letters.get(deadline["case_id"], "?"), deadline) for deadline in found]
        came = tuple(f"{letter} {deadline['days_late']}" for letter, deadline in rows)
        expect("the overdue list", expected, came)
        title = f"GET /v1/deadlines?state=overdue · {self._who('county')} · {self.today}"
        self.timeline.deadlines(title, rows)

    # -- how it is sent and what comes of it

    def _post(
        self,
        username: str,
        path: str,
        *,
        seen: int | None = None,
        **request: Any,  # noqa: ANN401
    ) -> httpx.Response:
        self._clock.advance(minutes=MINUTES_OF_AN_ACT)
        headers = self._headers(username) | {"Idempotency-Key": f"demo-{next(self._keys):06}"}
        if seen is not None:
            headers["If-Match"] = f'"{seen}"'
        return self._http.post(path, headers=headers, **request)

    def _send(
        self, letter: str, event: str, username: str, said: dict[str, Any], seen: int | None = None
    ) -> httpx.Response:
        case = self.cases[letter]
        body = {"event": event, **self._body(event, said)}
        version = case.version if seen is None else seen
        return self._post(username, f"/v1/cases/{case.id}/events", seen=version, json=body)

    def _body(self, event: str, said: Mapping[str, object]) -> dict[str, object]:
        body = {**EVERY[event].said, **said}
        return {name: self.today if value is TODAY else value for name, value in body.items()}

    def _act(self, letter: str, event: str, username: str) -> Act:
        return Act(
            at=self._clock.now(),
            letter=letter,
            who=self._who(username),
            what=self._events[event],
            cite=self._cites[self._state(letter), event],
        )

    def _state(self, letter: str) -> str:
        return self.cases[letter].state if letter in self.cases else ""

    def _moved(
        self, letter: str, event: str, username: str, answer: httpx.Response
    ) -> dict[str, Any]:
        what = f"{letter}: {event} by {username}"
        moved = answered(what, answer, CREATED)
        case: dict[str, Any] = moved["case"]
        expect(what, leads_to(event, self._state(letter)), case["state"])
        act = self._act(letter, event, username)
        self.cases[letter] = Case(case["id"], case["household_id"], case["version"], case["state"])
        self.timeline.moved(act, moved)
        return case

    def _refused(
        self, act: Act, answer: httpx.Response, status: int, because: tuple[str, ...]
    ) -> None:
        what = f"{act.letter}: {act.what['en']}, refused"
        problem = answered(what, answer, status)
        expect(what, because, tuple(map(_reason, _reasons(problem))))
        # Nothing has moved: the same request may be sent again, to hear it in English too.
        answer.request.headers["Accept-Language"] = "en"
        english = answered(what, self._http.send(answer.request), status)
        reasons = zip(_reasons(problem), _reasons(english), strict=True)
        self.timeline.refused(act, problem, list(reasons))


def _reasons(problem: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the blockers of a refusal; one that has none is its own reason."""
    return problem.get("blockers") or [problem]


def _reason(blocker: dict[str, Any]) -> str:
    parts = (blocker["code"], blocker.get("cite"), blocker.get("until"))
    return " ".join(part for part in parts if part)
