"""What an operator does to a topic, and what Kafka refuses because of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from tests.support.eventually import eventually

TOO_SMALL = {"max.message.bytes": "100"}
"""No record of ours is taken."""


async def configure(bootstrap_servers: str, topic: str, config: dict[str, str]) -> None:
    """Sets these, and everything else of the topic to what it is by itself. The embedded broker
    does nothing of it."""
    async with _admin(bootstrap_servers) as admin:
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, config)])


async def delete(bootstrap_servers: str, topic: str) -> None:
    """Takes it away, and all that lies on it; returns when nobody can write there any more."""
    async with _admin(bootstrap_servers) as admin:
        await admin.delete_topics([topic])

        async def is_gone() -> bool:
            return topic not in await admin.list_topics()

        await eventually(is_gone)


@asynccontextmanager
async def _admin(bootstrap_servers: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
