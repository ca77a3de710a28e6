"""`make demo`: watch orders come to life in a browser."""

import asyncio
import contextlib
import logging
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sandbox.stack import PartUnavailableError, ServiceTroubleError, Stack, Wishes, running
from sandbox.tempo import tempo

CANNOT_RUN = 2
_BUILD = Path(__file__).parent.parent / "build"


def main() -> int:
    """Runs the demo until Ctrl-C or SIGTERM, or until a part of it ends; the exit code."""
    try:
        wishes = wishes_from(os.environ, datetime.now(UTC), "demo")
        log_to_file(wishes.logs)
        asyncio.run(until_stopped(wishes))
    except (ServiceTroubleError, PartUnavailableError, ValueError, OSError) as problem:
        print(sentence(problem), file=sys.stderr)  # noqa: T201 - for a person
        return CANNOT_RUN
    return 0


def sentence(problem: Exception) -> str:
    """What went wrong, without the number that the system gives it."""
    said = problem.strerror if isinstance(problem, OSError) else None
    return said or str(problem)


def wishes_from(environ: Mapping[str, str], now: datetime, name: str) -> Wishes:
    """What HTTP_HOST, HTTP_PORT and HEADSUP_CLOCK_SPEED ask for, and DEMO_LOGS, the directory of
    the logs, which is otherwise below one named after `name`. Raises ValueError.
    """
    port = environ.get("HTTP_PORT", "").strip() or "0"
    if not port.isdecimal() or int(port) > 65_535:  # noqa: PLR2004 - the last TCP port
        raise ValueError("HTTP_PORT is wrong: expected a port between 0 and 65535.")
    return Wishes(
        environ=environ,
        tempo=tempo(now, environ),
        host=environ.get("HTTP_HOST", "").strip() or "127.0.0.1",
        port=int(port),
        logs=Path(environ.get("DEMO_LOGS") or _BUILD / name / "logs"),
    )


def log_to_file(logs: Path) -> None:
    """The terminal is for the address; what the libraries say goes beside the services' logs."""
    logs.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(filename=logs / "sandbox.log", filemode="w", level=logging.WARNING)


async def until_stopped(wishes: Wishes) -> None:
    """Starts everything, says where it is, and ends it in order."""
    work = asyncio.current_task()
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()

    def stop() -> None:
        if work is not None and not stopped.is_set():
            stopped.set()
            work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        async with running(wishes) as stack:
            with _environment_file(wishes.logs.parent / "env", stack.environment) as file:
                _say_where(stack, file)
                await stack.trouble()
    except asyncio.CancelledError:
        if not stopped.is_set():
            raise
        print("Everything has ended.", flush=True)  # noqa: T201 - for a person


@contextlib.contextmanager
def _environment_file(file: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """The file is there as long as what it leads to."""
    file.write_text(shell_lines(environment, Path(sys.executable).parent))
    try:
        yield file
    finally:
        file.unlink(missing_ok=True)


def shell_lines(environment: Mapping[str, str], programs: Path) -> str:
    """What sh reads to set `environment` and to find what is in the directory `programs`."""
    settings = [f"export {name}={shlex.quote(value)}" for name, value in environment.items()]
    return "\n".join([*settings, f'export PATH={shlex.quote(str(programs))}:"$PATH"', ""])


def _say_where(stack: Stack, file: Path) -> None:
    source = f". {shlex.quote(os.path.relpath(file))}"
    for line in (
        f"Headsup is ready at {stack.url}",
        f"To talk to it, in a second terminal: {source}",
        "Ctrl-C ends it.",
    ):
        print(line, flush=True)  # noqa: T201 - for a person


if __name__ == "__main__":
    sys.exit(main())
