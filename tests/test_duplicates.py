"""Households that may be one and the same (issue 3, part 2): found at every door, shown, judged.

One person stands in the register once, through whichever document. Households that share a
telephone, or the name of their head in one township, are shown field by field; what somebody
found of a pair is remembered, and of two that are the same one has an open case at a time.
"""

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from district import District
from sqlmodel import col, select
from test_concurrency import at_once, posted, serving

from service import sample
from service.main import create_app
from service.store.duplicates import MOST_FOUND, DuplicateVerdict
from service.store.people import Position

IDENTITY = sample.identity_number(601)
CERTIFICATE, REISSUED = f"{IDENTITY}44", f"{IDENTITY}44B1"
PASSPORT = "E12345678"
TELEPHONE, OTHER_TELEPHONE = "19911112222", "19933334444"
NOBODYS = str(UUID(int=7))


@pytest.fixture(autouse=True)
def _an_official_elsewhere(district: District) -> None:
    """Give the other township the same document, and its village a committee."""
    appoint = {"role": "village_committee", "area_code": sample.OTHER_VILLAGE}

    def work(session: Any) -> None:
        area = session.exec(select(sample.Area).where(sample.Area.code == sample.OTHER_TOWNSHIP))
        area.one().policy_id = sample.POLICY
        official = sample.Official("afar", "己村干", title="示例三村村“两委”", **appoint)
        sample._appoint(session, official, "-", district.clock.now())  # noqa: SLF001

    district.change(work)


def a_household(district: District, head: str = "王某", **fields: Any) -> dict[str, Any]:
    """Return a household that shares nothing with any other but what is said."""
    one = district.a_household()
    one["members"][0]["name"] = head
    return {**one, "telephone": None, **fields}


def register(district: District, by: str = "village", **fields: Any) -> dict[str, Any]:
    answer = district.post(by, "/v1/households", a_household(district, **fields))
    assert answer.status_code == 201, answer.text
    return answer.json()


def afar(district: District, **fields: Any) -> dict[str, Any]:
    """Register a household of the other township."""
    return register(district, "afar", area_code=sample.OTHER_VILLAGE, **fields)


def with_document(number: str, document_type: str | None = None) -> list[dict[str, Any]]:
    head = {"name": "李某", "relation": "head", "id_number": number}
    return [head | ({"document_type": document_type} if document_type else {})]


def open_case(district: District, household_id: str, by: str = "village") -> Any:
    body = {"household_id": household_id, "entry_point": "paper"}
    return district.post(by, "/v1/monitoring-objects", body)


def duplicates(district: District, household_id: str, by: str = "village") -> list[dict[str, Any]]:
    answer = district.get(by, f"/v1/households/{household_id}/duplicates")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def found(district: District, household_id: str, by: str = "village") -> list[str]:
    return [one["household_id"] for one in duplicates(district, household_id, by)]


def judge(
    district: District,
    one: str,
    other: str,
    verdict: str = "same",
    by: str = "village",
    **said: Any,
) -> Any:
    body = {"other_id": other, "verdict": verdict, "reason": "已上门核对户口簿", **said}
    return district.post(by, f"/v1/households/{one}/duplicate-verdicts", body)


# -- one person, whichever document


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(IDENTITY, CERTIFICATE, id="a certificate after the identity card"),
        pytest.param(CERTIFICATE, IDENTITY, id="the identity card after a certificate"),
        pytest.param(CERTIFICATE, REISSUED, id="a certificate that was issued again"),
    ],
)
def test_a_person_stands_in_the_register_once_through_whichever_document(district, first, second):
    household = register(district, members=with_document(first))

    again = a_household(district, members=with_document(second))
    refused = district.post("village", "/v1/households", again)

    assert (refused.status_code, refused.json()["code"]) == (409, "household_exists")
    for number in (IDENTITY, CERTIFICATE, REISSUED):
        listed = district.get("village", "/v1/households", id_number=number).json()["items"]
        assert [one["id"] for one in listed] == [household["id"]]


def test_a_certificates_number_that_begins_with_somebody_elses_identity_finds_nobody(district):
    register(district, members=with_document(IDENTITY))

    other = sample.identity_number(602) + "44"

    assert district.get("village", "/v1/households", id_number=other).json()["items"] == []


def test_two_members_of_one_household_cannot_be_the_same_person(district):
    spouse = {"name": "赵某", "relation": "spouse", "id_number": CERTIFICATE}
    members = [*with_document(IDENTITY), spouse]

    answer = district.post("village", "/v1/households", a_household(district, members=members))

    assert answer.status_code == 400
    assert "same identity number" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        pytest.param(IDENTITY, "resident_identity", id="18"),
        pytest.param(CERTIFICATE, "disability_certificate", id="20"),
        pytest.param(REISSUED, "disability_certificate", id="22"),
    ],
)
def test_where_no_document_is_named_the_length_tells_which_it_is(district, number, kind):
    for members in (with_document(number), None):
        if members:
            household = register(district, members=members)
        (member,) = district.get("village", f"/v1/households/{household['id']}").json()["members"]
        assert member["document_type"] == kind
    named = a_household(district, members=with_document(number, kind))
    assert district.post("village", "/v1/households", named).status_code == 409


def test_another_document_has_no_check_character_and_is_one_persons_too(district):
    household = register(district, members=with_document(f" {PASSPORT.lower()} ", "other"))

    (member,) = district.get("village", f"/v1/households/{household['id']}").json()["members"]
    assert (member["document_type"], member["id_number"]) == ("other", "E1*****78")
    again = a_household(district, members=with_document(PASSPORT, "other"))
    assert district.post("village", "/v1/households", again).json()["code"] == "household_exists"
    listed = district.get("village", "/v1/households", id_number=PASSPORT.lower()).json()["items"]
    assert [one["id"] for one in listed] == [household["id"]]


def test_a_number_is_one_persons_within_its_kind_of_document(district):
    register(district, members=with_document(IDENTITY))

    register(district, members=with_document(IDENTITY, "other"))


@pytest.mark.parametrize(
    ("number", "document_type", "because"),
    [
        pytest.param(CERTIFICATE, "resident_identity", "18 characters", id="20 for an identity"),
        pytest.param(IDENTITY, "disability_certificate", "20 or 22", id="18 for a certificate"),
        pytest.param(PASSPORT, "resident_identity", "18, 20 or 22", id="a passport's"),
        pytest.param(PASSPORT, None, "18, 20 or 22", id="a passport's that is not said to be one"),
        pytest.param(IDENTITY[:17] + "0", None, "check character", id="a slip"),
        pytest.param("E12", "other", "4 to 40", id="too short"),
        pytest.param("E" * 41, "other", "40", id="too long"),
        pytest.param("E123_4567", "other", "4 to 40", id="a sign no document has"),
        pytest.param("护照12345", "other", "characters that no number has", id="Chinese"),
        pytest.param(IDENTITY, "passport", "resident_identity", id="no kind of document"),
    ],
)
def test_a_number_that_its_document_cannot_have_is_refused(
    district, number, document_type, because
):
    body = a_household(district, members=with_document(number, document_type))

    answer = district.post("village", "/v1/households", body)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
    assert because in answer.json()["detail"]
    assert number not in answer.text


def test_of_a_short_number_little_is_shown(district):
    household = register(district, members=with_document("AB12", "other"))

    assert household["members"][0]["id_number"] == "A**2"


def test_every_kind_of_document_field_result_and_verdict_is_in_the_code_lists(district):
    lists = district.client.get("/v1/codes").json()["lists"]
    served = {name: {entry["code"] for entry in entries} for name, entries in lists.items()}
    schemas = district.client.get("/openapi.json").json()["components"]["schemas"]
    one, other = (register(district, telephone=TELEPHONE)["id"] for _ in range(2))
    assert other in found(district, one)

    assert served["document_types"] == set(schemas["DocumentType"]["enum"])
    assert served["duplicate_results"] == set(schemas["Likeness"]["enum"])
    assert served["duplicate_verdicts"] == {"same", "different"}
    fields = {field["field"] for field in duplicates(district, one)[0]["fields"]}
    assert served["duplicate_fields"] == fields


# -- found at every door


def test_a_household_that_moved_to_another_township_is_found_by_its_telephone(district):
    before = afar(district, telephone=TELEPHONE)
    assert before["possible_duplicates"] == []

    now = register(district, head="孙某", telephone=TELEPHONE)

    told = [{"household_id": before["id"], "equal_fields": 3}]
    assert now["possible_duplicates"] == told
    assert open_case(district, now["id"]).json()["possible_duplicates"] == told
    assert found(district, before["id"], by="afar") == [now["id"]]


def test_a_clue_is_a_door_like_an_application(district):
    one, other = (register(district, telephone=TELEPHONE)["id"] for _ in range(2))
    body = {"household_id": one, "entry_point": "paper", "channel": "cadre_inspection"}

    answer = district.post("village", "/v1/monitoring-objects", body)

    assert answer.status_code == 201, answer.text
    assert [d["household_id"] for d in answer.json()["possible_duplicates"]] == [other]


def test_a_head_of_the_same_name_is_looked_at_within_the_township_only(district):
    mine = register(district, head="周某")["id"]
    neighbours = register(district, "neighbour", head="周某", area_code=sample.NEIGHBOUR)["id"]
    afar(district, head="周某")
    register(district, head="周某某")

    assert found(district, mine) == [neighbours]
    assert found(district, neighbours, by="neighbour") == [mine]


def test_households_without_a_telephone_do_not_share_one(district):
    register(district, head="吴某")

    assert register(district, head="郑某")["possible_duplicates"] == []


def test_the_most_alike_come_first_and_no_more_than_twenty(district):
    for _ in range(MOST_FOUND + 1):
        afar(district, head="冯某", telephone=TELEPHONE)
    alike = register(district, head="陈某", telephone=TELEPHONE, group_name="一组")["id"]

    told = register(district, head="陈某", telephone=TELEPHONE, group_name="一组")

    assert len(told["possible_duplicates"]) == MOST_FOUND
    counts = [one["equal_fields"] for one in told["possible_duplicates"]]
    assert counts == sorted(counts, reverse=True)
    assert told["possible_duplicates"][0] == {"household_id": alike, "equal_fields": 7}
    assert found(district, told["id"])[0] == alike


# -- field by field


def two_alike(district: District) -> tuple[str, str]:
    """Return one household of the village and one of the other township, a little different."""
    here = register(district, head="褚某某", telephone=TELEPHONE, group_name="一组")
    child = {"name": "褚甲", "relation": "child", "id_number": sample.identity_number(611)}
    members = a_household(district, head="褚某某")["members"]
    there = afar(district, telephone=TELEPHONE, members=[*members, child])
    return here["id"], there["id"]


def fields_of(told: dict[str, Any]) -> dict[str, tuple[str, str | None, str | None]]:
    return {one["field"]: (one["result"], one["this"], one["other"]) for one in told["fields"]}


def test_two_households_are_compared_field_by_field_names_and_numbers_masked(district):
    here, there = two_alike(district)

    (told,) = duplicates(district, here, by="county")

    assert fields_of(told) == {
        "head_name": ("same", "褚**", "褚**"),
        "telephone": ("same", "199******22", "199******22"),
        "area_code": ("differs", sample.VILLAGE, sample.OTHER_VILLAGE),
        "group_name": ("unknown", "一组", None),
        "household_type": ("same", "ordinary", "ordinary"),
        "member_count": ("differs", "1", "2"),
        "member_names": ("differs", "褚**", "褚**、褚*"),
    }
    assert (told["household_id"], told["in_my_area"]) == (there, True)
    assert (told["equal_fields"], told["verdict"]) == (3, None)


def test_of_a_household_outside_my_area_only_its_area_and_what_is_masked_is_shown(district):
    here, there = two_alike(district)
    assert judge(district, there, here, by="afar", reason="与该户原为一户").status_code == 201

    (told,) = duplicates(district, here)

    assert told["in_my_area"] is False
    assert {name: other for name, (_, _, other) in fields_of(told).items()} == {
        "head_name": "褚**",
        "telephone": "199******22",
        "area_code": sample.OTHER_VILLAGE,
        "group_name": None,
        "household_type": None,
        "member_count": None,
        "member_names": "褚**、褚*",
    }
    assert (told["verdict"]["verdict"], told["verdict"]["reason"]) == ("same", None)
    (seen_by_its_own,) = duplicates(district, there, by="county")
    assert seen_by_its_own["verdict"]["reason"] == "与该户原为一户"
    assert district.get("village", f"/v1/households/{there}").status_code == 404


def test_no_name_or_number_leaves_a_comparison_whole(district):
    here, _ = two_alike(district)

    for by in ("village", "county"):
        text = district.get(by, f"/v1/households/{here}/duplicates").text
        assert not [value for value in ("褚某某", "褚甲", TELEPHONE, "999999") if value in text]


# -- the verdict


@pytest.fixture
def pair(district: District) -> tuple[str, str]:
    """Return two households, one in each township, with one telephone."""
    return register(district, telephone=TELEPHONE)["id"], afar(district, telephone=TELEPHONE)["id"]


def test_a_pair_that_is_different_is_shown_no_more_whichever_way_it_was_judged(district, pair):
    here, there = pair

    assert judge(district, there, here, "different", by="afar").status_code == 201

    assert found(district, here) == found(district, there, by="afar") == []
    assert open_case(district, here).json()["possible_duplicates"] == []
    assert open_case(district, there, by="afar").status_code == 201


def test_a_third_household_is_still_shown_with_each_of_a_pair_that_is_different(district, pair):
    here, there = pair
    third = register(district, head="卫某", telephone=TELEPHONE)["id"]

    judge(district, here, there, "different")

    assert found(district, here) == found(district, there, by="afar") == [third]


def test_of_several_verdicts_the_newest_counts_and_all_are_kept_with_who_gave_them(district, pair):
    here, there = pair
    for verdict, by in (("different", "village"), ("same", "afar"), ("different", "village")):
        first, second = (here, there) if by == "village" else (there, here)
        assert judge(district, first, second, verdict, by=by).status_code == 201

    assert found(district, here) == []
    judge(district, here, there, "same")
    assert found(district, here) == [there]

    def kept(session: Any) -> list[tuple[int, str, str]]:
        query = select(DuplicateVerdict, Position.area_code).join(
            Position, col(Position.id) == col(DuplicateVerdict.position_id)
        )
        rows = session.exec(query.order_by(col(DuplicateVerdict.number))).all()
        assert {one.reason for one, _ in rows} == {"已上门核对户口簿"}
        assert {one.decided_at for one, _ in rows} == {district.clock.now()}
        return [(one.number, one.verdict, area) for one, area in rows]

    assert district.read(kept) == [
        (1, "different", sample.VILLAGE),
        (2, "same", sample.OTHER_VILLAGE),
        (3, "different", sample.VILLAGE),
        (4, "same", sample.VILLAGE),
    ]


def test_of_two_that_are_the_same_one_has_an_open_case_at_a_time(district, pair):
    here, there = pair
    answer = judge(district, here, there)
    assert answer.json()["other_id"] == there
    opened = open_case(district, there, by="afar").json()["case"]

    refused = open_case(district, here)

    assert (refused.status_code, refused.json()["code"]) == (409, "episode_open")
    assert refused.json()["case_id"] == opened["id"]

    withdraw = {"event": "withdraw", "reason": "农户自愿撤回"}
    path, seen = f"/v1/cases/{opened['id']}/events", {"If-Match": '"1"'}
    assert district.post("afar", path, withdraw, **seen).status_code == 201
    assert open_case(district, here).status_code == 201
    assert open_case(district, there, by="afar").json()["code"] == "episode_open"


def test_without_a_verdict_both_may_have_a_case_and_a_later_one_takes_neither_away(district, pair):
    here, there = pair
    opened = [open_case(district, here), open_case(district, there, by="afar")]

    assert judge(district, here, there).status_code == 201

    for answer, by in zip(opened, ("village", "afar"), strict=True):
        case = district.get(by, f"/v1/monitoring-objects/{answer.json()['case']['id']}").json()
        assert case["closed_at"] is None


def test_two_that_turn_out_to_be_different_have_their_own_cases_again(district, pair):
    here, there = pair
    judge(district, here, there)
    open_case(district, there, by="afar")
    assert open_case(district, here).status_code == 409

    judge(district, here, there, "different")

    assert open_case(district, here).status_code == 201


def test_two_of_ones_own_area_may_be_judged_whatever_they_share(district):
    one, other = register(district)["id"], register(district, head="蒋某")["id"]
    assert found(district, one) == []

    assert judge(district, one, other).status_code == 201

    assert found(district, one) == [other]
    (told,) = duplicates(district, other)
    assert told["verdict"]["verdict"] == "same"


def test_a_household_elsewhere_that_shares_nothing_is_not_there(district):
    here, there = register(district)["id"], afar(district, head="蒋某")["id"]

    theirs, nobodys = judge(district, here, there), judge(district, here, NOBODYS)

    assert theirs.status_code == nobodys.status_code == 404
    assert without_request_id(theirs) == without_request_id(nobodys)


def without_request_id(answer: Any) -> dict[str, Any]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_who_may_not_register_may_not_judge(district, pair):
    here, there = pair

    for by in ("team", "supervisor"):
        answer = judge(district, here, there, by=by)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_your_role")
    assert judge(district, here, there, by="neighbour").status_code == 404
    assert found(district, here) == [there]


def test_a_verdict_that_says_nothing_is_refused(district, pair):
    here, there = pair

    for wrong in ({"verdict": "perhaps"}, {"reason": " "}, {"other_id": "x"}, {"more": 1}):
        assert judge(district, here, there, **wrong).status_code == 400, wrong
    itself = judge(district, here, here)
    assert (itself.status_code, itself.json()["code"]) == (400, "malformed_request")


# -- at once


@pytest.mark.parametrize("verdict", ["same", "different"])
def test_of_16_who_open_cases_for_two_that_are_the_same_one_does(district, pair, rulebook, verdict):
    here, there = pair
    judge(district, here, there, "different" if verdict == "same" else "same")
    judge(district, here, there, verdict)
    bodies = [
        (by, {"household_id": one, "entry_point": "paper"})
        for one, by in ((here, "village"), (there, "afar"))
    ]
    requests = []
    for number in range(16):
        by, body = bodies[number % 2]
        headers = {**district.headers(by), "Idempotency-Key": district.key()}
        requests.append(("/v1/monitoring-objects", body, headers))

    with serving(create_app(district.office.settings, district.clock, rulebook)) as url:
        answers = at_once(url, requests)

    opened = 1 if verdict == "same" else 2
    assert Counter(a.status_code for a in answers) == {201: opened, 409: 16 - opened}
    cases = {a.json()["case"]["id"] for a in answers if a.status_code == 201}
    assert {a.json()["case_id"] for a in answers if a.status_code == 409} == cases


def test_verdicts_given_at_once_from_both_sides_are_numbered_one_after_the_other(
    district, rulebook
):
    one, other = (register(district, telephone=OTHER_TELEPHONE)["id"] for _ in range(2))
    requests = [
        posted(
            district,
            f"/v1/households/{(one, other)[n % 2]}/duplicate-verdicts",
            {"other_id": (other, one)[n % 2], "verdict": "same", "reason": f"第{n}次核对"},
        )
        for n in range(12)
    ]

    with serving(create_app(district.office.settings, district.clock, rulebook)) as url:
        answers = at_once(url, requests)

    assert {a.status_code for a in answers} == {201}
    numbers = select(DuplicateVerdict.number).order_by(col(DuplicateVerdict.number))
    assert district.read(lambda s: list(s.exec(numbers))) == list(range(1, 13))
