"""A process of ours that cannot outlive us."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sandbox.parts import guard

_POLL_SECONDS = 0.01


class PartUnavailableError(Exception):
    """A part cannot run here; the message says why and what to do about it."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to run, and how it likes to end."""

    words: Sequence[str]
    log: Path
    """Where its output goes."""
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 10.0
    """How long it may take to end before it is killed."""
    user: int | None = None
    """The user and group id to run it as; None for ours."""
    remove: Sequence[Path] = ()
    """Directories that go when it is stopped, or when we are."""
    environment: Mapping[str, str] | None = None
    """Its whole environment; None for ours."""

    def order(self) -> guard.Order:
        """The same, as the guard wants it."""
        return {
            "command": list(self.words),
            "log": str(self.log),
            "stop_signal": int(self.stop_signal),
            "grace_seconds": self.grace_seconds,
            "user": self.user,
            "remove": [str(path) for path in self.remove],
        }


class GuardedProcess:
    """A running command that ends when we stop it, exit, crash or are killed (see `guard`).

    It has a session of its own, so Ctrl-C in the terminal reaches us alone, and we decide in which
    order things end.
    """

    def __init__(self, command: Command, guarding: "subprocess.Popen[bytes]", pid: int) -> None:
        self.pid = pid
        """The process id of the command itself."""
        self._command = command
        self._guard = guarding

    @classmethod
    def start(cls, command: Command) -> Self:
        """Start `command`; raises PartUnavailableError when it cannot even be executed."""
        with command.log.open("ab") as log:
            guarding = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__, json.dumps(command.order())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=command.environment,
                start_new_session=True,
            )
        assert guarding.stdout is not None  # noqa: S101 - said to Popen above
        first_line = guarding.stdout.readline()
        guarding.stdout.close()
        if not first_line:
            guarding.communicate()
            raise PartUnavailableError(f"{command.words[0]} cannot be run: {tail(command.log)}")
        return cls(command, guarding, int(first_line))

    @property
    def running(self) -> bool:
        """Whether the command still runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def wait_until(self, ready: Callable[[], bool], *, seconds: float, name: str) -> None:
        """Poll `ready`. Raises PartUnavailableError, with the end of the log, when the command ends
        first or the time is up. It is stopped when this does not go well, for whatever reason.
        """
        try:
            self._wait_until(ready, time.monotonic() + seconds, name)
        except BaseException:
            self.stop()
            raise

    def _wait_until(self, ready: Callable[[], bool], deadline: float, name: str) -> None:
        while not ready():
            if not self.running:
                raise PartUnavailableError(f"{name} ended at once:\n{tail(self._command.log)}")
            if time.monotonic() > deadline:
                raise PartUnavailableError(f"{name} is not ready:\n{tail(self._command.log)}")
            time.sleep(_POLL_SECONDS)

    def stop(self, *, keep_directories: bool = False) -> int:
        """End it in order, wait for that, and remove its directories unless told to keep them; its
        exit code, which is not 0 where it did not end in time and was killed."""
        self._guard.communicate(guard.KEEP if keep_directories else None)
        return self._guard.returncode

    def kill(self) -> None:
        """End it as a crash would, with SIGKILL. Its directories stay."""
        self.end_at_once(signal.SIGKILL)

    def end_at_once(self, number: signal.Signals) -> None:
        """End it with a signal that ends it at once, and wait for that. Its directories stay."""
        os.kill(self.pid, number)
        while self.running:
            time.sleep(_POLL_SECONDS)
        self._guard.communicate(guard.KEEP)


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
