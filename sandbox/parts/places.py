"""Free ports and temporary directories that work in odd places too."""

import os
import secrets
import shutil
import socket
import stat
import tempfile
from pathlib import Path

_FIRST_PORT, _LAST_PORT = 20_000, 32_000
_SHORT_PLACES = (Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"))  # noqa: S108 - a place that others can reach is meant # nosec B108
_LONGEST_SHORT_PLACE = 40
MEMORY = Path("/dev/shm")  # noqa: S108 - likewise # nosec B108
"""Where files are memory: to make one costs a twentieth of what it costs on disk."""
_ROOM = 1 << 30


def free_port() -> int:
    """A TCP port on loopback that nobody uses.

    It is below the range that Linux takes outgoing connections from (32768 and up): a client that
    keeps connecting to a port of that range while the server is down can get connected to itself,
    and then the server cannot come back.
    """
    while True:
        port = _FIRST_PORT + secrets.randbelow(_LAST_PORT - _FIRST_PORT)
        if is_free(port):
            return port


def is_free(port: int) -> bool:
    """Whether nobody listens on this port of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def can_reach(path: Path, user: int) -> bool:
    """Whether `user`, with only its own group, can enter every directory on the way to `path`."""
    return all(_may_enter(parent, user) for parent in path.resolve().parents)


def _may_enter(directory: Path, user: int) -> bool:
    status = directory.stat()
    if user == 0:
        return True
    if status.st_uid == user:
        return bool(status.st_mode & stat.S_IXUSR)
    return bool(status.st_mode & (stat.S_IXGRP if status.st_gid == user else stat.S_IXOTH))


def new_directory(user: int | None = None, *, in_memory: bool = False) -> Path:
    """A new temporary directory of `user` (None: ours), with a path short enough for the Unix
    sockets in it (108 bytes) and a way there that this user may go. `in_memory` is a wish: where
    there is no such place, or a gigabyte is not free in it, it is on disk.
    """
    usual = Path(tempfile.gettempdir())
    owner = os.geteuid() if user is None else user
    first = (MEMORY,) if in_memory and _has_room(MEMORY) else ()
    for place in (*first, usual, *_SHORT_PLACES):
        if len(str(place)) <= _LONGEST_SHORT_PLACE and can_reach(place / "x", owner):
            directory = Path(tempfile.mkdtemp(prefix="headsup-", dir=place))
            os.chown(directory, owner, -1)
            return directory
    raise FileNotFoundError(f"no temporary directory that user {owner} can reach; set TMPDIR")


def _has_room(place: Path) -> bool:
    return place.is_dir() and shutil.disk_usage(place).free > _ROOM
