"""Nothing is left running, however we end."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.parts.process import Command, GuardedProcess, PartUnavailableError
from tests.fixtures.processes import alive

_OWNER = """
import signal, sys, time
from pathlib import Path
from sandbox.parts.process import Command, GuardedProcess
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
work = Path(sys.argv[1])
process = GuardedProcess.start(Command(["sleep", "600"], log=work / "log", remove=[work]))
print(process.pid, flush=True)
time.sleep(600)
"""
_SECONDS = 10.0


def _becomes_true(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A directory that goes with the process."""
    work = tmp_path / "work"
    work.mkdir()
    return work


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_ends_with_its_owner_and_its_directory_goes(how: signal.Signals, work: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(work)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[4],
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert alive(pid)
        owner.send_signal(how)
    assert _becomes_true(lambda: not alive(pid))
    assert _becomes_true(lambda: not work.exists())


def test_one_that_does_not_end_when_asked_is_killed(work: Path) -> None:
    deaf = [
        sys.executable,
        "-c",
        "import signal; signal.signal(15, signal.SIG_IGN); signal.pause()",
    ]
    process = GuardedProcess.start(Command(deaf, log=work / "log", grace_seconds=0.3))
    process.stop()
    assert not process.running


def test_after_a_kill_its_directory_stays_for_the_next_start(work: Path) -> None:
    process = GuardedProcess.start(Command(["sleep", "600"], log=work / "log", remove=[work]))
    process.kill()
    assert not process.running
    assert work.exists()


def test_a_program_that_is_not_there_is_named(work: Path) -> None:
    with pytest.raises(PartUnavailableError, match="no-such-program cannot be run"):
        GuardedProcess.start(Command(["no-such-program"], log=work / "log"))


def test_one_that_ends_before_it_is_ready_is_quoted(work: Path) -> None:
    broken = Command(["sh", "-c", "echo no such setting; exit 1"], log=work / "log")
    process = GuardedProcess.start(broken)
    with pytest.raises(PartUnavailableError, match="Thing ended at once:\nno such setting"):
        process.wait_until(lambda: False, seconds=_SECONDS, name="Thing")


def test_one_that_never_gets_ready_is_stopped(work: Path) -> None:
    process = GuardedProcess.start(Command(["sleep", "600"], log=work / "log"))
    with pytest.raises(PartUnavailableError, match="Thing is not ready"):
        process.wait_until(lambda: False, seconds=0.05, name="Thing")
    assert not process.running
