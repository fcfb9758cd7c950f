"""Versions of a document: when and where each opens cases, and what the rulebook keeps."""

from datetime import date, timedelta

import papers
import pytest

from service.workflows.machine import Procedure
from service.workflows.policy import PolicyError, parse, read
from service.workflows.rulebook import Rulebook

DAY = date(2021, 6, 16)
COUNTY, OTHER_COUNTY = "341302000000", "990101000000"


@pytest.fixture
def in_force(tmp_path):
    """Return what says which of the versions put before is in force on a day."""

    def ask(on, areas=None):
        found = Rulebook(tmp_path).in_force("taogou-2021", on, areas)
        return found and found.policy.version

    return ask


def around(day):
    return [day - timedelta(days=1), day, day + timedelta(days=1)]


def test_a_version_is_in_force_from_its_first_day_to_its_last(put, in_force):
    put("paper", version=3, in_force_from=DAY, in_force_to=DAY)

    assert [in_force(day) for day in around(DAY)] == [None, 3, None]


def test_without_days_a_version_is_always_in_force(put, in_force):
    put("paper", version=3)

    assert [in_force(day) for day in (date(1990, 1, 1), DAY, date(2090, 1, 1))] == [3, 3, 3]


def test_of_the_versions_in_force_the_highest_opens_cases(put, in_force):
    put("old", version=9)
    put("new", version=10, in_force_from=DAY)

    assert [in_force(day) for day in around(DAY)] == [9, 10, 10]


def test_a_document_that_is_not_there_has_none_in_force(put, tmp_path):
    put("paper")

    assert Rulebook(tmp_path).in_force("another-2021", DAY) is None


def test_dx_10_a_published_version_is_in_force_in_its_area_and_below_only(put):
    rulebook = Rulebook(put("paper").parent)
    published = read(put("published", version=2))
    rulebook.add(published, COUNTY)

    def version(*areas):
        return rulebook.in_force("taogou-2021", DAY, areas).policy.version

    assert version("341302901201", "341302901000", COUNTY) == 2
    assert version("990101001201", OTHER_COUNTY) == 1
    assert rulebook.newest("taogou-2021").policy.version == 2


def test_who_reads_a_rulebook_is_not_disturbed_by_a_publication(put):
    rulebook = Rulebook(put("paper").parent)
    published = read(put("published", version=2))

    for _ in rulebook:
        rulebook.add(published)

    assert [one.policy.version for one in rulebook] == [1, 2]


def test_a_copy_takes_in_publications_of_its_own(put):
    rulebook = Rulebook(put("paper").parent)
    mine = rulebook.copy()
    mine.add(read(put("published", version=2)))

    assert ("taogou-2021@2" in mine, "taogou-2021@2" in rulebook) == (True, False)


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        pytest.param(
            {"in_force_from": DAY, "in_force_to": DAY - timedelta(days=1)},
            "in_force_to: 2021-06-15 lies before in_force_from; write 2021-06-16 or a later day",
            id="over before it begins",
        ),
        pytest.param(
            {"roles.administrator": papers.PAPER["roles"]["township_office"]},
            "roles.administrator: this code is the service's own; give the role another",
            id="a role of the service",
        ),
        pytest.param(
            {"roles.clock": papers.PAPER["roles"]["township_office"]},
            "roles.clock: this code is the service's own; give the role another",
            id="the clock",
        ),
    ],
)
def test_a_version_whose_life_makes_no_sense_is_refused(put, changes, gap):
    with pytest.raises(PolicyError) as refused:
        read(put("paper", **changes))

    assert gap in refused.value.gaps


@pytest.mark.parametrize("version", [0, -1, 10_000])
def test_a_version_has_a_number_that_can_be_counted_on(put, version):
    with pytest.raises(PolicyError, match="version"):
        read(put("paper", version=version))


def test_what_was_accepted_once_stays_readable_when_the_checks_grow_stricter(put):
    path = put("paper", **{"monitoring_object.stages.consent.cite": "TG-X99"})
    with pytest.raises(PolicyError):
        read(path)

    catalogue = path.with_suffix(".rules.toml").read_text(encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    assert parse("paper", text, catalogue, linked=False).version == 1


def test_what_makes_no_machine_is_refused_as_a_gap(put):
    path = put("paper", **{"monitoring_object.entry": ["consent"]})
    text = path.read_text(encoding="utf-8")

    with pytest.raises(PolicyError, match="monitoring_object"):
        Procedure(parse("paper", text, linked=False))
