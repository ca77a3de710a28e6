"""What docs/operating/disaster.md says was seen, and what it has somebody do works: Kafka is lost,
the database is from yesterday, a provider is gone. With our services as real processes."""

import os
import re
from pathlib import Path

import pytest

from headsup.kafka.topics import apply_topics
from sandbox.parts.broker import Broker
from sandbox.parts.brokers import broker_from_env
from sandbox.parts.kafka_real import RealKafka
from sandbox.parts.postgres import EmbeddedPostgres
from sandbox.parts.process import PartUnavailableError
from tests.fixtures.databases import Databases
from tests.fixtures.missing import missing
from tests.integration.deploy.test_backup import commands, typed
from tests.support.eventually import eventually
from tests.support.processes import free_port, service
from tests.support.whole import Whole, arrived, on_its_way, order, whole

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PAGE = Path("docs/operating/disaster.md")
LOST = "L-1"
OLD = [f"A-{number}" for number in range(6)]
"""Orders of which something was told before the backup."""
NEW = [f"B-{number}" for number in range(4)]
"""Orders that the backup knows nothing of."""
EVENTS = len(OLD) + 4 + 2 + len(NEW)
SINCE = 4 + 2 + len(NEW)
"""Messages since the backup."""
NUMBERS = "SELECT max(seq) FROM notifier.notifications"


async def _yesterday(shop: Whole, postgres: EmbeddedPostgres, folder: Path) -> None:
    """A backup is made, and the day goes on."""
    dump, _, _ = commands()
    async with shop.running():
        await shop.say(*map(order, OLD))
        for each in OLD:
            await shop.until_told(each, 1)
        await shop.at_rest()
        typed(dump, postgres.programs, folder, shop.settings)
        await shop.say(*map(on_its_way, OLD[:4]))
        for each in OLD[:4]:
            await shop.until_told(each, 2)
        await shop.say(*map(arrived, OLD[:2]), *map(order, NEW))
        for each, times in [*dict.fromkeys(OLD[:2], 3).items(), *dict.fromkeys(NEW, 1).items()]:
            await shop.until_told(each, times)
        await shop.at_rest()


async def _restored(
    shop: Whole, postgres: EmbeddedPostgres, databases: Databases, folder: Path
) -> Whole:
    """With the backup for a database."""
    _, restore, migrate = commands()
    new = await databases.empty()
    typed(restore, postgres.programs, folder, {"NEW_DATABASE_URL": new})
    typed(migrate, postgres.programs, folder, {"DATABASE_URL": new})
    await databases.drop(shop.settings["DATABASE_URL"])
    return shop.on(DATABASE_URL=new)


async def _has_caught_up(shop: Whole, events: int) -> None:
    """order_events alone reads all so many events."""
    told = shop.settings | {"HTTP_PORT": str(free_port())}
    async with service("services.order_events", told) as order_events:
        await order_events.until_ready()

        async def knows_all() -> bool:
            return bool(await shop.value("SELECT count(*) FROM order_events.events") == events)

        await eventually(knows_all, seconds=150)
        await shop.until_published()
        code, _, said = await order_events.terminate()
        assert code == 0, said


def _of_kafka(settings: dict[str, str]) -> dict[str, str]:
    names = ("KAFKA_BOOTSTRAP_SERVERS", "HEADSUP_TOPIC_PREFIX", "DATABASE_URL")
    return {name: settings[name] for name in names}


@pytest.fixture
def settings(bootstrap_servers: str, topics: str) -> dict[str, str]:
    return {"KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers, "HEADSUP_TOPIC_PREFIX": topics}


async def test_a_database_of_yesterday_is_reminded_and_nobody_is_told_twice(
    settings: dict[str, str],
    postgres: EmbeddedPostgres,
    databases: Databases,
    tmp_path: Path,
) -> None:
    settings["DATABASE_URL"] = await databases.migrated()
    async with whole(settings, tmp_path) as shop:
        await _yesterday(shop, postgres, tmp_path)
        last = await shop.value(NUMBERS)
        unheard = order("C-1")
        restored = await _restored(shop, postgres, databases, tmp_path)
        await restored.say(unheard)
        await _has_caught_up(restored, EVENTS + 1)
        told = typed("headsup db recall", postgres.programs, Path(), _of_kafka(restored.settings))
        assert f"{SINCE} requests" in told
        async with restored.running():
            await restored.until_told("C-1", 1)
            await restored.say(*map(arrived, OLD[2:]), *map(on_its_way, NEW))
            for each in NEW:
                await restored.until_told(each, 2)
            await restored.at_rest()
            assert {n: c for n, c in restored.heard().items() if c > 1} == {}
            first = await restored.value(
                "SELECT min(seq) FROM notifier.notifications WHERE order_id = 'C-1'"
            )
            assert first > last  # links that are out lead to nobody else
    await databases.drop(restored.settings["DATABASE_URL"])


def sql() -> list[str]:
    """The statements of the page."""
    blocks = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return [each.strip() for block in blocks for each in block.split(";") if each.strip()]


async def test_kafka_is_lost_and_every_story_goes_on_in_a_new_one(
    databases: Databases, tmp_path: Path
) -> None:
    """Which bears another id: nobody has to say that it is new."""
    old = RealKafka()
    try:
        old.start()
    except PartUnavailableError as error:
        missing(str(error))
    try:
        await _kafka_is_lost(old, RealKafka(), databases, tmp_path, sql()[1:])
    finally:
        old.stop()


async def test_a_new_kafka_that_bears_the_id_of_the_old_one_is_said_to_be_new(
    own_broker: Broker, databases: Databases, tmp_path: Path
) -> None:
    """As the small broker always does."""
    new = broker_from_env(os.environ)
    await _kafka_is_lost(own_broker, new, databases, tmp_path, sql())


async def _kafka_is_lost(
    old: Broker, new: Broker, databases: Databases, tmp_path: Path, by_hand: list[str]
) -> None:
    *positions, lost, again = by_hand
    await apply_topics(old.bootstrap_servers, partitions=3)
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": old.bootstrap_servers,
        "HEADSUP_TOPIC_PREFIX": "",
        "DATABASE_URL": await databases.migrated(),
    }
    async with whole(settings, tmp_path) as shop:
        async with shop.running():
            await shop.say(*map(order, OLD), *map(on_its_way, OLD[:3]))
            for each in OLD:
                await shop.until_told(each, 1)
            await shop.at_rest()
        # One more is asked to be told, and Kafka is gone before the notifier has read it.
        await shop.say(order(LOST))
        await _has_caught_up(shop, len(OLD) + 3 + 1)
        old.stop()

        with new as kafka:
            await apply_topics(kafka.bootstrap_servers, partitions=3)
            anew = shop.on(KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers)
            assert await anew.value(lost) == LOST
            for forgotten in positions:
                await anew.value(forgotten)
            await anew.value(again)
            # The shop goes on at once, and says the last minutes once more.
            await anew.say(*map(order, NEW), *map(order, OLD))
            await anew.say(*map(on_its_way, OLD[3:]), *map(arrived, OLD[:3]))
            async with anew.running():
                for each in NEW:
                    await anew.until_told(each, 1)
                await anew.until_told(LOST, 1)
                await anew.at_rest()
            told = {each: anew.of(each)[-1] for each in OLD}
            assert {each for each in OLD[:3] if "delivered" in told[each]} == set(OLD[:3])
            assert {each for each in OLD[3:] if "on its way" in told[each]} == set(OLD[3:])
            assert {n: c for n, c in anew.heard().items() if c > 1} == {}
    await databases.drop(settings["DATABASE_URL"])
