"""Older versions of this code, to run beside it: kept in deploy/releases, or out of the history."""

import os
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec

ROOT: Final = Path(__file__).parents[2]
RELEASES: Final = ROOT / "deploy" / "releases.toml"
PARTS: Final = ("headsup", "services")
"""What runs in production."""
_KEPT: Final = Path("deploy/releases")
"""Of each commit that releases.toml names what `git archive` makes of these parts: a history can be
short, or be written anew."""


class VersionMissingError(Exception):
    """The history that is here does not reach back so far; the message says what to do."""


class Oldest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The oldest version that may run beside this one."""

    name: str
    revision: str
    """In full: a commit, not what a name leads to today."""
    services: tuple[str, ...]
    """Those of its services of which this holds."""
    tables: Mapping[str, str]
    """What it makes of an empty database: the version of each schema."""


class _Releases(msgspec.Struct, forbid_unknown_fields=True):
    oldest: tuple[Oldest, ...]


def oldest(path: Path = RELEASES) -> dict[str, Oldest]:
    """Those that are named, by their names. Raises msgspec.ValidationError."""
    found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Releases)
    return {each.name: each for each in found.oldest}


def what_is_missing(repository: Path = ROOT) -> str | None:
    """Why there is no older version to run here, and what to do; None where there is."""
    problems = (_missing(each, repository) for each in oldest().values())
    return next(filter(None, problems), None)


def _missing(version: Oldest, repository: Path) -> str | None:
    if _kept(version, repository).is_file():
        return None
    if _git(repository, "cat-file", "-e", f"{version.revision}^{{commit}}").returncode == 0:
        return None
    return (
        f"The history here has no commit {version.revision[:7]}, which deploy/releases.toml names, "
        "and deploy/releases does not keep it: run `git fetch --unshallow`."
    )


def _kept(version: Oldest, repository: Path) -> Path:
    return repository / _KEPT / f"{version.revision}.tar.xz"


class Dated(Protocol):
    """Something that may need the history."""

    @property
    def of_history(self) -> bool:
        """Whether it does."""


D = TypeVar("D", bound=Dated)


def runnable(all_: Sequence[D], repository: Path = ROOT) -> list[D]:
    """Those that can be run where the history does not reach back so far. CI runs all of them, and
    so fails there."""
    if os.environ.get("CI") or what_is_missing(repository) is None:
        return list(all_)
    return [each for each in all_ if not each.of_history]


def unpacked(version: Oldest, repository: Path = ROOT) -> Path:
    """The folder with its code, which is made where it is not there yet. Raises
    VersionMissingError."""
    folder = repository / "build" / "versions" / version.revision
    if not folder.is_dir():
        if problem := _missing(version, repository):
            raise VersionMissingError(problem)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as name:
            whole = _unpack(repository, version, Path(name))
            try:
                whole.rename(folder)
            except OSError:
                if not folder.is_dir():  # nobody else was faster
                    raise
    return folder


def _unpack(repository: Path, version: Oldest, folder: Path) -> Path:
    packed, code = _kept(version, repository), folder / "code"
    if not packed.is_file():
        packed = folder / "packed.tar"
        words = ("archive", f"--output={packed}", version.revision, *PARTS)
        _git(repository, *words).check_returncode()
    with tarfile.open(packed) as archive:
        archive.extractall(code, filter="data")
    return code


def _git(repository: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = ["git", "-C", str(repository), *words]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def words_of(code: Path | None) -> list[str]:
    """Python as it runs this version's modules, or those in a folder. The folder that we are in
    comes before all others, unless it is left out: it has this version's."""
    return [sys.executable] if code is None else [sys.executable, "-P"]
