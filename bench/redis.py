"""Debian's Redis, for the peers that need one."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.debian import unpacked
from sandbox.parts.places import free_port

_PLACE = Path("build/redis")
_PACKAGES = ("redis-server", "redis-tools", "libjemalloc2", "liblzf1")
_PATIENCE = 10.0


@contextmanager
def redis_server() -> Iterator[int]:
    """Runs it on loopback, with its usual settings and nothing in it; yields its port."""
    program, environment = _program()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder],
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait()


def _program() -> tuple[str, dict[str, str]]:
    """Where redis-server is, and the environment in which it finds its libraries."""
    if installed := shutil.which("redis-server"):
        return installed, dict(os.environ)
    place = unpacked(_PLACE, _PACKAGES)
    libraries = {path.parent for path in place.glob("usr/lib/*/*.so*")}
    found = {"LD_LIBRARY_PATH": ":".join(sorted(map(str, libraries)))}
    return str(place / "usr/bin/redis-server"), {**os.environ, **found}


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as client:
                client.sendall(b"PING\r\n")
                if client.recv(16).startswith(b"+PONG"):
                    return
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)
