"""How a service ends when it cannot go on, as whoever started it sees it."""

import json
import subprocess
import sys

_PROGRAM = """
import asyncio
from headsup import service

async def main(environment, stop):
    async with asyncio.TaskGroup() as loops:
        loops.create_task(fail())

async def fail():
    raise ValueError("Key (email)=(oksana@example.com) already exists")

service.run("tested", main)
"""


def test_what_breaks_a_service_is_logged_without_its_words() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "oksana" not in ended.stderr + ended.stdout
    [line] = ended.stderr.splitlines()
    logged = json.loads(line)
    assert logged["event"] == "ended by an error"
    assert [one["type"] for one in logged["error"]] == ["ExceptionGroup", "ValueError"]
