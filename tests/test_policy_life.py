"""The life of a document: its versions, who publishes them and where, and how cases move on.

The sample district works under the Taogou document. Its second version is made here, from the
text of the first, and comes the way every version comes: over the interface.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from district import Case, District
from sqlalchemy import text as sql
from sqlalchemy import update
from sqlmodel import Session, col, select
from starlette.testclient import TestClient
from test_concurrency import at_once, serving

from service import invariants, sample
from service.audit import chain, policy_acts
from service.clock import office_time
from service.errors import NotReady
from service.main import create_app
from service.store import append_only
from service.store.areas import Area, AreaLevel, add_area
from service.store.cases import CASES, Attempt, Transition
from service.store.columns import new_id
from service.store.people import Appointment, Person, Position
from service.store.policies import PolicyAct
from service.workflows.policy import POLICIES
from service.workflows.rulebook import Rulebook

# ruff: noqa: S608 - the statements are made of our own codes

TEXT = (POLICIES / "taogou-2021.toml").read_text(encoding="utf-8")
CATALOGUE = (POLICIES / "taogou-2021.rules.toml").read_text(encoding="utf-8")
FIRST, SECOND = "taogou-2021@1", "taogou-2021@2"
OTHER_COUNTY, OTHER_COUNTY_VILLAGE = "990101000000", "990101001201"
ISSUED, IN_FORCE = date(2021, 6, 9), date(2021, 6, 16)

FIVE_DAYS = 'unit = "working_day"\namount = 5'
SEVEN_DAYS = 'unit = "working_day"\namount = 7'


def named_anew(stage: str, form: str, code: str, zh: str) -> tuple[tuple[str, str], ...]:
    """Return the passages by which a version has a stage under a name of its own."""
    own = f'[monitoring_object.stages.{code}]\nform = "{form}"\nzh = "{zh}"\nen = "{code}"'
    return (f'"{stage}"', f'"{code}"'), (f"[monitoring_object.stages.{stage}]", own)


AUTHORISATION = named_anew("consent", "consent", "authorisation", "授权")
TOWN_CHECK = named_anew("township_review", "approval", "town_check", "乡镇核查")
TOWNSHIP_LIMIT = """
[[monitoring_object.time_limits]]
id = "township_days"
zh = "乡镇5个工作日内审核"
en = "township review within 5 working days"
kind = "due"
unit = "working_day"
amount = 5
starts = ["village_report"]
ends = ["{stage}"]
cite = "TG-P07"
"""


def paper(*changes: tuple[str, str], version: int = 2, head: str = "", tail: str = "") -> str:
    """Return the text of a version: the first one's, with some passages written otherwise."""
    changed = TEXT.replace("version = 1\n", f"version = {version}\n{head}", 1)
    for old, new in changes:
        assert old in changed, old
        changed = changed.replace(old, new)
    return changed + tail


def publication(text: str) -> dict[str, str]:
    return {"text": text, "catalogue": CATALOGUE}


class Life:
    """What this file does with the sample district."""

    def __init__(self, at: District) -> None:
        self.at = at
        at.change(lambda session: appoint(session, "administrator", sample.COUNTY))
        at.change(lambda session: appoint(session, "clerk", sample.TOWNSHIP))
        at.change(plant_another_county)

    def publish(self, text: str, username: str = "administrator") -> Any:
        return self.at.post(username, "/v1/policies", publication(text))

    def sent(self, path: str, body: dict[str, Any]) -> tuple[str, dict[str, Any], dict[str, str]]:
        """Return a request of the administrator's, to be sent by a client of its own."""
        headers = {"Idempotency-Key": self.at.key(), **self.at.headers("administrator")}
        return path, body, headers

    def published(self, text: str, username: str = "administrator") -> dict[str, Any]:
        answer = self.publish(text, username)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def put(self, area_code: str, policy_id: str, username: str = "administrator") -> Any:
        headers = {"Idempotency-Key": self.at.key(), **self.at.headers(username)}
        path = f"/v1/areas/{area_code}/policy"
        return self.at.client.put(path, json={"policy_id": policy_id}, headers=headers)

    def migrate(self, username: str = "administrator", /, **asked: Any) -> Any:
        headers = {"Idempotency-Key": asked.pop("key", None) or self.at.key()}
        body = {"from_version": 1, "to_version": 2, "dry_run": False, **asked}
        return self.at.post(username, "/v1/policies/taogou-2021/migrations", body, **headers)

    def migrated(self, **asked: Any) -> dict[str, Any]:
        answer = self.migrate(**asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def policy_of(self, case: Case) -> str:
        return self.case(case)["policy"]

    def case(self, case: Case) -> dict[str, Any]:
        return self.at.get("county", f"/v1/monitoring-objects/{case.id}").json()

    def running(self, case: Case) -> dict[str, tuple[int | None, str]]:
        """Return what runs for a case: limit -> (its number of days, the last of them)."""
        return {
            clock["rule"]: (clock["amount"], clock["due_on"])
            for clock in self.at.deadlines(case)
            if clock["state"] in {"running", "overdue"}
        }

    def everything(self) -> Any:
        """Return what a refusal must leave as it was."""
        return self.at.read(lambda session: [rows(session, table) for table in KEPT])


KEPT = ("policy_act", "area", "cases", "transition", "deadline", "saved_answer")


def rows(session: Session, table: str) -> list[tuple[Any, ...]]:
    found = session.connection().execute(sql(f"SELECT * FROM {table}"))
    return sorted(map(tuple, found.all()), key=repr)


@pytest.fixture
def life(district: District) -> Life:
    return Life(district)


def appoint(session: Session, username: str, area_code: str) -> None:
    at = office_time(sample.APPOINTED_ON)
    person = Person(
        id=new_id(at), username=username, name="示例某", password_hash="-", created_at=at
    )
    position = Position(id=new_id(at), role="administrator", area_code=area_code, title="管理员")
    session.add_all([person, position])
    session.flush()
    session.add(
        Appointment(
            id=new_id(at),
            person_id=person.id,
            position_id=position.id,
            from_on=sample.APPOINTED_ON,
        )
    )


def plant_another_county(session: Session) -> None:
    add_area(
        session,
        Area(code=OTHER_COUNTY, name="示例县", level=AreaLevel.COUNTY, policy_id="taogou-2021"),
    )
    add_area(
        session,
        Area(
            code=OTHER_COUNTY_VILLAGE,
            name="示例村",
            level=AreaLevel.VILLAGE,
            parent_code=OTHER_COUNTY,
        ),
    )
    session.flush()
    appoint(session, "other_administrator", OTHER_COUNTY)


def told(answer: Any, status: int = 422) -> set[tuple[str, str | None, str | None, str | None]]:
    """Return the blockers of a refusal: code, need, have, provision."""
    assert answer.status_code == status, answer.text
    return {
        (b["code"], b.get("need"), b.get("have"), b.get("cite")) for b in answer.json()["blockers"]
    }


# Publishing


def test_dx_10_a_version_opens_cases_from_its_first_day_and_running_ones_keep_theirs(life):
    life.at.on(date(2021, 6, 3))
    old = life.at.apply()
    life.at.on(ISSUED)
    published = life.published(paper((FIVE_DAYS, SEVEN_DAYS), head=f"in_force_from = {IN_FORCE}\n"))
    assert published["policy"]["ref"] == SECOND
    assert published["policy"]["area_code"] == sample.COUNTY
    assert published["policy"]["in_force_from"] == IN_FORCE.isoformat()

    life.at.on(date(2021, 6, 15), hour=23)
    before = life.at.apply()
    life.at.on(IN_FORCE, hour=0)
    after = life.at.apply()

    assert [life.policy_of(case) for case in (old, before, after)] == [FIRST, FIRST, SECOND]


def test_a_case_is_under_the_limits_of_its_own_version(life):
    old = life.at.a_case_at("posting")
    life.published(paper((FIVE_DAYS, SEVEN_DAYS)))
    new = life.at.a_case_at("posting")
    for case in (old, new):
        life.at.go_on(case, "village", "post_publicity")

    assert life.running(old)["publicity_minimum"] == (5, "2021-06-18")
    assert life.running(new)["publicity_minimum"] == (7, "2021-06-22")
    life.at.act("county", old, "record_comparison")
    life.at.act("county", new, "record_comparison")
    life.at.on(date(2021, 6, 21))
    life.at.act("village", old, "conclude_publicity")
    refused = life.at.refused("village", new, "conclude_publicity", 422)
    assert [b["code"] for b in refused["blockers"]] == ["too_early"]


def test_a_version_that_is_over_opens_nothing_any_more(life):
    life.published(paper(head="in_force_to = 2021-06-30\n", version=2))
    life.at.on(date(2021, 6, 30), hour=23)
    last = life.at.apply()
    life.at.on(date(2021, 7, 1), hour=0)

    assert life.policy_of(last) == SECOND
    assert life.policy_of(life.at.apply()) == FIRST


def test_a_document_that_is_not_in_force_yet_opens_nothing_and_running_cases_go_on(life):
    life.at.on(date(2021, 6, 3))
    running, household = life.at.apply(), life.at.register()
    life.published(
        paper(('id = "taogou-2021"', 'id = "taogou-2022"'), head=f"in_force_from = {IN_FORCE}\n")
    )
    answer = life.put(sample.TOWNSHIP, "taogou-2022")
    assert answer.json() == {
        "area_code": sample.TOWNSHIP,
        "policy_id": "taogou-2022",
        "in_force": None,
    }

    opening = {"household_id": household, "entry_point": "paper"}
    refused = life.at.post("village", "/v1/monitoring-objects", opening)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_document_in_force")
    life.at.act("village", running, "sign_consent", attachments=[life.at.attach()])

    life.at.on(IN_FORCE)
    opened = life.at.post("village", "/v1/monitoring-objects", opening)
    assert opened.json()["case"]["policy"] == "taogou-2022@2"


def test_every_version_is_listed_and_read_by_its_number(life):
    life.published(paper((FIVE_DAYS, SEVEN_DAYS), head=f"in_force_from = {IN_FORCE}\n"))
    listed = life.at.get("village", "/v1/policies").json()["items"]
    assert {(one["ref"], one["area_code"]) for one in listed} >= {
        (FIRST, None),
        (SECOND, sample.COUNTY),
    }

    def version(**asked: int) -> int:
        return life.at.get("village", "/v1/policies/taogou-2021", **asked).json()["version"]

    assert [version(), version(version=1), version(version=2)] == [1, 1, 2]
    life.at.on(IN_FORCE)
    assert version() == 2
    machine = "/v1/policies/taogou-2021/machines/monitoring_object"
    assert life.at.get("village", machine, version=2).json()["policy"] == SECOND
    assert life.at.get("village", machine, version=3).status_code == 404
    assert SECOND in life.at.client.get("/v1/codes").json()["policies"]


def test_all_gaps_of_a_version_are_told_at_once_with_key_and_sentence(life):
    before = life.everything()
    broken = paper(
        ('by = ["county_bureau"]\ncite = "TG-P08"', 'by = ["nobody"]\ncite = "TG-P08"'),
        ('starts = ["open"]', 'starts = ["opening"]'),
        head="in_force_from = 2021-07-01\nin_force_to = 2021-06-01\n",
    )

    found = told(life.publish(broken))

    assert {code for code, *_ in found} == {"policy_gap"}
    keys = {need for _, need, _, _ in found}
    assert len(keys) >= 3
    assert "in_force_to" in keys
    assert all(have and cite == "DX-10" for _, _, have, cite in found)
    assert life.everything() == before


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("id = ", id="no TOML"),
        pytest.param("a = " + "[" * 50_000, id="nested without end"),
        pytest.param("id = 7", id="another type"),
        pytest.param("id = 'paper-2021'", id="all but the id left out"),
    ],
)
def test_what_is_no_policy_is_refused_with_a_gap(text, life):
    assert {code for code, *_ in told(life.publish(text))} == {"policy_gap"}


def test_the_same_bytes_again_get_the_same_answer_and_add_nothing(life):
    first = life.publish(paper())
    life.at.on(IN_FORCE)
    again = life.publish(paper())

    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    assert life.at.read(lambda s: len(s.exec(select(PolicyAct)).all())) == 1


def test_a_version_is_published_once_and_only_upward(life):
    life.published(paper(version=4))
    before = life.everything()

    assert told(life.publish(paper((FIVE_DAYS, SEVEN_DAYS), version=4))) == {
        ("policy_version_taken", "taogou-2021@4", None, "DX-10")
    }
    assert told(life.publish(paper(version=3))) == {
        ("policy_version_not_higher", "4", "taogou-2021@3", "DX-10")
    }
    assert told(life.publish(paper(version=1))) == {("policy_version_taken", FIRST, None, "DX-10")}
    assert life.everything() == before


@pytest.mark.parametrize("username", ["village", "township", "county", "clerk"])
def test_dx_10_nobody_but_an_administrator_of_a_county_or_above_publishes(username, life):
    before = life.everything()
    asked = {"from_version": 1, "to_version": 1, "dry_run": True}
    answers = [
        life.publish(paper(), username),
        life.put(sample.VILLAGE, "taogou-2021", username),
        life.at.post(username, "/v1/policies/taogou-2021/migrations", asked),
    ]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert {answer.json()["code"] for answer in answers} == {"not_your_role"}
    assert life.everything() == before
    attempts = life.at.read(
        lambda s: s.exec(select(Attempt.action).order_by(col(Attempt.id))).all()
    )
    assert attempts[-3:] == ["publish_policy", "put_policy_in_force", "migrate_cases"]


# Areas


def test_dx_10_a_version_is_usable_at_its_area_and_below_and_nowhere_else(life):
    life.published(paper(), "other_administrator")
    life.published(
        paper(('id = "taogou-2021"', 'id = "elsewhere-2021"'), version=1), "other_administrator"
    )

    assert life.policy_of(life.at.apply()) == FIRST
    assert told(life.put(sample.TOWNSHIP, "elsewhere-2021")) == {
        ("policy_not_usable", "elsewhere-2021", "桃沟乡", "DX-10")
    }
    assert told(life.publish(paper((FIVE_DAYS, SEVEN_DAYS), version=3))) == {
        ("policy_of_another_area", None, "taogou-2021", "DX-10")
    }
    answer = life.put(OTHER_COUNTY_VILLAGE, "elsewhere-2021", "other_administrator")
    assert answer.json()["in_force"] == "elsewhere-2021@1"


def test_an_area_out_of_reach_is_not_there(life):
    life.published(paper())
    before = life.everything()

    for code in (OTHER_COUNTY, OTHER_COUNTY_VILLAGE, "999999999999"):
        answer = life.put(code, "taogou-2021")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    answer = life.migrate(area=OTHER_COUNTY, dry_run=True)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert life.everything() == before


def test_the_document_of_an_area_is_put_in_force_on_record(life):
    life.published(paper(('id = "taogou-2021"', 'id = "county-paper"'), version=1))

    answer = life.put(sample.NEIGHBOUR, "county-paper")

    assert answer.status_code == 200
    assert answer.json()["in_force"] == "county-paper@1"
    area = life.at.get("county", f"/v1/areas/{sample.NEIGHBOUR}").json()
    assert area["policy_id"] == "county-paper"
    assert life.policy_of(life.at.apply()) == FIRST
    _, act = life.at.read(lambda s: s.exec(select(PolicyAct).order_by(col(PolicyAct.seq))).all())
    said = json.loads(act.line)
    me = life.at.get("administrator", "/v1/me").json()
    assert (said["kind"], said["area"], said["policy"]) == (
        "put_in_force",
        sample.NEIGHBOUR,
        "county-paper",
    )
    assert (said["person"], said["position"]) == (me["person_id"], me["positions"][0]["id"])
    assert (said["actor_type"], said["role"], said["actor_area"]) == (
        "person",
        "administrator",
        me["positions"][0]["area_code"],
    )
    assert said["at"] == "2021-06-03T01:00:00.000000Z"
    life.put(sample.NEIGHBOUR, "county-paper")
    assert life.at.read(lambda s: len(s.exec(select(PolicyAct)).all())) == 2


# The record


def forge_act(session: Session, statement: str) -> None:
    """Do what only an owner of the database can, and put the triggers up again."""
    run, dialect = session.connection().exec_driver_sql, session.get_bind().dialect.name
    for down in append_only.removal(dialect, "policy_act"):
        run(down)
    run(statement)
    append_only.install(run, dialect, "policy_act")


FORGERIES = {
    "a text changed": (
        "UPDATE policy_act SET text = replace(text, 'amount = 5', 'amount = 3') WHERE seq = 1",
        "columns differ",
    ),
    "an area changed": (
        f"UPDATE policy_act SET area_code = '{sample.NEIGHBOUR}' WHERE seq = 2",
        "columns differ",
    ),
    "a line changed": (
        "UPDATE policy_act SET line = (SELECT line FROM policy_act WHERE seq = 2) WHERE seq = 1",
        "do not give the hash",
    ),
    "the first taken out": ("DELETE FROM policy_act WHERE seq = 1", "missing"),
}


@pytest.mark.parametrize(("statement", "word"), FORGERIES.values(), ids=FORGERIES)
def test_a_forged_act_is_found(statement, word, life):
    life.published(paper())
    life.put(sample.VILLAGE, "taogou-2021")
    assert life.at.read(lambda s: list(policy_acts.verify(s))) == [None, None]
    assert life.at.read(lambda s: list(invariants.violations(s, Rulebook()))) == []

    life.at.change(lambda session: forge_act(session, statement))

    flaws = life.at.read(lambda s: [flaw for flaw in policy_acts.verify(s) if flaw])
    assert word in flaws[0]
    assert set(flaws) <= set(life.at.read(lambda s: list(invariants.violations(s, Rulebook()))))


def test_an_area_whose_document_was_changed_past_the_record_is_found(life):
    life.put(sample.VILLAGE, "taogou-2021")
    life.at.change(
        lambda s: s.connection().exec_driver_sql(
            f"UPDATE area SET policy_id = 'other' WHERE code = '{sample.VILLAGE}'"
        )
    )

    (found,) = life.at.read(lambda s: list(invariants.violations(s, Rulebook())))
    assert sample.VILLAGE in found


def forged_case(session: Session) -> None:
    session.execute(update(CASES).values(policy=SECOND))


def forged_line(session: Session) -> None:
    """Seal a line anew that puts a case under another version without a migration."""
    for down in append_only.removal(session.get_bind().dialect.name, "transition"):
        session.connection().exec_driver_sql(down)
    line = session.exec(select(Transition).order_by(col(Transition.seq).desc())).first()
    more = json.loads(line.line)
    line.policy = SECOND
    chain.seal(line, {name: more[name] for name in set(more) - set(chain.columns_of(line))})
    session.add(line)
    session.execute(update(CASES).values(policy=SECOND, head_hash=line.hash))


@pytest.mark.parametrize(
    ("forge", "word"),
    [
        pytest.param(forged_case, "not that of its last line", id="in the case"),
        pytest.param(forged_line, "without a migration", id="in its last line"),
    ],
)
def test_a_case_that_was_put_under_another_version_past_a_migration_is_found(forge, word, life):
    case = life.at.apply()
    life.at.act("village", case, "sign_consent")
    life.published(paper())

    life.at.change(forge)

    assert word in " ".join(life.at.read(lambda s: list(invariants.violations(s, Rulebook()))))


# Several processes


@contextmanager
def another_process(life: Life, settings: Any) -> Iterator[District]:
    with TestClient(create_app(settings, life.at.clock, Rulebook())) as client:
        other = District(client, life.at.clock)
        other._serial = life.at._serial  # noqa: SLF001 - no two households with one number
        other.key = life.at.key
        yield other


def test_what_one_process_publishes_every_other_knows(life, settings):
    with another_process(life, settings) as other:
        life.published(paper())

        case = other.apply()
        assert life.policy_of(case) == SECOND
        life.at.act("village", case, "sign_consent")
        assert [line["policy"] for line in other.history(case)] == [SECOND] * 2
        other.act("village", case, "conclude_deliberation")


def test_a_case_under_a_version_published_a_moment_ago_is_known(life, settings):
    """Published after this request had asked who it is, and before it came to the case."""
    with another_process(life, settings) as other:
        life.published(paper())
        registry = other.office.registry

        found = other.read(lambda session: registry.pinned(session, SECOND))

    assert found.policy.version == 2


def test_a_process_that_starts_later_knows_what_was_published(life, settings):
    life.published(paper())
    case = life.at.apply()

    with another_process(life, settings) as other:
        assert SECOND in other.client.get("/v1/codes").json()["policies"]
        other.act("village", case, "sign_consent")


def test_it_does_not_start_with_a_published_version_that_it_cannot_read(life, settings):
    life.published(paper())
    life.at.change(lambda session: forge_act(session, "UPDATE policy_act SET text = 'id = 7'"))

    with pytest.raises(NotReady, match=SECOND), another_process(life, settings):
        pass


def test_a_published_version_is_not_known_on_another_database(life, rulebook):
    life.published(paper())
    life.at.apply()

    assert SECOND not in rulebook


def test_of_8_texts_of_one_version_that_come_at_once_one_is_published(life, settings, rulebook):
    texts = [paper((FIVE_DAYS, f'unit = "working_day"\namount = {n}')) for n in range(6, 14)]
    with serving(create_app(settings, life.at.clock, rulebook)) as url:
        answers = at_once(url, [life.sent("/v1/policies", publication(one)) for one in texts])

    assert Counter(answer.status_code for answer in answers) == {201: 1, 422: 7}
    lost = [told(answer) for answer in answers if answer.status_code == 422]
    assert lost == [{("policy_version_taken", SECOND, None, "DX-10")}] * 7
    assert life.at.read(lambda s: list(policy_acts.verify(s))) == [None]


def test_of_4_runs_of_a_migration_at_once_each_case_is_moved_by_one(life, settings, rulebook):
    cases = [life.at.apply() for _ in range(6)]
    life.published(paper())
    asked = {"from_version": 1, "to_version": 2, "dry_run": False}
    with serving(create_app(settings, life.at.clock, rulebook)) as url:
        path = "/v1/policies/taogou-2021/migrations"
        answers = at_once(url, [life.sent(path, asked) for _ in range(4)])

    assert {answer.status_code for answer in answers} == {200}
    moved = Counter(one["case_id"] for answer in answers for one in answer.json()["cases"])
    assert moved == {case.id: 1 for case in cases}
    assert life.at.read(lambda s: list(invariants.violations(s, Rulebook()))) == []


# Moving running cases


def test_dx_11_a_migration_moves_every_case_and_says_so_in_its_log(life):
    first, second = life.at.a_case_at("posting"), life.at.a_case_at("township_review")
    life.published(paper(*TOWN_CHECK))

    report = life.migrated(states={"township_review": "town_check"})

    assert report["states"] == {"posting": "posting", "township_review": "town_check"}
    assert [(one["case_id"], one["from_state"], one["to_state"]) for one in report["cases"]] == [
        (first.id, "posting", "posting"),
        (second.id, "township_review", "town_check"),
    ]
    assert [life.policy_of(case) for case in (first, second)] == [SECOND, SECOND]
    line = life.at.history(second)[-1]
    said = json.loads(line["line"])
    assert line["event_label"] == {
        "zh": "迁移到文件的其他版本",
        "en": "moved to another version of the document",
    }
    assert (line["from_state"], line["to_state"]) == ("township_review", "town_check")
    assert line["to_state_label"]["zh"] == "乡镇核查"
    assert (said["from_policy"], said["policy"]) == (FIRST, SECOND)
    assert said["states"] == {"township_review": "town_check"}
    assert (line["role"], line["area_code"]) == ("administrator", sample.COUNTY)
    assert line["statement"] is None
    second.version += 1
    second.state = "town_check"
    life.at.act("township", second, "approve")
    assert second.state == "county_filing"


def test_dx_11_a_dry_run_says_what_the_run_does_and_changes_nothing(life):
    life.at.a_case_at("publicity")
    life.at.a_case_at("township_review")
    life.published(paper((FIVE_DAYS, SEVEN_DAYS), *TOWN_CHECK))
    asked = {"states": {"township_review": "town_check"}}
    before = life.everything()

    dry = life.migrated(dry_run=True, **asked)

    assert life.everything()[:-1] == before[:-1]  # its own answer alone is kept
    assert len(dry["cases"]) == 2
    assert {**dry, "dry_run": False} == life.migrated(**asked)


def changes_in(report: dict[str, Any]) -> dict[str, set[tuple[Any, ...]]]:
    """Return case -> what becomes of its deadlines: limit, change, last day before and after."""
    return {
        one["case_id"]: {
            (c["rule"], c["change"], c["was_due_on"], c["due_on"]) for c in one["deadlines"]
        }
        for one in report["cases"]
    }


def test_deadlines_stay_are_recomputed_lapse_and_start(life):
    posted, reported = life.at.a_case_at("publicity"), life.at.a_case_at("township_review")
    limit = TOWNSHIP_LIMIT.format(stage="township_review")
    life.published(paper((FIVE_DAYS, SEVEN_DAYS), tail=limit))

    assert changes_in(life.migrated()) == {
        posted.id: {
            ("publicity_minimum", "recomputed", "2021-06-18", "2021-06-22"),
            ("dynamic_management", "kept", "2021-06-25", "2021-06-25"),
        },
        reported.id: {
            ("dynamic_management", "kept", "2021-06-25", "2021-06-25"),
            ("township_days", "started", None, "2021-06-28"),
        },
    }
    assert life.running(posted)["publicity_minimum"] == (7, "2021-06-22")
    (clock,) = [c for c in life.at.deadlines(posted) if c["rule"] == "publicity_minimum"]
    assert [happened["what"] for happened in clock["clock"]] == ["started", "carried_over"]
    assert life.running(reported)["township_days"] == (5, "2021-06-28")

    life.published(paper(("on = 2021-06-25", "on = 2021-06-30"), version=3))
    assert changes_in(life.migrated(from_version=2, to_version=3)) == {
        posted.id: {
            ("publicity_minimum", "recomputed", "2021-06-22", "2021-06-18"),
            ("dynamic_management", "recomputed", "2021-06-25", "2021-06-30"),
        },
        reported.id: {
            ("dynamic_management", "recomputed", "2021-06-25", "2021-06-30"),
            ("township_days", "lapsed", "2021-06-28", "2021-06-28"),
        },
    }
    assert life.at.read(lambda s: list(invariants.violations(s, Rulebook()))) == []


A_LIMIT = """
[[monitoring_object.time_limits]]
id = "new_limit"
zh = "新时限"
en = "new limit"
kind = "due"
cite = "TG-P07"
"""
THREE_DAYS = 'unit = "calendar_day"\namount = 3\n'


@pytest.mark.parametrize(
    ("state", "limit", "over_at"),
    [
        pytest.param(
            "group_deliberation",
            f'{THREE_DAYS}starts = ["consent"]\nends = ["group_deliberation"]',
            "2021-06-08T00:00:00+08:00",
            id="from the day of the act",
        ),
        pytest.param(
            "group_deliberation",
            f'{THREE_DAYS}starts = ["consent"]\nends = ["group_deliberation"]\n'
            'from_day = "signed_on"',
            "2021-06-07T00:00:00+08:00",
            id="from the day that was stated",
        ),
        pytest.param(
            "group_deliberation",
            'unit = "hour"\namount = 48\nstarts = ["consent"]\nends = ["group_deliberation"]',
            "2021-06-06T09:00:00+08:00",
            id="of hours, from the instant of the act",
        ),
        pytest.param(
            "group_deliberation",
            f'{THREE_DAYS}starts = ["open"]\nends = ["consent"]',
            None,
            id="ended already",
        ),
        pytest.param(
            "group_deliberation",
            f'{THREE_DAYS}starts = ["open"]\nends = ["registration"]\nlapses = ["consent"]',
            None,
            id="lapsed already",
        ),
        pytest.param(
            "group_deliberation",
            f'{THREE_DAYS}starts = ["village_review"]\nends = ["posting"]',
            None,
            id="not begun",
        ),
        pytest.param(
            "assisted", f'{THREE_DAYS}starts = ["open"]\nends = ["refuse"]', None, id="hopeless"
        ),
        pytest.param(
            "group_deliberation",
            'unit = "date"\non = 2021-06-01\nstarts = ["open"]\nends = ["registration"]',
            None,
            id="of a day before it would have begun",
        ),
        pytest.param(
            "township_review",
            f'{THREE_DAYS}starts = ["village_report"]\nends = ["township_review"]\n'
            'only_for = { object_types = ["sudden_hardship"] }',
            None,
            id="for other cases",
        ),
        pytest.param(
            "township_review",
            f'{THREE_DAYS}starts = ["village_report"]\nends = ["township_review"]\n'
            'only_for = { object_types = ["marginal"] }',
            "2021-06-25T00:00:00+08:00",
            id="for such cases",
        ),
    ],
)
def test_a_limit_that_a_version_adds_runs_as_if_it_had_been_there(state, limit, over_at, life):
    if state == "group_deliberation":
        life.at.on(date(2021, 6, 3))
        case = life.at.apply()
        life.at.on(date(2021, 6, 4))
        life.at.act("village", case, "sign_consent", signed_on="2021-06-03")
    else:
        case = life.at.a_case_at(state)
    life.published(paper(tail=A_LIMIT + limit))

    life.migrated()

    new = {one["rule"]: one["over_at"] for one in life.at.deadlines(case)}
    assert new.get("new_limit") == over_at


def test_a_deadline_of_a_version_that_is_left_is_still_explained(life):
    limit = TOWNSHIP_LIMIT.format(stage="township_review")
    life.published(paper(tail=limit))
    case = life.at.a_case_at("township_review")
    life.published(paper(version=3))

    life.migrated(from_version=2, to_version=3)

    lapsed = next(one for one in life.at.deadlines(case) if one["rule"] == "township_days")
    assert (lapsed["state"], lapsed["label"]["zh"]) == ("lapsed", "乡镇5个工作日内审核")
    explained = life.at.get("county", f"/v1/deadlines/{lapsed['id']}/explain").json()
    assert explained["steps"][-1]["on"] == lapsed["due_on"] == "2021-06-28"


def test_what_was_done_under_another_name_stays_done(life):
    case = life.at.a_case_at("township_review")
    life.published(paper(*AUTHORISATION))

    life.migrated(states={"consent": "authorisation"})

    case.version += 1
    life.at.act("township", case, "approve")
    assert life.at.read(lambda s: list(invariants.violations(s, Rulebook()))) == []


@pytest.mark.parametrize(
    ("states", "because"),
    [
        pytest.param({}, ("state_not_mapped", SECOND, "township_review"), id="unmapped"),
        pytest.param(
            {"township_review": "withdrawn"}, ("state_closes", None, "withdrawn"), id="to an end"
        ),
        pytest.param(
            {"township_review": "nowhere"}, ("state_not_known", SECOND, "nowhere"), id="to nowhere"
        ),
        pytest.param(
            {"township_review": "town_check", "town_check": "town_check"},
            ("state_not_known", FIRST, "town_check"),
            id="from nowhere",
        ),
    ],
)
def test_dx_11_states_that_do_not_fit_stop_the_whole_migration(states, because, life):
    life.at.a_case_at("posting")
    life.at.a_case_at("township_review")
    life.published(paper(*TOWN_CHECK))
    before = life.everything()

    assert told(life.migrate(states=states)) == {(*because, "DX-11")}
    assert life.everything() == before
    dry = life.migrated(states=states, dry_run=True)
    assert [(b["code"], b.get("need"), b.get("have")) for b in dry["blockers"]] == [because]
    assert dry["cases"] == []


@pytest.mark.parametrize(
    ("changes", "asked", "because"),
    [
        pytest.param((), {"to_version": 1}, ("version_the_same", None, FIRST), id="the same"),
        pytest.param(
            {"head": "in_force_from = 2021-09-01\n"},
            {},
            ("policy_not_in_force", SECOND, None),
            id="not in force",
        ),
        pytest.param(
            {
                "changes": [
                    ('code = "marginal"', 'code = "near_poor"'),
                    ('{ marginal = "contact"', '{ near_poor = "contact"'),
                    ('["lifted_out", "marginal"]', '["lifted_out", "near_poor"]'),
                ]
            },
            {},
            ("object_type_not_known", SECOND, "marginal"),
            id="no such type",
        ),
        pytest.param(
            {"changes": [('township_office"', 'town_hall"'), ("township_office =", "town_hall =")]},
            {},
            ("nobody_holds", "town_hall", sample.VILLAGE),
            id="no such position",
        ),
    ],
)
def test_a_version_that_the_cases_cannot_be_under_stops_it(changes, asked, because, life):
    life.at.a_case_at("township_review")
    made = dict(changes)
    life.published(paper(*made.pop("changes", ()), **made))
    before = life.everything()

    assert told(life.migrate(**asked)) == {(*because, "DX-11")}
    assert life.everything() == before


def test_a_version_that_is_not_there_is_not_found(life):
    for asked in ({"to_version": 9}, {"from_version": 9, "to_version": 1}):
        assert life.migrate(dry_run=True, **asked).status_code == 404


def test_a_migration_reaches_its_area_and_no_closed_case(life):
    here, closed = life.at.a_case_at("posting"), life.at.a_case_at("withdrawn")
    life.published(paper())

    assert life.migrated(area=sample.NEIGHBOUR)["cases"] == []
    report = life.migrated(area=sample.VILLAGE)
    assert [one["case_id"] for one in report["cases"]] == [here.id]
    assert (report["states"], report["remaining"]) == ({"posting": "posting"}, 0)
    assert life.policy_of(closed) == FIRST


def test_a_migration_goes_on_where_it_stopped_and_is_answered_once(life):
    cases = [life.at.apply() for _ in range(3)]
    life.published(paper())

    first = life.migrate(at_most=2, key="migration-one")
    again = life.migrate(at_most=2, key="migration-one")
    assert again.content == first.content
    assert (len(first.json()["cases"]), first.json()["remaining"]) == (2, 1)
    assert [life.policy_of(case) for case in cases] == [SECOND, SECOND, FIRST]
    rest = life.migrated(at_most=2)
    assert ([one["case_id"] for one in rest["cases"]], rest["remaining"]) == ([cases[2].id], 0)
    assert [len(life.at.history(case)) for case in cases] == [2, 2, 2]
    reused = life.migrate(at_most=3, key="migration-one")
    assert (reused.status_code, reused.json()["code"]) == (422, "idempotency_key_reused")


def test_whoever_acts_on_a_case_that_was_migrated_meanwhile_is_told(life):
    case = life.at.a_case_at("township_review")
    life.published(paper(*TOWN_CHECK))
    life.migrated(states={"township_review": "town_check"})

    refused = life.at.refused("township", case, "approve", 412)

    assert (refused["state"], refused["version"]) == ("town_check", case.version + 1)
