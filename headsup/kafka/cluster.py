"""Which Kafka this is. One that was made anew bears another id, and how far the one before was read
says nothing of it."""

import asyncio
from typing import Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from aiokafka.protocol.metadata import MetadataRequest

from headsup import logs
from headsup.kafka.security import Servers, reached

PATIENCE: Final = 10.0
"""Seconds for one answer."""
TRIES: Final = 3
BETWEEN: Final = 1.0
"""Seconds from one to the next."""


async def cluster_id(brokers: Servers) -> str | None:
    """The id that it was given when it was made. None where it has none, or does not answer: that
    is in the log, and no reason to stop."""
    for _ in range(TRIES):
        try:
            async with asyncio.timeout(PATIENCE):
                return await _asked(brokers)
        except (KafkaError, OSError, TimeoutError) as error:
            logs.logger().warning("Kafka did not say which one it is", error=error)
            await asyncio.sleep(BETWEEN)
    return None


async def _asked(brokers: Servers) -> str | None:
    client = AIOKafkaClient(**reached(brokers))
    try:
        await client.bootstrap()
        answer = await client.send(client.get_random_node(), MetadataRequest([]))
    finally:
        await client.close()
    return getattr(answer, "cluster_id", None) or None
