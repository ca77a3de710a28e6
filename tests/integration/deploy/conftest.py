"""What the tests of what is deployed share."""

from collections.abc import Iterator

import pytest

from sandbox.parts.broker import Broker
from sandbox.parts.kafka_real import RealKafka
from sandbox.parts.process import PartUnavailableError
from tests.fixtures.missing import missing


@pytest.fixture
def kafka() -> Iterator[Broker]:
    """Apache Kafka for this test alone: the embedded one takes whatever it is given."""
    kafka = RealKafka()
    try:
        kafka.start()
    except PartUnavailableError as error:
        missing(str(error))
    yield kafka
    kafka.stop()
