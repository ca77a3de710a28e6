"""`smtp-sink` of Debian's postfix: a mail server that takes everything and keeps nothing.

Only the program is used; nothing is installed. Its package is unpacked under build/.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.debian import unpacked
from sandbox.parts.places import free_port

_UNPACKED = Path("build/postfix")


@contextmanager
def smtp_sink(port: int | None = None) -> Iterator[int]:
    """Runs it on loopback, on a port of its own where none is given; yields its port."""
    with _running(port or free_port()) as found:
        yield found


@contextmanager
def counting_sink() -> Iterator["CountingSink"]:
    """One that says how many mails it took."""
    with tempfile.NamedTemporaryFile() as told, _running(free_port(), "-c", told=told) as port:
        yield CountingSink(port, Path(told.name))


@dataclass(frozen=True, slots=True)
class CountingSink:
    """A mail server that counts."""

    port: int
    _told: Path

    @property
    def taken(self) -> int:
        """Mails so far."""
        last = self._told.read_text().rstrip("\r").rpartition("mesg=")[2]
        return int(last or 0)


@contextmanager
def _running(port: int, *words: str, told: IO[bytes] | None = None) -> Iterator[int]:
    program = _program()
    libraries = _UNPACKED / "usr/lib/postfix"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [program, *user, *words, f"127.0.0.1:{port}", "1000"],
        env={**os.environ, "LD_LIBRARY_PATH": str(libraries.resolve())},
        stdout=told,
    )
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _program() -> str:
    """Where smtp-sink is; fetched with apt when it is nowhere."""
    installed = shutil.which("smtp-sink") or shutil.which("smtp-sink", path="/usr/sbin")
    return installed or str(unpacked(_UNPACKED, ("postfix",)) / "usr/sbin/smtp-sink")


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
