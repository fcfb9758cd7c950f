"""The documents of an installation as files: what cannot be read, and which version holds."""

import pytest

from service.workflows.policy import POLICIES, PolicyError, read, read_folders
from service.workflows.rulebook import Rulebook


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"id = ", id="no TOML"),
        pytest.param("zh = '桃沟乡'".encode("gbk"), id="no UTF-8"),
        pytest.param(None, id="no file"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_like_one_with_gaps(tmp_path, content):
    path = tmp_path / "paper.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(PolicyError, match=r"paper\.toml: 1 gap"):
        read(path)


def test_without_its_catalogue_a_document_cites_nothing_that_exists(put):
    path = put()
    path.with_suffix(".rules.toml").unlink()

    with pytest.raises(PolicyError) as refused:
        read(path)

    assert any(
        gap.startswith("monitoring_object.stages.county_filing: no rule 'TG-P08'")
        for gap in refused.value.gaps
    )


def test_a_catalogue_that_cannot_be_read_is_refused_like_a_document(put):
    path = put()
    path.with_suffix(".rules.toml").write_text("TG-P01 = ", encoding="utf-8")

    with pytest.raises(PolicyError, match=r"paper"):
        read(path)


def test_a_folder_is_read_in_the_order_of_its_names_without_the_catalogues(put, tmp_path):
    put("b", version=2)
    put("a", version=1)

    assert [policy.version for policy in read_folders(tmp_path)] == [1, 2]


# Versions


def test_the_newest_version_of_a_document_opens_new_cases(put, tmp_path):
    for version in (2, 10, 9):
        put(f"paper-{version}", version=version)

    assert Rulebook(tmp_path).newest("taogou-2021").policy.ref == "taogou-2021@10"


def test_a_running_case_stays_with_the_version_it_was_opened_under(put, tmp_path):
    put("old", version=1)
    put("new", version=2, **{"monitoring_object.time_limits.0.amount": 7})
    rulebook = Rulebook(tmp_path)

    assert {
        ref: rulebook.pinned(ref).limit("publicity_minimum").amount
        for ref in ("taogou-2021@1", "taogou-2021@2")
    } == {"taogou-2021@1": 5, "taogou-2021@2": 7}


def test_two_versions_are_two_machines(put, tmp_path):
    put("old", version=1)
    put("new", version=2)
    old, new = Rulebook(tmp_path)

    assert old.machine_class is not new.machine_class
    assert old.moves == new.moves


def test_documents_of_several_folders_make_one_rulebook(put, tmp_path):
    put("another", id="another-2022")
    rulebook = Rulebook(POLICIES, tmp_path)

    assert {procedure.policy.ref for procedure in rulebook} >= {"taogou-2021@1", "another-2022@1"}


def test_a_document_that_is_not_there_has_no_newest_version_and_none_to_pin(put, tmp_path):
    put()
    rulebook = Rulebook(tmp_path)

    assert rulebook.newest("another-2022") is None
    with pytest.raises(KeyError):
        rulebook.pinned("taogou-2021@2")


def test_one_version_of_a_document_in_two_files_is_refused(put, tmp_path):
    put("paper")
    put("paper-corrected", **{"monitoring_object.time_limits.0.amount": 7})

    with pytest.raises(PolicyError):
        Rulebook(tmp_path)


def test_one_broken_document_keeps_the_whole_rulebook_from_opening(put, tmp_path):
    put("good")
    put("worse", version=2, **{"monitoring_object.stages.county_filing.by": []})

    with pytest.raises(PolicyError, match=r"worse\.toml"):
        Rulebook(tmp_path)
