"""What the tests of what is deployed share."""

import asyncio
from collections.abc import Iterator

import pytest

from sandbox.parts.broker import Broker
from sandbox.parts.kafka_real import RealKafka
from sandbox.parts.postgres import EmbeddedPostgres
from tests.fixtures.parts import started
from tests.support.database_users import prepared


@pytest.fixture
def kafka() -> Iterator[Broker]:
    """Apache Kafka for this test alone: the embedded one takes whatever it is given."""
    kafka = started(RealKafka())
    yield kafka
    kafka.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """One on which nobody else has users, with a database as the page has it, migrated."""
    server = started(EmbeddedPostgres(durable=False))
    asyncio.run(prepared(server))
    yield server
    server.stop()
