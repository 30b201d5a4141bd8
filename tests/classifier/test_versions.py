from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier.artifact import ModelError, read_artifact
from classifier.versions import (
    VersionError,
    adopt,
    live_folder,
    names,
    new_version,
    prune,
    release,
    releases,
    roll_back,
)


def versions(folder: Path, count: int) -> None:
    for number in range(1, count + 1):
        name, _ = new_version(folder)
        release(folder, name, at=f"2026-11-24T10:00:0{number}+00:00", why="trained")


def test_the_last_release_is_live(tmp_path: Path) -> None:
    assert live_folder(tmp_path) == tmp_path  # a folder without versions is a model itself
    versions(tmp_path, 2)
    assert names(tmp_path) == ["1", "2"]
    assert live_folder(tmp_path) == tmp_path / "2"
    release(tmp_path, "1", at="now", why="chosen")
    assert live_folder(tmp_path) == tmp_path / "1"
    with pytest.raises(VersionError, match="no version '3'; it has: 1, 2"):
        release(tmp_path, "3", at="now", why="chosen")


def test_rolling_back_twice_goes_further_back(tmp_path: Path) -> None:
    versions(tmp_path, 3)
    assert roll_back(tmp_path, at="then").version == "2"
    assert roll_back(tmp_path, at="then").version == "1"
    with pytest.raises(VersionError, match="nothing was live"):
        roll_back(tmp_path, at="then")
    release(tmp_path, "3", at="then", why="chosen")
    assert roll_back(tmp_path, at="then").version == "1"
    assert [one.version for one in releases(tmp_path)] == ["1", "2", "3", "2", "1", "3", "1"]


def test_a_version_that_is_gone_is_not_rolled_back_to(tmp_path: Path) -> None:
    versions(tmp_path, 2)
    (tmp_path / "1").rmdir()
    with pytest.raises(VersionError, match="version 1, live before, no longer stands"):
        roll_back(tmp_path, at="then")
    assert live_folder(tmp_path) == tmp_path / "2"


def test_a_name_is_never_given_twice(tmp_path: Path) -> None:
    versions(tmp_path, 2)
    (tmp_path / "3").mkdir()  # another training has just begun
    (tmp_path / "notes").mkdir()
    assert new_version(tmp_path)[0] == "4"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 2, "releases": []}',
     '{"format": 1, "releases": [{"version": "../../etc", "at": "", "why": ""}]}',
     '{"format": 1, "releases": [{"version": "1", "at": "", "why": "", "more": 1}]}'],
)  # fmt: skip
def test_a_damaged_pointer_is_told_and_leads_nowhere(tmp_path: Path, text: str) -> None:
    (tmp_path / "versions.json").write_text(text)
    with pytest.raises(VersionError, match=r"versions\.json"):
        live_folder(tmp_path)
    with pytest.raises(ModelError, match=r"versions\.json"):
        read_artifact(tmp_path)


def test_a_model_without_versions_becomes_the_first(tmp_path: Path, model_folder: Path) -> None:
    for file in ("manifest.json", "arrays.npz"):
        (tmp_path / file).write_bytes((model_folder / file).read_bytes())
    adopt(tmp_path, at="now")
    adopt(tmp_path, at="later")  # nothing is left to do
    assert names(tmp_path) == ["1"]
    assert not (tmp_path / "manifest.json").exists()
    assert read_artifact(tmp_path).digest == read_artifact(model_folder).digest
    assert json.loads((tmp_path / "versions.json").read_text())["releases"][0]["why"] == (
        "found here"
    )


def test_pruning_keeps_what_is_live_what_was_before_and_the_newest(tmp_path: Path) -> None:
    versions(tmp_path, 6)
    release(tmp_path, "2", at="then", why="chosen")
    release(tmp_path, "3", at="then", why="chosen")
    assert prune(tmp_path, 1) == ["1", "4", "5"]
    assert names(tmp_path) == ["2", "3", "6"]
    assert live_folder(tmp_path) == tmp_path / "3"
    assert roll_back(tmp_path, at="then").version == "2"
    assert new_version(tmp_path)[0] == "7"
    with pytest.raises(VersionError, match="at least the newest"):
        prune(tmp_path, 0)
