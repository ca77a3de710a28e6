"""Our services as processes, started again at once when they end, as Kubernetes does."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from headsup.clock import SystemClock
from sandbox.parts.process import Command, GuardedProcess, tail
from tests.faults.versions import ROOT, words_of
from tests.faults.waiting import holds
from tests.fixtures.environment import is_a_setting

DIES: Final = "dies at "
"""What a process says that ends itself at a named moment."""
_LOOK: Final = 0.03
_BREATH: Final = 1.0
"""Seconds before a process is started again that ended by itself: nobody's fault of ours."""
_SECONDS_TO_END: Final = 12.0
_READY: Final[Mapping[str, str]] = {"cart_recovery": "the carts are complete"}
_USUALLY: Final = "partitions assigned"
"""What a service says when it reads."""
_NO_DATABASE: Final = frozenset({"cart_recovery"})
_MOST_FAILURES: Final = 4
"""After which it will never be ready."""
_SECONDS_TO_BE_READY: Final = 90.0


class FleetTroubleError(Exception):
    """A process did not do what it was started for; the message holds its last words."""


@dataclass(slots=True, kw_only=True)
class _Member:
    service: str
    environment: Mapping[str, str]
    moments: list[str]
    """Where its next lives end."""
    mutation: str | None
    code: Path | None
    launches: int = 0
    failures: int = 0
    """How often in a row it ended by itself."""
    is_wanted: bool = True
    was_killed: bool = False
    process: GuardedProcess | None = None
    log: Path = Path()
    task: "asyncio.Task[None] | None" = None


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended that was asked to."""

    log: str
    code: int
    seconds: float


@dataclass(slots=True)
class Fleet:
    """The processes of one experiment."""

    settings: Mapping[str, str]
    logs: Path
    of_notifier: Mapping[str, str] = field(default_factory=dict)
    """Settings that only it is given: its ports, of which there is one each."""
    deaths: list[tuple[str, datetime]] = field(default_factory=list)
    """Which service was killed, by us or by itself at a named moment, and when."""
    ended: list[str] = field(default_factory=list)
    """The logs of processes that ended unasked."""
    exits: list[Exit] = field(default_factory=list)
    code: Path | None = None
    """The folder with the code of what is started from now on; None for this version's."""
    _members: dict[str, _Member] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Fleet"]:
        """Nothing runs any more after the block."""
        self.logs.mkdir(parents=True, exist_ok=True)
        try:
            yield self
        finally:
            await asyncio.gather(*(self.stop(name) for name in list(self._members)))

    def start(
        self,
        service: str,
        name: str = "a",
        *,
        moments: Sequence[str] = (),
        mutation: str | None = None,
        has_name: bool = True,
    ) -> str:
        """Starts a member and keeps it alive; its name. Each of `moments` ends one of its lives.
        `has_name`: Kafka knows it again when it is back."""
        member = f"{service}-{name}"
        environment = dict(self.settings)
        if service == "notifier":
            environment |= self.of_notifier
        if service in _NO_DATABASE:
            del environment["DATABASE_URL"]
        if has_name:
            environment["HEADSUP_INSTANCE"] = name
        kept = _Member(
            service=service,
            environment=environment,
            moments=list(moments),
            mutation=mutation,
            code=self.code,
        )
        self._members[member] = kept
        kept.task = asyncio.create_task(self._supervise(member, kept))
        return member

    async def _supervise(self, name: str, member: _Member) -> None:
        while member.is_wanted:
            await self._launch(name, member)
            await holds(lambda: not (member.is_wanted and _runs(member)), every=_LOOK)
            await self._bury(member)

    async def _launch(self, name: str, member: _Member) -> None:
        member.launches += 1
        member.was_killed = False
        member.log = self.logs / f"{name}.{member.launches}.log"
        member.log.write_bytes(b"")
        moment = member.moments.pop(0) if member.moments else None
        command = Command(
            _words(member, moment),
            log=member.log,
            grace_seconds=_SECONDS_TO_END,
            environment=environment_of(member.environment, member.code),
        )
        member.process = await asyncio.to_thread(GuardedProcess.start, command)

    async def _bury(self, member: _Member) -> None:
        """Ends it in order when it is not wanted any more, and clears up after it in any case."""
        process, member.process = member.process, None
        if process is not None:
            began = time.monotonic()
            code = await asyncio.to_thread(process.stop)
            if not (member.is_wanted or member.was_killed):
                self.exits.append(Exit(member.log.name, code, time.monotonic() - began))
        if not member.is_wanted or member.was_killed:
            return
        said = tail(member.log, 3)
        if DIES in said:
            self._died(member)
            return
        self.ended.append(member.log.name)
        member.failures += 1
        await asyncio.sleep(_BREATH)

    async def ready(self, *names: str) -> None:
        """Returns when these read their partitions. Raises FleetTroubleError."""
        for name in names:
            member = self._members[name]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SECONDS_TO_BE_READY):
                    await holds(partial(_is_ready_or_lost, member), every=_LOOK)
            if not _is_ready(member):
                said = tail(member.log) if member.log.is_file() else ""
                raise FleetTroubleError(f"{name} did not get ready. It said:\n{said}")

    def kill(self, name: str) -> bool:
        """SIGKILL; False when it had ended before."""
        member = self._members[name]
        if member.process is None or member.was_killed:
            return False
        try:
            os.kill(member.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        member.was_killed = True
        self._died(member)
        return True

    def freeze(self, name: str) -> None:
        """SIGSTOP."""
        self._signal(name, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT."""
        self._signal(name, signal.SIGCONT)

    def _signal(self, name: str, number: signal.Signals) -> None:
        process = self._members[name].process
        if process is None:
            raise FleetTroubleError(f"{name} does not run")
        os.kill(process.pid, number)

    def _died(self, member: _Member) -> None:
        self.deaths.append((member.service, SystemClock().now()))

    async def died(self, name: str, times: int, *, seconds: float = 60.0) -> bool:
        """Returns when a member has died so many times; False when it does not."""
        try:
            async with asyncio.timeout(seconds):
                await holds(lambda: self._members[name].launches > times, every=_LOOK)
        except TimeoutError:
            return False
        return True

    async def stop(self, name: str) -> None:
        """Ends a member in order; it is not started again."""
        member = self._members.pop(name)
        member.is_wanted = False
        if member.task is not None:
            await member.task


def _words(member: _Member, moment: str | None) -> list[str]:
    module = f"services.{member.service}"
    if moment is None and member.mutation is None:
        return [*words_of(member.code), "-m", module]
    words = [sys.executable, "-m", "tests.faults.victim", module]
    words += ["--die-at", moment] if moment else []
    return words + (["--mutate", member.mutation] if member.mutation else [])


def environment_of(settings: Mapping[str, str], code: Path | None = None) -> dict[str, str]:
    """The environment of a process of ours, with these settings and no other ones, where this
    version's code is found or that in a folder."""
    around = {name: value for name, value in os.environ.items() if not is_a_setting(name)}
    paths = [str(code)] if code else [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **around,
        "PYTHONPATH": os.pathsep.join(paths),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": "0",
        **settings,
    }


def _runs(member: _Member) -> bool:
    return member.process is not None and member.process.running


def _is_ready_or_lost(member: _Member) -> bool:
    return member.failures >= _MOST_FAILURES or _is_ready(member)


def _is_ready(member: _Member) -> bool:
    if not member.log.is_file() or member.was_killed:
        return False
    lines = member.log.read_bytes().splitlines()
    return any(_event(line) == _READY.get(member.service, _USUALLY) for line in lines)


def _event(line: bytes) -> str:
    try:
        said = json.loads(line)
    except ValueError:
        return ""
    return str(said.get("event", "")) if isinstance(said, dict) else ""
