"""Mails a second through Celery. `python -m ... COUNT PROCESSES`.

All requests wait in Redis before the workers start, and what counts is when the queue and what the
workers have in hand are empty: to look at that costs the workers nothing.
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import msgspec

from bench.mails import requests
from bench.peers.celery_tasks import SENT, Ledger, app, confirm
from bench.peers.work import say

_PATIENCE = 600.0


def waiting(redis: Any) -> int:
    """How many tasks are not done yet."""
    return int(redis.llen("celery")) + int(redis.hlen("unacked"))


@contextlib.contextmanager
def workers(processes: int) -> Iterator[None]:
    """As a shop runs them; what is at hand is finished at the end."""
    words = ("-A", "bench.peers.celery_tasks", "worker", "--pool=prefork", "--loglevel=WARNING")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", *words, *quiet, f"--concurrency={processes}"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "C_FORCE_ROOT": "true"},
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def pace(redis: Any, count: int) -> tuple[int, float]:
    """How many were done in how many seconds, from the first sight of progress."""
    deadline = time.monotonic() + _PATIENCE
    first, begun = 0, 0.0
    while left := waiting(redis):
        if left < count and not begun:
            first, begun = count - left, time.monotonic()
        if time.monotonic() > deadline:
            raise TimeoutError(f"{left} of {count} mails are left")
        time.sleep(0.02)
    return count - first, time.monotonic() - begun


def main(count: int, processes: int) -> None:
    """Reports once all mails are sent. Raises RuntimeError where some were not."""
    if ledger := os.environ.get("CELERY_LEDGER"):
        Ledger.make(ledger)
    for record in requests(count, ""):
        event = msgspec.json.decode(record.value or b"")
        confirm.delay(event["id"], event["data"])
    with app.connection_for_read() as connection:
        redis = connection.default_channel.client
        with workers(processes):
            done, seconds = pace(redis, count)
        if (sent := int(redis.get(SENT) or 0)) != count:
            raise RuntimeError(f"{sent} of {count} mails were sent")
    say(msgspec.json.encode({"events": done, "seconds": seconds}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
