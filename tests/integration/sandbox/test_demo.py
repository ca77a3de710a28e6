"""The demo as it is run: one command, one address, and nothing left behind however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

SECONDS_TO_END = 20.0


class RunningDemo:
    """`python -m sandbox.demo` in a process of its own."""

    def __init__(self, build: Path) -> None:
        self.environment_file = build / "env"
        environ = {**os.environ, "DEMO_LOGS": str(build / "logs"), "HTTP_PORT": "0"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.demo"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.said = [self.process.stdout.readline() for _ in range(3)]
        self.last_words = ""
        self.children = psutil.Process(self.process.pid).children(recursive=True)

    @property
    def url(self) -> str:
        return self.said[0].split()[-1]

    def child(self, module: str) -> psutil.Process:
        return next(c for c in self.children if c.cmdline()[1:] == ["-m", module])

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/messages").json()
        return found

    def ended(self) -> tuple[int, str]:
        """The exit code and what it said on standard error."""
        self.last_words, error = self.process.communicate(timeout=SECONDS_TO_END)
        return self.process.returncode, error

    def trace(self, order: str) -> subprocess.CompletedProcess[str]:
        """`headsup trace` as a second terminal runs it, which knows nothing but the file."""
        return subprocess.run(
            ["/bin/sh", "-c", '. "$0" && headsup trace "$1"', str(self.environment_file), order],
            env={"PATH": os.defpath},
            capture_output=True,
            text=True,
            check=False,
        )

    def left_behind(self) -> list[psutil.Process]:
        """The children that still run after a while."""
        _, alive = psutil.wait_procs(self.children, timeout=SECONDS_TO_END)
        return alive


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[RunningDemo]:
    running = RunningDemo(tmp_path)
    yield running
    if running.process.poll() is None:
        running.process.kill()
    running.process.communicate()


def eventually(condition: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not in time: {what}"
        time.sleep(0.05)


def placed() -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e1",
        "source": "https://shop.example",
        "type": "shop.order.placed.v1",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "data": {
            "order_id": "A-1",
            "customer": {"id": "c1", "email": "maria@mail.example", "language": "uk"},
            "total": {"amount": "10.00", "currency": "EUR"},
            "payment": "paid",
        },
    }


def test_an_event_becomes_a_message_and_ctrl_c_leaves_nothing_behind(demo: RunningDemo) -> None:
    assert demo.said[0].startswith("Headsup is ready at http://127.0.0.1:")
    second = "To talk to it, in a second terminal: . "
    assert demo.said[1] == f"{second}{os.path.relpath(demo.environment_file)}\n"
    assert demo.said[2] == "Ctrl-C ends it.\n"

    answer = httpx.post(f"{demo.url}/api/events", json=placed())
    assert answer.status_code == 201
    eventually(lambda: any(m["kind"] for m in demo.messages()), "a message of a known kind")
    (message,) = demo.messages()
    assert message["kind"] == "order.confirmed"
    assert (message["channel"], message["to"]) == ("email", "maria@mail.example")
    assert (message["language"], message["order"]) == ("uk", "A-1")
    assert "order.confirmed" in demo.trace("A-1").stdout
    assert demo.trace("A-2").stderr == "Nothing is known of an order or cart A-2.\n"

    demo.process.send_signal(signal.SIGINT)

    assert demo.ended() == (0, "")
    assert demo.last_words == "Everything has ended.\n"
    assert not demo.environment_file.exists()
    assert demo.left_behind() == []


def test_sigterm_ends_it_in_order_too(demo: RunningDemo) -> None:
    """And nobody in it has more rights in the database than in production."""
    users = {
        name: demo.child(f"services.{name}").environ()["DATABASE_URL"].partition(":@/")[0]
        for name in ("order_events", "notifier")
    }
    assert users == {name: f"postgresql://postgres_{name}" for name in users}
    assert "postgresql://postgres_tools:@/" in demo.environment_file.read_text()

    demo.process.terminate()

    assert demo.ended() == (0, "")
    assert demo.left_behind() == []


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("services.order_events", '"partitions assigned"'),
        ("services.cart_recovery", '"the carts are complete"'),
        ("services.notifier", '"partitions assigned"'),
    ],
)
def test_a_service_that_dies_ends_the_demo_and_its_last_words_are_shown(
    demo: RunningDemo, module: str, words: str
) -> None:
    demo.child(module).kill()

    code, error = demo.ended()

    assert code == 2
    assert f"{module.removeprefix('services.')} ended. It said:" in error
    assert words in error
    assert demo.left_behind() == []


def test_not_even_a_killed_demo_leaves_anything_behind(demo: RunningDemo) -> None:
    demo.process.kill()

    assert demo.left_behind() == []
