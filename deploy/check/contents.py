"""What must not be in an image, and what must be."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from stat import S_ISDIR, S_ISREG, S_ISVTX, S_IWGRP, S_IWOTH
from typing import Any, Final

USER: Final = 65532
"""Who it runs as: nobody on any machine."""
_BUILDS_OR_FETCHES: Final = re.compile(
    # By the name of what it compiles for, too, and with a version: x86_64-linux-gnu-gcc-12.
    r"(?:[a-z0-9_]+-linux-[a-z]+-)?(?:as|c\+\+|cc|clang|cpp|g\+\+|gcc|ld|rustc|tcc)(?:[-.][\d.]+)?"
    r"|apt|apt-\w+|cmake|curl|dpkg|dpkg-\w+|git|gmake|hatch|hatchling|make|ninja"
    r"|easy_install.*|pip[\d.]*|pipx|poetry|uv|uvx|wget"
)
_PROGRAMS: Final = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")
_OF_OURS: Final = "opt/headsup"
_PARTS_OF_THEM: Final = ("usr/lib*/gcc*/*/*/cc1*", "usr/lib/llvm-*", "usr/share/python-wheels/*")
"""What a compiler is made of, whatever its program is called; where Debian's Python has pip."""
_NOT_IN_PYTHON: Final = ("ensurepip", "pip", "setuptools", "hatchling", "sandbox", "tests")
_PARTS: Final = f"{_OF_OURS}/sbom.cdx.json"
_FOR_ALL: Final = frozenset({"tmp", "var/tmp", "run/lock", "dev/shm"})
"""Where anybody may write, and nobody may take away another's."""


def wrong_in_config(said: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with what an image says of itself, by OCI's names."""
    if said.get("User") != f"{USER}:{USER}":
        yield f"it runs as {said.get('User') or 'root'}"
    if not said.get("Entrypoint"):
        yield "it runs nothing"
    if "org.opencontainers.image.version" not in (said.get("Labels") or {}):
        yield "it does not say which version it is"


def wrong_in_files(root: Path, user: int = USER) -> Iterator[str]:
    """What is wrong with the files of an image, which lie at `root`, for one that is run by `user`
    (also the id of its group)."""
    for found in (*_programs(root), *_libraries(root)):
        yield f"/{found.relative_to(root)} is in it"
    yield from _wrong_in_list_of_parts(root)
    for file in root.rglob("*"):
        yield from (f"/{file.relative_to(root)} {what}" for what in _rights(root, file, user))


def _programs(root: Path) -> Iterator[Path]:
    for folder in (*_PROGRAMS, f"{_OF_OURS}/bin"):
        # A folder that is a link to another is looked at there.
        if not (root / folder).is_symlink() and (root / folder).is_dir():
            for file in sorted((root / folder).iterdir()):
                if _BUILDS_OR_FETCHES.fullmatch(file.name):
                    yield file
    for pattern in _PARTS_OF_THEM:
        yield from root.glob(pattern)


def _libraries(root: Path) -> Iterator[Path]:
    patterns = ("usr/lib/python3*", "usr/local/lib/python3.*", f"{_OF_OURS}/lib/python3.*")
    folders = [each for pattern in patterns for each in root.glob(pattern) if each.is_dir()]
    inner = ("", "site-packages", "dist-packages")
    places = (f / each / name for f in folders for each in inner for name in _NOT_IN_PYTHON)
    return (place for place in places if place.exists())


def _wrong_in_list_of_parts(root: Path) -> Iterator[str]:
    """It has to name every package that is installed beside it, with the version."""
    file = root / _PARTS
    if not file.exists():
        yield "there is no list of what it consists of"
        return
    try:
        parts = json.loads(file.read_bytes())["components"]
        listed = {(_plain(part["name"]), part["version"]) for part in parts}
    except (ValueError, KeyError, TypeError):
        yield f"/{_PARTS} is no list of parts in CycloneDX"
        return
    for folder in sorted(root.glob(f"{_OF_OURS}/lib/python3.*/site-packages/*.dist-info")):
        name, _, version = folder.name.removesuffix(".dist-info").partition("-")
        if _plain(name) != "headsup" and (_plain(name), version) not in listed:
            yield f"/{_PARTS} does not list {name} {version}"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _rights(root: Path, file: Path, user: int) -> Iterator[str]:
    """What one file lets whoever runs the image do that it must not."""
    about = file.lstat()
    mode = about.st_mode
    if not S_ISREG(mode) and not S_ISDIR(mode):
        return
    if S_ISREG(mode) and mode & 0o6000:
        yield "gives whoever runs it another user's rights"
    may_write = about.st_uid == user or mode & S_IWOTH or (about.st_gid == user and mode & S_IWGRP)
    is_for_all = mode & S_ISVTX and str(file.relative_to(root)) in _FOR_ALL
    if may_write and not is_for_all:
        yield "can be written by whoever runs it"
