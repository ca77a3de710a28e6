"""A backup is restored as docs/operating/backup.md says, and the stories go on: nobody is told
twice, and nobody is forgotten."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.parts.postgres import EmbeddedPostgres
from tests.fixtures.databases import Databases
from tests.support.whole import Whole, arrived, on_its_way, order, whole

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGE = Path("docs/operating/backup.md")
_COMMAND = re.compile(r"^ {4,8}((?:pg_dump|pg_restore|headsup db) .*)$", re.MULTILINE)
MANY = 40
"""Orders that are told of while the backup is made."""


def commands() -> list[str]:
    """What the page has somebody type."""
    return _COMMAND.findall(PAGE.read_text("utf-8"))


def typed(command: str, programs: Path, where: Path, told: Mapping[str, str]) -> str:
    """What it says."""
    ours = Path(".venv/bin").absolute()
    path = os.pathsep.join([str(programs), str(ours), os.environ["PATH"]])
    done = subprocess.run(
        ["/bin/sh", "-ec", command],
        env={**os.environ, **told, "PATH": path},
        cwd=where,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def told_once(shop: Whole, orders: list[str], messages: int) -> None:
    for each in orders:
        await shop.until_told(each, messages)
    await shop.at_rest()
    assert {len(shop.of(each)) for each in orders} == {messages}
    assert set(shop.heard().values()) == {1}


async def test_stories_go_on_in_a_database_that_was_restored(
    bootstrap_servers: str,
    topics: str,
    postgres: EmbeddedPostgres,
    databases: Databases,
    tmp_path: Path,
) -> None:
    dump, restore, migrate = commands()
    old, new = await databases.migrated(), await databases.empty()
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "HEADSUP_TOPIC_PREFIX": topics,
        "DATABASE_URL": old,
    }
    orders = [f"A-{number}" for number in range(MANY)]
    async with whole(settings, tmp_path) as shop:
        first = [order(each) for each in orders]
        async with shop.running():
            await shop.say(*first)
            await told_once(shop, orders, 1)
            typed(dump, postgres.programs, tmp_path, {"DATABASE_URL": old})
        await databases.drop(old)

        typed(restore, postgres.programs, tmp_path, {"NEW_DATABASE_URL": new})
        said = typed(migrate, postgres.programs, tmp_path, {"DATABASE_URL": new})
        assert "order_events is up to date at" in said
        assert "notifier is up to date at" in said
        restored = shop.on(DATABASE_URL=new)
        async with restored.running():
            await restored.say(*first)  # what was told comes once more
            await restored.say(*(on_its_way(each) for each in orders))
            await told_once(restored, orders, 2)
            await restored.say(*(arrived(each) for each in orders))
            await told_once(restored, orders, 3)
    await databases.drop(new)
