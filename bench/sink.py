"""`smtp-sink` of Debian's postfix: a mail server that takes everything and keeps nothing.

Only the program is used; nothing is installed. Its package is unpacked under build/.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.debian import unpacked
from sandbox.parts.places import free_port

_UNPACKED = Path("build/postfix")


@contextmanager
def smtp_sink(port: int | None = None) -> Iterator[int]:
    """Runs it on loopback, on a port of its own where none is given; yields its port."""
    program = _program()
    port = port or free_port()
    libraries = _UNPACKED / "usr/lib/postfix"
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [program, *user, f"127.0.0.1:{port}", "1000"],
        env={**os.environ, "LD_LIBRARY_PATH": str(libraries.resolve())},
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
