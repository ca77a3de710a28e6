"""Runs one command and ends it when the one who asked for it is gone, however it went.

Run as a script with one JSON argument (see `Order`). It writes the command's process id to its
standard output and then reads its standard input. The end of that input means that the owner
stopped us, or crashed, or was killed with SIGKILL: the command is ended and the directories that
belong to it are removed. So nothing is ever left running, and no handler has to be installed in
the owner.
"""

import json
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TypedDict

KEEP = b"keep"
"""Written to the guard's input: end the command, but leave its directories, it will be back."""


class Order(TypedDict):
    """What the guard is told."""

    command: list[str]
    log: str
    """The file that gets what the command says."""
    stop_signal: int
    """What asks the command to end in order."""
    grace_seconds: float
    """How long it may take before it is killed."""
    user: int | None
    """The user and group id to run it as; None for ours."""
    remove: list[str]
    """Directories to remove afterwards."""


def _started(order: Order) -> "subprocess.Popen[bytes]":
    user = order["user"]
    with Path(order["log"]).open("ab") as log:
        return subprocess.Popen(
            order["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )


def _end(child: "subprocess.Popen[bytes]", order: Order) -> None:
    child.send_signal(order["stop_signal"])
    try:
        child.wait(order["grace_seconds"])
    except subprocess.TimeoutExpired:
        child.kill()


def main(order: Order) -> int:
    """Run the command until it ends or the owner is gone; its exit code."""
    child = _started(order)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: child.send_signal(order["stop_signal"]))
    sys.stdout.write(f"{child.pid}\n")
    sys.stdout.flush()
    owner_said = []

    def wait_for_owner() -> None:
        owner_said.append(sys.stdin.buffer.read())
        _end(child, order)

    watch = threading.Thread(target=wait_for_owner, daemon=True)
    watch.start()
    code = child.wait()
    watch.join()  # the directories are the owner's until it is gone, even when the command is not
    if KEEP not in owner_said[0]:
        for directory in order["remove"]:
            shutil.rmtree(directory, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
