"""Older versions come out of the history, or a sentence says why they do not."""

import subprocess
import tarfile
from pathlib import Path

import msgspec
import pytest

from tests.faults.rows import ROWS
from tests.faults.versions import (
    RELEASES,
    Oldest,
    VersionMissingError,
    oldest,
    runnable,
    unpacked,
    what_is_missing,
)

_ONE = '[[oldest]]\nname = "one"\nrevision = "{}"\nservices = ["notifier"]\ntables = {{}}\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One with a commit, from which the file has changed since."""
    here = tmp_path / "shop"
    (here / "services").mkdir(parents=True)
    (here / "headsup").mkdir()
    (here / "headsup" / "said.py").write_text("OLD = True\n")
    (here / "services" / "said.py").write_text("OLD = True\n")
    _git(here, "init", "--quiet")
    _git(here, "add", ".")
    _git(here, "commit", "--quiet", "--message", "old")
    (here / "headsup" / "said.py").write_text("OLD = False\n")
    return here


def _git(here: Path, *words: str) -> str:
    person = ("-c", "user.name=somebody", "-c", "user.email=somebody@shop.example")
    done = subprocess.run(
        ["git", "-C", str(here), *person, *words],  # noqa: S607 - wherever it is
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def _version(revision: str) -> Oldest:
    return Oldest(name="one", revision=revision, services=("notifier",), tables={})


def test_the_named_versions_are_whole_and_each_is_run() -> None:
    found = oldest(RELEASES)
    assert set(found) == {"orders", "carts"}
    for each in found.values():
        assert len(each.revision) == len(bytes.fromhex(each.revision)) * 2 == 40
        assert set(each.tables) == {"notifier", "order_events"}
    assert sum(row.of_history for row in ROWS) == len(found)


def test_a_mistyped_line_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "releases.toml"
    path.write_text(_ONE.format("0" * 40) + 'table = "notifier_0001"\n')
    with pytest.raises(msgspec.ValidationError, match="unknown field `table`"):
        oldest(path)


def test_the_code_is_that_of_the_commit_and_stays(repository: Path) -> None:
    version = _version(_git(repository, "rev-parse", "HEAD"))
    folder = unpacked(version, repository)
    assert (folder / "headsup" / "said.py").read_text() == "OLD = True\n"
    assert sorted(each.name for each in folder.iterdir()) == ["headsup", "services"]
    assert unpacked(version, repository) == folder
    assert [each.name for each in folder.parent.iterdir()] == [version.revision]


def test_a_history_that_is_too_short_is_told_what_to_do(repository: Path) -> None:
    with pytest.raises(VersionMissingError, match="run `git fetch --unshallow`"):
        unpacked(_version("0" * 40), repository)
    assert "git fetch --unshallow" in str(what_is_missing(repository))


def test_what_needs_the_history_is_left_out_at_home_and_fails_in_ci(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert not any(row.of_history for row in runnable(ROWS, repository))
    monkeypatch.setenv("CI", "true")
    assert runnable(ROWS, repository) == list(ROWS)


def test_what_is_kept_needs_no_history(repository: Path) -> None:
    version = _version("0" * 40)
    kept = repository / "deploy" / "releases" / f"{version.revision}.tar.xz"
    kept.parent.mkdir(parents=True)
    with tarfile.open(kept, "w:xz") as archive:
        archive.add(repository / "headsup", "headsup")
    assert what_is_missing(repository) is not None  # those that are named are not kept here
    assert (unpacked(version, repository) / "headsup" / "said.py").exists()


@pytest.mark.parametrize("version", oldest().values(), ids=lambda each: str(each.name))
def test_what_is_kept_of_a_version_is_its_commit(version: Oldest) -> None:
    with tarfile.open(RELEASES.with_suffix("") / f"{version.revision}.tar.xz") as archive:
        assert archive.pax_headers["comment"] == version.revision
        names = {name.partition("/")[0] for name in archive.getnames()}
    assert names == {"headsup", "services"}
