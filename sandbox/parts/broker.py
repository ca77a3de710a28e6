"""A Kafka broker on this machine: how it is started, stopped, crashed, and known to be ready."""

import shutil
import socket
import struct
from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

from sandbox.parts.part import Part
from sandbox.parts.places import free_port, is_free, new_directory
from sandbox.parts.process import Command, GuardedProcess, PartUnavailableError

_ATTEMPTS = 3
_SECONDS_TO_START = 60.0
_SECONDS_TO_ANSWER = 5.0
_METADATA_REQUEST = struct.pack("!hhihi", 3, 1, 1, -1, 0)  # Metadata v1, no client id, no topics
_ANSWER = struct.Struct("!iii")  # size, correlation, how many brokers


class Broker(Part):
    """A broker on loopback. `data` keeps its topics between runs; without it they are temporary.

    The subclasses say which program it is; everything else is the same for both.
    """

    name: ClassVar[str]

    def __init__(self, data: Path | None = None) -> None:
        self._data = data
        self._work: Path | None = None
        self._port: int | None = None
        self._process: GuardedProcess | None = None

    @abstractmethod
    def command(self, work: Path, data: Path, port: int) -> Command:
        """What to run for a broker on this port of loopback that keeps its topics in `data`.

        `work` is a temporary directory for anything else. Raises PartUnavailableError.
        """

    @property
    def bootstrap_servers(self) -> str:
        """Where clients find it: host:port. The same after a restart."""
        if self._port is None:
            raise RuntimeError(f"{self.name} has not been started")
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start on a free port, or on the one it had before, and return when it answers."""
        if self._port is not None:
            self._process = self._started(self._port)
            return
        for attempts_left in reversed(range(_ATTEMPTS)):
            port = free_port()
            try:
                self._process = self._started(port)
            except PartUnavailableError:
                if not attempts_left or is_free(port):  # otherwise somebody took it in between
                    raise
            else:
                self._port = port
                return

    def stop(self) -> None:
        """End it in order and remove what is temporary."""
        if self._process:
            self._process.stop()
        elif self._work:  # it was killed
            shutil.rmtree(self._work, ignore_errors=True)
        self._process = self._work = None

    def kill(self) -> None:
        """End it as a crash would, with SIGKILL. `start` brings it back with its topics."""
        if self._process:
            self._process.kill()
            self._process = None

    def restart(self) -> None:
        """End it in order and start it on the same port with the same topics."""
        if self._process:
            self._process.stop(keep_directories=True)
            self._process = None
        self.start()

    def _started(self, port: int) -> GuardedProcess:
        if self._work is None or not self._work.exists():
            self._work = new_directory()
        try:
            data = self._work / "data" if self._data is None else self._data.resolve()
            data.mkdir(parents=True, exist_ok=True)
            process = GuardedProcess.start(self.command(self._work, data, port))
        except BaseException:
            shutil.rmtree(self._work, ignore_errors=True)
            raise
        process.wait_until(lambda: _answers(port), seconds=_SECONDS_TO_START, name=self.name)
        return process


def _answers(port: int) -> bool:
    """Whether the broker names itself in a metadata answer, that is, takes produce and fetch.

    A bare socket, because a Kafka client logs an error for every attempt that fails.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS_TO_ANSWER) as client:
            client.sendall(struct.pack("!i", len(_METADATA_REQUEST)) + _METADATA_REQUEST)
            answer = client.recv(_ANSWER.size, socket.MSG_WAITALL)
    except OSError:
        return False
    return len(answer) == _ANSWER.size and _ANSWER.unpack(answer)[2] > 0
