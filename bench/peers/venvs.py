"""A virtual environment for each peer, made on first use.

A peer has its own packages, pinned with hashes in `requirements/<name>.txt`. What it shares with us
(msgspec, asyncpg, our pure functions) it finds behind them, in our environment: the same versions.
"""

import asyncio
import re
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from bench.venv import python_with

_REQUIREMENTS = Path(__file__).parent / "requirements"
_PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==(\S+)", re.MULTILINE)
_PACKAGES: Mapping[str, str] = {
    "celery": "celery",
    "faststream": "faststream",
    "faust": "faust-streaming",
    "quixstreams": "quixstreams",
}
"""What each of them is called as a package."""


async def python_of(name: str) -> str:
    """The Python of this peer's environment, which is made when it is not there. Raises
    subprocess.CalledProcessError when its packages cannot be had."""
    python = await asyncio.to_thread(python_with, name, _pins_of(name))
    [packages] = python.parents[1].glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return str(python)


def versions_of(name: str) -> dict[str, str]:
    """What is pinned for this peer, by the name of the package."""
    return dict(_PINNED.findall(_pins_of(name).read_text()))


def peer_versions() -> dict[str, str]:
    """The version of each peer itself, for the report."""
    return {package: versions_of(name)[package] for name, package in _PACKAGES.items()}


def _pins_of(name: str) -> Path:
    return _REQUIREMENTS / f"{name}.txt"
