"""The log: what a line says, what it never says, and how a forged one is found.

Design 4.4 and 4.5. That lines cannot be edited in the first place is in `test_append_only.py`;
here somebody who owns the database has taken the triggers down.
"""

import functools
import hashlib
import json
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from bodies import criteria, findings, measure
from district import CONCLUDED_ON, PDF, POSTED_ON, Case, District
from sqlalchemy import Table, delete, insert, select, text, update
from sqlmodel import Session

from service import invariants, sample
from service.audit import chain
from service.clock import office_time
from service.store import append_only
from service.store.cases import Attempt, Transition
from service.store.cases import Case as Row

LINES: Table = Transition.__table__
ATTEMPTS: Table = Attempt.__table__
CASES: Table = Row.__table__

OTHER_ID, OTHER_HASH = UUID(int=7), "7" * 64


def canonical(value: Any) -> bytes:
    """Return RFC 8785 for what our lines hold: no floats, names in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def a_case_of_four_lines(district: District) -> Case:
    case = district.a_case_at("posting")
    assert case.version == 4
    return case


# What a line says


def test_a_line_says_who_did_what_when_and_under_which_document(district):
    case, paper = district.apply(), district.attach()
    me = district.get("village", "/v1/me").json()
    district.clock.set(office_time(date(2021, 6, 4), 15, 30))

    moved = district.act(
        "village",
        case,
        "sign_consent",
        attachments=[paper],
        reason="上门签字",
        device_time="2021-06-04T14:00:00.123456+08:00",
    )

    first, line = district.history(case)
    assert moved["transition"]["line"] == line["line"]
    said = json.loads(line["line"])
    assert said == {
        "case": case.id,
        "kind": "monitoring_object",
        "seq": 2,
        "round": 1,
        "actor_type": "person",
        "event": "sign_consent",
        "from": "consent",
        "to": "group_deliberation",
        "person": me["person_id"],
        "position": me["positions"][0]["id"],
        "role": "village_committee",
        "area": sample.VILLAGE,
        "received_at": "2021-06-04T07:30:00.000000Z",
        "device_time": "2021-06-04T06:00:00.123456Z",
        "policy": "taogou-2021@1",
        "calendar_edition": 23,
        "body_commitment": said["body_commitment"],
        "attachments": [{"id": paper, "sha256": sha256(PDF)}],
        "late": [],
        "deadlines": [],
        "outcome": {},
        "prev": first["hash"],
    }


def test_the_bytes_of_a_line_are_canonical_and_each_names_the_hash_of_the_one_before(district):
    case = district.a_case_at("township_review")

    before = "0" * 64
    for line in district.history(case):
        content = line["line"].encode()
        assert canonical(json.loads(content)) == content
        assert line["hash"] == sha256(content)
        assert line["prev_hash"] == json.loads(content)["prev"] == before
        before = line["hash"]


def test_a_line_binds_each_value_that_was_said_by_a_salt_of_its_own(district):
    case = a_case_of_four_lines(district)
    district.act("village", case, "return_case", reason="材料不全", to="village_review")

    salts, values = set(), 0
    entries = district.read(lambda session: session.get_one(Row, UUID(case.id)).dossier)
    for entry, line in zip(entries, district.history(case), strict=True):
        statement = line["statement"]
        assert entry["body"] == statement
        bound = {
            name: sha256(bytes.fromhex(entry["salts"][name]) + canonical(value))
            if name in entry["salts"]
            else value
            for name, value in statement.items()
            if name != "device_time"
        }
        assert json.loads(line["line"])["body_commitment"] == sha256(canonical(bound))
        plain = {name for name, value in bound.items() if name not in entry["salts"]}
        assert not [name for name in plain - {"event", "attachments"} if statement[name]]
        salts |= set(entry["salts"].values())
        values += len(entry["salts"])
    assert len(salts) == values > case.version
    assert {len(salt) for salt in salts} == {32}


def test_a_retry_under_the_same_key_adds_no_line(district):
    case = district.apply()
    path, body = f"/v1/cases/{case.id}/events", district.good("sign_consent")
    same = {"Idempotency-Key": "one-and-the-same", "If-Match": '"1"'}

    first, second = (district.post("village", path, body, **same) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert [line["event"] for line in district.history(case)] == ["open", "sign_consent"]


# What it never says

PERSONAL = {
    "the head's name": "欧阳示例",
    "a member's name": "司马示例",
    "an identity number": sample.identity_number(901),
    "a member's identity number": sample.identity_number(902),
    "a telephone number": "19912345678",
    "the proxy": "诸葛代填",
    "a reason": "因家中老人住院",
    "a filing number": "备字2021第0077号",
    "what an objection states": "该户长子在城里有商铺",
    "who concluded on a hit": "上官区干",
    "an opinion": "同意，家境确实困难",
    "what to fix": "补充银行流水",
    "the helper": "东方联系人",
    "the helper's unit": "示例局办公室",
    "why from another unit": "原单位已整建制撤销",
    "a measure": "为次女申请助学贷款",
    "the owner of a measure": "南宫责任人",
    "how a measure goes": "助学贷款已发放到户",
    "what came of it": "次女已返校就读",
    "who visited": "慕容队员",
    "what a visit found": "屋顶漏雨待修",
    "what changed": "长子外出务工返乡",
    "why a risk is gone": "全家收入连续两年稳定",
    "what a criterion rests on": "工资流水已核对",
    "why it is rolled back": "次女又患重病住院",
    "how it ended": "全家随子女迁往外省",
    "a user name that does not exist": "13911112222",
}


def member(name: str, relation: str, id_number: str) -> dict[str, str]:
    return {"name": name, "relation": relation, "id_number": id_number}


def lives_through_everything(district: District) -> Case:
    """Tell every personal value somewhere: in the register, in statements, in what is refused."""
    members = [
        member(PERSONAL["the head's name"], "head", PERSONAL["an identity number"]),
        member(PERSONAL["a member's name"], "child", PERSONAL["a member's identity number"]),
    ]
    telephone, reason = PERSONAL["a telephone number"], PERSONAL["a reason"]
    household_id = district.register(members=members, telephone=telephone)
    application = {"household_id": household_id, "entry_point": "app", "reason": reason}
    opened = district.post("village", "/v1/monitoring-objects", application).json()["case"]
    case = Case(opened["id"], household_id)
    in_the_village(district, case)
    above_the_village(district, case)
    helped_until_it_ends(district, case)
    assert sign_in(district, PERSONAL["a user name that does not exist"]).status_code == 401
    assert sign_in(district, "village").status_code == 201
    return case


def in_the_village(district: District, case: Case) -> None:
    p, act = PERSONAL, functools.partial(district.act, "village", case)
    proxy = {"filled_by": "near_relative", "proxy_name": p["the proxy"]}
    act("sign_consent", reason=p["a reason"], **proxy)
    act("conclude_deliberation")
    act("conclude_review")
    act("return_case", to="village_review", to_fix=[p["what to fix"]])
    act("conclude_review")
    remark = f"{p['an identity number']}，{p['a telephone number']}"
    district.refused("village", case, "post_publicity", 422, remark=remark)
    district.on(POSTED_ON)
    act("post_publicity", remark=f"联系人{p['the proxy']}")
    act("object", statement=p["what an objection states"])
    district.refused("team", case, "object", 403, statement=p["what an objection states"])
    act("reject_objection", reason=p["a reason"])
    differing = findings(police="differs")
    district.act("county", case, "record_comparison", findings=differing)
    officer = p["who concluded on a hit"]
    district.act("county", case, "conclude_comparison", officer=officer)
    district.on(CONCLUDED_ON)
    act("conclude_publicity")
    act("report")


def above_the_village(district: District, case: Case) -> None:
    p, act = PERSONAL, district.act
    act("township", case, "approve", opinion=p["an opinion"])
    act("county", case, "file", filing_number=p["a filing number"])
    act("county", case, "announce")
    act("township", case, "register", reason=p["a reason"])
    helper = {"helper_name": p["the helper"], "helper_unit": p["the helper's unit"]}
    act("township", case, "assign_helper", **helper)


def helped_until_it_ends(district: District, case: Case) -> None:
    p, act = PERSONAL, functools.partial(district.act, "village", case)
    owned = measure(what=p["a measure"], owner=p["the owner of a measure"])
    act("agree_plan", measures=[owned])
    why = p["why from another unit"]
    act("replace_helper", helper_unit="另一单位", same_unit_impossible=why)
    act("record_progress", progress=p["how a measure goes"], effect=p["what came of it"])
    visitors = [{"name": p["who visited"], "role": "resident_team"}]
    act("record_visit", visitors=visitors, findings=p["what a visit found"])
    act("collect_change", change=p["what changed"])
    act("propose_elimination", reason=p["why a risk is gone"])
    found = [one | {"remark": p["what a criterion rests on"]} for one in criteria()]
    act("record_criteria", criteria=found, visitors=[p["who visited"]])
    act("roll_back", reason=p["why it is rolled back"])
    act("end_naturally", reason=p["how it ended"])


def sign_in(district: District, username: str, password: str = sample.PASSWORD) -> Any:
    return district.client.post("/v1/session", json={"username": username, "password": password})


def everything_in(district: District, table: Table) -> bytes:
    """Return every value of every row of a table, bytes as they are, the rest in words."""
    found = district.read(lambda session: session.execute(select(table)).all())
    values = [value for row in found for value in row]
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)


@pytest.mark.parametrize("table", [LINES, ATTEMPTS], ids=lambda table: table.name)
def test_no_personal_value_is_in_any_line_nor_in_any_attempt(district, table):
    case = lives_through_everything(district)
    told = district.client.get(
        f"/v1/cases/{case.id}/history", headers=district.headers("county")
    ).text

    kept = everything_in(district, table)

    in_statements = {name for name, value in PERSONAL.items() if value in told}
    assert len(in_statements) >= 20, "the story no longer tells what this test looks for"
    assert [name for name, value in PERSONAL.items() if value.encode() in kept] == []
    escaped = [json.dumps(value)[1:-1].encode() for value in PERSONAL.values()]
    assert [value for value in escaped if value in kept] == []


def test_a_request_id_that_a_client_sends_carries_no_personal_value_into_an_attempt(district):
    case = district.apply()
    path = f"/v1/cases/{case.id}/events"
    for name in ("an identity number", "a telephone number"):
        headers = {"X-Request-Id": PERSONAL[name], "If-Match": '"1"'}
        assert district.post("team", path, district.good("withdraw"), **headers).status_code == 403

    kept = everything_in(district, ATTEMPTS)

    assert [name for name, value in PERSONAL.items() if value.encode() in kept] == []


# What was tried in vain


def attempts(district: District) -> dict[UUID, Attempt]:
    found = district.read(lambda session: session.scalars(select(Attempt)).all())
    return {attempt.id: attempt for attempt in found}


def the_new_attempt(district: District, before: dict[UUID, Attempt]) -> Attempt:
    (new,) = (one for id_, one in attempts(district).items() if id_ not in before)
    return new


@pytest.mark.parametrize(
    ("username", "event", "changes", "status", "outcome"),
    [
        pytest.param("team", "sign_consent", {}, 403, "not_your_role", id="another's role"),
        pytest.param("neighbour", "sign_consent", {}, 404, "not_found", id="another's area"),
        pytest.param("village", "announce", {}, 409, "event_not_allowed", id="another stage"),
        pytest.param(
            "village",
            "sign_consent",
            {"signed": False},
            422,
            "requirements_not_met",
            id="a requirement",
        ),
    ],
)
def test_a_refused_event_is_noted_with_who_tried_what_and_why_not(
    district, username, event, changes, status, outcome
):
    case = district.apply()
    before = attempts(district)

    problem = district.refused(username, case, event, status, **changes)

    attempt = the_new_attempt(district, before)
    assert (attempt.action, attempt.outcome) == (event, outcome)
    assert str(attempt.person_id) == district.get(username, "/v1/me").json()["person_id"]
    assert attempt.case_id == UUID(case.id)
    assert attempt.at == district.clock.now()
    assert attempt.request_id == problem["request_id"]


def test_an_event_that_rests_on_an_old_version_is_noted_too(district):
    case = district.apply()
    before = attempts(district)
    case.version = 7

    district.refused("village", case, "sign_consent", 412)

    attempt = the_new_attempt(district, before)
    assert (attempt.action, attempt.outcome) == ("sign_consent", "stale_version")


def test_a_refused_application_is_noted_though_there_is_no_case(district):
    application = {"household_id": str(uuid4()), "entry_point": "paper"}
    before = attempts(district)

    assert district.post("village", "/v1/monitoring-objects", application).status_code == 404

    attempt = the_new_attempt(district, before)
    assert (attempt.action, attempt.outcome, attempt.case_id) == ("open", "not_found", None)


def test_every_sign_in_is_noted_under_a_keyed_index_of_its_name(district):
    before = attempts(district)
    assert sign_in(district, "village").status_code == 201
    granted = the_new_attempt(district, before)
    before = attempts(district)
    assert sign_in(district, "village", "not the password").status_code == 401
    refused = the_new_attempt(district, before)

    assert (granted.action, granted.outcome) == ("sign_in", "signed_in")
    assert (refused.action, refused.outcome) == ("sign_in", "sign_in_refused")
    assert granted.person_id is not None
    assert refused.person_id is None
    assert granted.subject == refused.subject
    assert granted.subject not in {"village", sha256(b"village")}


# How a forged history is found

Attack = Callable[[Session, UUID], object]


def after(district: District, *attacks: Callable[[Session], object]) -> list[chain.Flaw | None]:
    """Return the first flaw found after each attack, each on the history as it was before."""

    def work(session: Session) -> list[chain.Flaw | None]:
        for statement in append_only.removal(session.get_bind().dialect.name, LINES.name):
            session.execute(text(statement))
        return [_after(session, attack) for attack in attacks]

    return district.change(work)


def _after(session: Session, attack: Callable[[Session], object]) -> chain.Flaw | None:
    point = session.begin_nested()
    attack(session)
    session.expire_all()
    flaws = [flaw for _, _, flaw in chain.verify(session) if flaw]
    point.rollback()
    return flaws[0] if flaws else None


def line_of(case_id: UUID, seq: int) -> Any:
    return (LINES.c.case_id == case_id) & (LINES.c.seq == seq)


def changed(number: int, **values: Any) -> Attack:
    return lambda session, case_id: session.execute(
        update(LINES).where(line_of(case_id, number)).values(**values)
    )


def removed(*seqs: int) -> Attack:
    return lambda session, case_id: session.execute(
        delete(LINES).where(LINES.c.case_id == case_id, LINES.c.seq.in_(seqs))
    )


def case_changed(**values: Any) -> Attack:
    return lambda session, case_id: session.execute(
        update(CASES).where(CASES.c.id == case_id).values(**values)
    )


def a_byte_changed(session: Session, case_id: UUID) -> None:
    line = session.execute(select(LINES.c.line).where(line_of(case_id, 2))).scalar_one()
    at = line.index(b"sign_consent")
    changed(2, line=line[:at] + b"S" + line[at + 1 :])(session, case_id)


def a_line_rewritten_with_its_hash(session: Session, case_id: UUID) -> None:
    line = session.execute(select(LINES.c.line).where(line_of(case_id, 2))).scalar_one()
    said = json.loads(line) | {"body_commitment": OTHER_HASH}
    changed(2, line=canonical(said), hash=sha256(canonical(said)))(session, case_id)


def a_line_replaced_by_what_is_none(session: Session, case_id: UUID) -> None:
    none = b"not a line"
    changed(2, line=none, hash=sha256(none))(session, case_id)


def two_lines_swapped(session: Session, case_id: UUID) -> None:
    for seq, to in ((2, 99), (3, 2), (99, 3)):
        changed(seq, seq=to)(session, case_id)


def a_line_forged(session: Session, case_id: UUID, **values: Any) -> None:
    """Append a line that fits: made as the service makes it, but for a move nobody made."""
    last = dict(session.execute(select(LINES).where(line_of(case_id, 4))).mappings().one())
    forged = Transition(**last | {"seq": 5, "event": "announce", "prev_hash": last["hash"]})
    forged = Transition(**forged.model_dump() | values)
    chain.seal(forged, {"forged": True})
    session.execute(insert(LINES).values(**forged.model_dump()))


def a_line_forged_that_hangs_in_the_air(session: Session, case_id: UUID) -> None:
    a_line_forged(session, case_id, prev_hash=OTHER_HASH)


ATTACKS: dict[str, tuple[Attack, int, str]] = {
    "a byte of line 2 changed": (a_byte_changed, 2, "bytes"),
    "line 2 rewritten together with its hash": (a_line_rewritten_with_its_hash, 3, "chain"),
    "line 2 replaced by what is none": (a_line_replaced_by_what_is_none, 2, "bytes"),
    "the first line removed": (removed(1), 1, "missing"),
    "a line in the middle removed": (removed(2), 2, "missing"),
    "the tail removed": (removed(4), 4, "missing"),
    "every line removed": (removed(1, 2, 3, 4), 1, "missing"),
    "lines 2 and 3 swapped": (two_lines_swapped, 2, "chain"),
    "a fifth line forged": (a_line_forged, 5, "added"),
    "a fifth line forged that hangs in the air": (a_line_forged_that_hangs_in_the_air, 5, "chain"),
    "the case's state changed": (case_changed(state="monitored"), 4, "state"),
    "the case's head changed": (case_changed(head_hash=OTHER_HASH), 4, "head"),
}
"""Attack -> the first line that the verifier must name, and a word of what it says."""


def test_a_history_that_nobody_touched_is_whole(district):
    case = a_case_of_four_lines(district)

    found = district.read(lambda session: list(chain.verify(session)))

    assert found == [(UUID(case.id), 4, None)]


def test_the_verifier_names_the_first_bad_line(district, subtests):
    case_id = UUID(a_case_of_four_lines(district).id)
    district.apply()

    forgeries = (functools.partial(_on, case_id, forge) for forge, _, _ in ATTACKS.values())
    flaws = after(district, *forgeries)

    for (attack, (_, seq, word)), flaw in zip(ATTACKS.items(), flaws, strict=True):
        with subtests.test(attack):
            assert flaw is not None
            assert (flaw.case_id, flaw.seq) == (case_id, seq)
            assert word in flaw.what


OTHER_VALUES: dict[str, Any] = {
    "seq": 99,
    "event": "announce",
    "from_state": "publicity",
    "to_state": "monitored",
    "received_at": office_time(date(2021, 6, 2)),
    "device_time": office_time(date(2021, 6, 2)),
    "person_id": OTHER_ID,
    "position_id": OTHER_ID,
    "role": "clock",
    "area_code": sample.NEIGHBOUR,
    "policy": "taogou-2021@2",
    "calendar_edition": 99,
    "line": b"{}",
    "prev_hash": OTHER_HASH,
    "hash": OTHER_HASH,
}


def test_the_verifier_names_the_line_whatever_column_of_it_is_changed(district):
    case_id = UUID(a_case_of_four_lines(district).id)
    other = UUID(district.apply().id)
    values = {**OTHER_VALUES, "case_id": other}
    assert set(values) == {column.name for column in LINES.columns}

    attacks = (changed(2, **{column: value}) for column, value in values.items())
    flaws = after(district, *(functools.partial(_on, case_id, attack) for attack in attacks))

    named = {column: flaw and flaw.seq for column, flaw in zip(values, flaws, strict=True)}
    assert named == dict.fromkeys(values, 2)


def _on(case_id: UUID, attack: Attack, session: Session) -> None:
    attack(session, case_id)


def test_what_was_said_is_bound_to_its_line_though_it_lies_beside_it(district, rulebook):
    case = a_case_of_four_lines(district)

    def put_into_his_mouth(session: Session) -> list[str]:
        row = session.get_one(Row, UUID(case.id))
        deliberation = row.dossier[2]
        forged = {**deliberation, "body": {**deliberation["body"], "opinion": "against"}}
        row.dossier = [*row.dossier[:2], forged, *row.dossier[3:]]
        session.flush()
        return list(invariants.violations(session, rulebook))

    (found,) = district.change(put_into_his_mouth)

    assert "line 3" in found
    assert "commits to" in found
