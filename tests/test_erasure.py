"""Erasing a household or a member: values and salts are gone, and every proof still holds.

Issue 6, part 6. A case of a family whose names stand in free texts is erased, in part and whole.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from auditing import Auditor, Log, appoint
from district import Case, District
from sqlmodel import Session, select

from service import erasure, invariants, sample
from service.audit import chain, checking
from service.clock import office_time
from service.store.attachments import Attachment
from service.store.cases import Case as Row
from service.store.households import Household, Member
from service.store.log import LogLine
from service.store.people import positions_held
from service.store.schema import METADATA

HEAD, SON = "欧阳示例", "司马示例"
NUMBERS = [sample.identity_number(serial) for serial in (911, 912)]
TELEPHONE = "19912345678"
PAPER = b"%PDF-1.4\na paper with a name\n%%EOF"
OTHER = b"%PDF-1.4\nanother paper\n%%EOF"


@pytest.fixture
def log(district: District, tmp_path: Path) -> Log:
    appoint(district, "auditor", "auditor")
    appoint(district, "administrator", "administrator")
    appoint(district, "administrator_elsewhere", "administrator", sample.OTHER_TOWNSHIP)
    return Log(district, tmp_path)


def a_family() -> dict[str, Any]:
    people = zip((HEAD, SON), ("head", "child"), NUMBERS, strict=True)
    members = [{"name": n, "relation": r, "id_number": number} for n, r, number in people]
    return {"telephone": TELEPHONE, "members": members}


@pytest.fixture
def case(district: District, log: Log) -> Case:
    """Return a case that is over, in which both were named; its lines are signed."""
    opening = {"description": f"{HEAD}家的情况，{SON}在外务工"}
    case = district.apply(household=a_family(), **opening)
    paper = district.attach(content=PAPER)
    district.act("village", case, "sign_consent", attachments=[paper])
    district.act("village", case, "withdraw", reason=f"{SON}已就业，收入稳定")
    log.signed()
    return case


def erase(at: District, case: Case, username: str = "administrator", **body: Any) -> Any:
    body = {"ground": "request"} | body
    return at.post(username, f"/v1/households/{case.household_id}/erasure", body)


def everything(at: District) -> str:
    """Return all that the database holds, as text."""

    def dump(session: Session) -> str:
        tables = METADATA.sorted_tables
        rows = [tuple(r) for t in tables for r in session.connection().execute(t.select())]
        return "\n".join(told(value) for row in rows for value in row)

    def told(value: Any) -> str:
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)

    return at.read(dump)


def entries(at: District, case: Case) -> list[dict[str, Any]]:
    return at.read(lambda session: session.get_one(Row, UUID(case.id)).dossier)


def assert_everything_still_holds(at: District, log: Log, folder: Path) -> None:
    """Let everything look that looks: the chains, the tree, what lies beside, both verifiers."""
    log.signed()
    rulebook = at.office.rulebook
    assert at.read(lambda s: list(invariants.violations(s, rulebook))) == []
    report = at.read(lambda s: checking.check(s, log.signer.keys, [], at.clock.now()))
    assert report.verdict == "complete and unchanged"
    assert at.read(lambda s: list(checking.astray(s))) == []
    auditor = Auditor(log, folder)
    assert auditor.verify(auditor.export()).verdict == "complete and unchanged"


# -- a household


def test_an_erased_household_is_nowhere_and_every_proof_holds(district, log, case, tmp_path):
    before = [(line["line"], line["hash"]) for line in district.history(case)]
    assert HEAD in everything(district)

    answer = erase(district, case)

    assert (answer.status_code, answer.json()) == (
        201,
        {"household_id": case.household_id, "member": None, "statements": 3, "papers": 1},
    )
    told = everything(district)
    for value in (HEAD, SON, "已就业"):
        assert value not in told, value
    home = district.read(lambda s: s.get_one(Household, UUID(case.household_id)))
    assert (home.telephone_sealed, home.telephone_index) == (None, None)
    assert district.read(lambda s: s.exec(select(Member)).all()) == []
    assert entries(district, case) == []
    assert [(line["line"], line["hash"]) for line in district.history(case)] == before
    assert_everything_still_holds(district, log, tmp_path)


def test_no_salt_of_an_erased_household_is_left(district, case):
    salts = {salt for entry in entries(district, case) for salt in entry["salts"].values()}
    assert len(salts) > case.version

    erase(district, case)

    told = everything(district)
    assert not [salt for salt in salts if salt in told]


def test_an_erasure_is_a_line_that_says_who_why_and_what_and_no_name(district, log, case):
    erase(district, case)

    line = json.loads(
        district.read(lambda s: s.exec(select(LogLine.line).where(LogLine.kind == "erasure")).one())
    )
    me = district.get("administrator", "/v1/me").json()
    assert (line["event"], line["ground"], line["member"]) == ("erase", "request", None)
    assert (line["subject"], line["person"]) == (case.household_id, me["person_id"])
    assert (line["role"], line["area"]) == ("administrator", sample.COUNTY)
    assert line["statements"] == {case.id: [1, 2, 3]}
    assert len(line["papers"]) == 1
    log.signed()
    assert "erasure" in {leaf.kind for leaf in log.leaves()}


def test_what_is_gone_without_a_line_is_told_of(district, log, case):
    def wipe(session: Session) -> None:
        session.get_one(Row, UUID(case.id)).dossier = []

    district.change(wipe)

    rulebook = district.office.rulebook
    found = district.read(lambda s: list(invariants.violations(s, rulebook)))
    assert [what for what in found if "do not tell of the same events" in what]
    assert log.pending() == []


def test_all_that_could_be_read_of_the_case_can_still_be_read(district, case):
    erase(district, case)

    for path in ("history", "deadlines", "actions", "notices"):
        answer = district.get("village", f"/v1/cases/{case.id}/{path}")
        assert answer.status_code == 200, (path, answer.text)
    for path in (f"/v1/households/{case.household_id}", f"/v1/monitoring-objects/{case.id}"):
        assert district.get("village", path).status_code == 200
    assert {line["statement"] for line in district.history(case)} == {None}
    home = district.get("village", f"/v1/households/{case.household_id}").json()
    assert (home["head_name"], home["telephone"], home["members"]) == ("某某", None, [])
    for path in ("/v1/exports/households.xlsx", "/v1/households"):
        assert district.get("village", path).status_code == 200


def test_a_household_that_was_posted_and_eliminated_is_erased_with_its_notices(
    district, log, tmp_path
):
    case = district.a_case_at("eliminated", household=a_family())
    notices = district.get("village", f"/v1/cases/{case.id}/notices").json()["items"]
    assert len(notices) == 2

    erase(district, case)

    assert district.get("village", f"/v1/cases/{case.id}/notices").json()["items"] == []
    seq = notices[0]["seq"]
    assert district.get("village", f"/v1/cases/{case.id}/notices/{seq}").status_code == 404
    assert_everything_still_holds(district, log, tmp_path)


def test_a_paper_is_gone_from_the_list_and_from_the_disk(district, case):
    paper = entries(district, case)[1]["body"]["attachments"][0]
    kept = district.read(lambda s: s.get_one(Attachment, UUID(paper)))

    erase(district, case)

    assert district.get("village", f"/v1/attachments/{paper}").status_code == 404
    with pytest.raises(FileNotFoundError):
        district.office.attachments.get(kept.sha256)


def test_a_paper_that_was_erased_is_no_damage_and_one_that_only_went_is(
    district, log, case, tmp_path
):
    folder = district.office.settings.attachments_path
    other = district.apply()
    district.act("village", other, "sign_consent", attachments=[district.attach(content=OTHER)])
    erase(district, case)
    log.signed()
    auditor = Auditor(log, tmp_path)
    export = auditor.export()
    verify = lambda: auditor.verify(export, "--attachments", str(folder))  # noqa: E731 - said once

    assert verify().verdict == "complete and unchanged"
    district.office.attachments.remove(chain.digest(OTHER))
    assert verify().kinds == {"attachment_missing"}


def test_a_paper_that_another_case_names_too_stays(district, case):
    paper = entries(district, case)[1]["body"]["attachments"][0]
    other = district.apply()
    district.act("village", other, "sign_consent", attachments=[paper])

    assert erase(district, case).json()["papers"] == 0

    assert district.get("village", f"/v1/attachments/{paper}").content == PAPER


def test_the_bytes_that_another_paper_has_too_stay(district, case):
    same = district.attach(content=PAPER)

    assert erase(district, case).json()["papers"] == 1

    assert district.get("village", f"/v1/attachments/{same}").content == PAPER


def test_dx_83_a_household_for_which_something_runs_is_not_erased(district, log):
    case = district.apply(household=a_family())

    refused = erase(district, case)

    assert refused.status_code == 422
    assert [b["code"] for b in refused.json()["blockers"]] == ["household_in_procedure"]
    assert HEAD in everything(district)
    assert "erasure" not in {pending.kind for pending in log.pending()}


@pytest.mark.parametrize("username", ["village", "county", "auditor"])
def test_dx_83_an_administrator_erases_and_nobody_else(username, district, case):
    refused = erase(district, case, username)

    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_role")
    assert HEAD in everything(district)


def test_an_administrator_of_another_area_finds_nobody_to_erase(district, case):
    assert erase(district, case, "administrator_elsewhere").status_code in {403, 404}
    assert HEAD in everything(district)


@pytest.mark.parametrize("body", [{"ground": "because"}, {"member": 0}, {"member": "1"}], ids=str)
def test_an_order_that_is_none_is_refused(body, district, case):
    assert erase(district, case, **body).status_code == 400


# -- a member


def test_of_an_erased_member_nothing_is_left_and_what_was_said_of_the_others_is_still_bound(
    district, log, case, tmp_path
):
    assert erase(district, case, member=2).json()["statements"] == 2

    told = everything(district)
    assert SON not in told
    assert HEAD in told
    members = district.read(lambda s: s.exec(select(Member.name)).all())
    assert members == [HEAD]
    opened, consent, withdrawn = entries(district, case)
    assert opened["body"]["description"] == f"{HEAD}家的情况，某某在外务工"
    assert set(opened["erased"]) == {"description"}
    assert "description" not in opened["salts"]
    assert consent["erased"] == {}
    assert set(withdrawn["erased"]) == {"reason"}
    assert_everything_still_holds(district, log, tmp_path)


def test_what_is_left_of_a_statement_cannot_be_changed_unseen(district, case):
    erase(district, case, member=2)

    def forge(session: Session) -> None:
        row = session.get_one(Row, UUID(case.id))
        opened, *others = row.dossier
        body = opened["body"] | {"entry_point": "online"}
        assert body != opened["body"]
        row.dossier = [opened | {"body": body}, *others]

    district.change(forge)

    rulebook = district.office.rulebook
    found = district.read(lambda s: list(invariants.violations(s, rulebook)))
    assert [what for what in found if "not what the line commits to" in what]


def test_a_value_that_went_without_a_line_is_told_of(district, case):
    def wipe(session: Session) -> None:
        row = session.get_one(Row, UUID(case.id))
        row.dossier = [erasure._without(entry, SON) for entry in row.dossier]  # noqa: SLF001

    district.change(wipe)

    rulebook = district.office.rulebook
    found = district.read(lambda s: list(invariants.violations(s, rulebook)))
    assert [what for what in found if "no line says why" in what]


def test_the_head_of_a_household_is_erased_while_its_case_runs_and_it_goes_on(
    district, log, tmp_path
):
    case = district.a_case_at("planning", household=a_family())

    assert erase(district, case, member=1).status_code == 201

    told = everything(district)
    assert HEAD not in told
    home = district.get("village", f"/v1/households/{case.household_id}").json()
    assert (home["head_name"], home["telephone"]) == ("某某", None)
    district.act("township", case, "agree_plan")
    assert_everything_still_holds(district, log, tmp_path)


def test_a_member_that_is_not_there_is_not_found(district, case):
    assert erase(district, case, member=9).status_code == 404


def test_of_a_line_from_before_values_had_salts_of_their_own_the_whole_is_unbound(district, case):
    def as_before(session: Session) -> tuple[str, dict[str, Any]]:
        entry = session.get_one(Row, UUID(case.id)).dossier[0]
        said = {name: value for name, value in entry["body"].items() if name != "device_time"}
        salt = chain.new_salt()
        old = {"salt": salt} | {
            k: v for k, v in entry.items() if k not in {"salts", "erased", "salt"}
        }
        return chain.commitment(salt, said), erasure._without(old, SON)  # noqa: SLF001

    bound, left = district.read(as_before)

    assert (left["salt"], left["erased"]) == ("", {chain.WHOLE: bound})
    assert SON not in json.dumps(left, ensure_ascii=False)


# -- the term


def order(at: District, case: Case, **more: Any) -> erasure.Order:
    person = at.get("administrator", "/v1/me").json()["person_id"]
    on = sample.APPOINTED_ON
    actor = at.read(lambda s: positions_held(s, UUID(person), on))[0]
    ground = erasure.Ground.TERM_OVER
    return erasure.Order(UUID(case.household_id), ground, actor, at.clock.now(), **more)


@pytest.mark.parametrize("member", [None, 2])
def test_dx_84_what_is_younger_than_its_term_is_not_erased_for_its_age(member, district, case):
    ended = district.clock.now().year
    on_the_last_day = office_time(
        district.clock.now().date().replace(year=ended + 10, month=12, day=31), 23
    )
    for at, years in ((on_the_last_day, 10), (on_the_last_day, None)):
        asked = replace(order(district, case, member=member, term_years=years), at=at)
        with pytest.raises(erasure.RequirementsNotMet) as refused:
            district.change(lambda s, asked=asked: erasure.erase(s, asked))
        assert [b.code for b in refused.value.blockers] == ["term_not_over"]
    assert HEAD in everything(district)


def test_dx_84_what_is_as_old_as_its_term_is_found_and_erased(district, case):
    year = district.clock.now().year + 11
    on_new_year = office_time(district.clock.now().date().replace(year=year, month=1, day=1))
    running = district.apply()

    def look(session: Session) -> list[str]:
        return [str(h.id) for h in erasure.term_is_over(session, on_new_year, 10)]

    assert district.read(look) == [case.household_id]
    assert running.household_id not in district.read(look)
    asked = replace(order(district, case, term_years=10), at=on_new_year)
    district.change(lambda s: erasure.erase(s, asked))
    assert HEAD not in everything(district)
    assert district.read(look) == []


def test_over_http_nothing_is_erased_for_its_age_where_no_term_is_set(district, case):
    refused = erase(district, case, ground="term_over")

    assert [b["code"] for b in refused.json()["blockers"]] == ["term_not_over"]


# -- notices


def test_the_log_binds_a_notice_by_a_salt_so_that_nobody_can_guess_it(district, log):
    case = district.a_case_at("publicity", household=a_family())

    line = json.loads(district.history(case)[-1]["line"])
    entry = entries(district, case)[-1]

    assert set(line["outcome"]) == {"notice_commitment"}
    salt, text = entry["salts"]["notice"], entry["outcome"]["notice"]
    assert line["outcome"]["notice_commitment"] == chain.commitment(salt, text)
    notice = district.get("village", f"/v1/cases/{case.id}/notices").json()["items"][0]
    assert notice["salt"] == salt
    assert entry["outcome"]["notice_sha256"] not in district.history(case)[-1]["line"]
    assert log.pending()
