"""Whether anything that we install is known to be vulnerable, by pip-audit.

An index that keeps no advisories answers like one that has none to tell. So each time a version is
asked about that is known to be vulnerable; if that is not said, nobody was asked.
"""

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from bench.venv import python_with

TOOL: Final = Path("tools/security/requirements.txt")
_AUDIT: Final = Path("tools/security/audit.py")
_ACCEPTED: Final = Path("tools/security/accepted.json")
_KEPT: Final = Path("build/advisories")
_WORDS: Final = ("--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json")

VULNERABLE: Final = "pycrypto==2.6.1"
"""Known for its holes since 2018, and the newest of its name: any index can tell of it."""


class NotAskedError(Exception):
    """Nobody here knows of advisories; the text says what to do."""


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An advisory that we live with until a day."""

    id: str
    why: str
    until: date


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of the packages."""

    wrong: tuple[str, ...]
    asked: int
    unanswered: tuple[str, ...]
    """Pins of which nobody knows whether they are vulnerable."""


def requirements() -> list[Path]:
    """All files that pin packages of Python's."""
    places = ("requirements/*.txt", "tools/*/requirements.txt", "bench/peers/requirements/*.txt")
    return sorted(path for place in places for path in Path().glob(place))


def accepted(path: Path = _ACCEPTED) -> list[Accepted]:
    """What we live with. Raises msgspec.ValidationError."""
    return msgspec.json.decode(path.read_bytes(), type=list[Accepted])


def audited(
    files: Sequence[Path], known: Sequence[Accepted], today: date, proof: str = VULNERABLE
) -> Answer:
    """What is known of everything that is pinned in these files. Raises NotAskedError where not
    even `proof` is known to be vulnerable, or little else is known."""
    pins = {pin: path for path in reversed(files) for pin in _pins(path)}
    said = {name: each for group in grouped({*pins, proof}) for name, each in _ask(group)}
    if not said[proof].get("vulns"):
        raise NotAskedError(
            f"The package index here does not say that {proof} is vulnerable, so its silence "
            "about other packages means nothing. Run this where the public index is reached."
        )
    ours = {pin: said[pin] for pin in sorted(pins)}
    unanswered = [pin for pin, each in ours.items() if "vulns" not in each]
    if len(unanswered) > len(pins) / 2:
        raise NotAskedError(
            f"The package index here knows nothing of {len(unanswered)} of {len(pins)} pinned "
            "versions. It tells of the newest: make lock UPGRADE=--upgrade."
        )
    wrong = [*_vulnerable(ours, pins, {each.id for each in known}), *_outdated(known, ours, today)]
    return Answer(tuple(wrong), len(pins), tuple(unanswered))


def grouped(pins: Iterable[str]) -> list[list[str]]:
    """The pins in as few lists as it takes for no list to name a package twice: pip-audit takes no
    such list."""
    versions: dict[str, list[str]] = {}
    for pin in pins:
        versions.setdefault(pin.partition("==")[0], []).append(pin)
    most = max(map(len, versions.values()))
    return [[each[n] for each in versions.values() if n < len(each)] for n in range(most)]


def _pins(path: Path) -> Iterator[str]:
    """name==version, also of what is only for other systems."""
    for line in path.read_text("utf-8").splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            yield line.split()[0]


def _ask(pins: list[str]) -> list[tuple[str, Mapping[str, Any]]]:
    with TemporaryDirectory() as place:
        asked, result = Path(place, "asked.txt"), Path(place, "answered.json")
        asked.write_text("\n".join(pins), "utf-8")
        words = (*_WORDS, f"--cache-dir={_KEPT}", f"--requirement={asked}", f"--output={result}")
        run: list[Path | str] = [python_with("security", TOOL), _AUDIT, *words]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        if not result.exists():
            last = done.stderr.strip().rpartition("\n")[2]
            raise NotAskedError(f"The package index could not be asked about advisories: {last}")
        found = json.loads(result.read_bytes())["dependencies"]
    by_name = {pin.partition("==")[0]: pin for pin in pins}
    return [(by_name[each["name"]], each) for each in found]


def _vulnerable(
    said: Mapping[str, Mapping[str, Any]], pins: Mapping[str, Path], known: set[str]
) -> Iterator[str]:
    for pin, each in said.items():
        for hole in each.get("vulns", ()):
            if not known & {hole["id"], *hole["aliases"]}:
                better = ", ".join(hole["fix_versions"]) or "no version"
                yield f"{pins[pin]}: {pin} has {hole['id']}, mended in {better}"


def _outdated(
    known: Iterable[Accepted], said: Mapping[str, Mapping[str, Any]], today: date
) -> Iterator[str]:
    holes = (hole for each in said.values() for hole in each.get("vulns", ()))
    names = {name for hole in holes for name in (hole["id"], *hole["aliases"])}
    for each in known:
        if each.until < today:
            yield f"{_ACCEPTED}: {each.id} was accepted until {each.until}. Look at it again."
        elif each.id not in names:
            yield f"{_ACCEPTED}: nothing has {each.id} any more. Take it out."
