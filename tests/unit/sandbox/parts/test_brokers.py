"""Which broker BROKER asks for."""

import pytest

from sandbox.parts.brokers import broker_choice, broker_from_env
from sandbox.parts.kafka_embedded import EmbeddedKafka
from sandbox.parts.kafka_real import RealKafka


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, EmbeddedKafka),
        ({"BROKER": ""}, EmbeddedKafka),
        ({"BROKER": "embedded"}, EmbeddedKafka),
        ({"BROKER": "kafka"}, RealKafka),
    ],
)
def test_the_environment_chooses_the_broker(environ: dict[str, str], expected: type) -> None:
    assert type(broker_from_env(environ)) is expected


def test_a_wrong_choice_is_answered_with_the_right_ones() -> None:
    with pytest.raises(ValueError, match="BROKER is 'redpanda'; it can be embedded or kafka"):
        broker_choice({"BROKER": "redpanda"})


def test_a_broker_that_was_not_started_has_no_address() -> None:
    with pytest.raises(RuntimeError, match="has not been started"):
        _ = EmbeddedKafka().bootstrap_servers
