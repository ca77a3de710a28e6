"""Which of the two brokers it is today."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from sandbox.parts.broker import Broker
from sandbox.parts.kafka_embedded import EmbeddedKafka
from sandbox.parts.kafka_real import RealKafka


class BrokerChoice(StrEnum):
    """The values of the setting BROKER."""

    EMBEDDED = "embedded"
    KAFKA = "kafka"


_BROKERS: dict[BrokerChoice, type[Broker]] = {
    BrokerChoice.EMBEDDED: EmbeddedKafka,
    BrokerChoice.KAFKA: RealKafka,
}


def broker_choice(environ: Mapping[str, str]) -> BrokerChoice:
    """Which broker BROKER asks for; the embedded one when it is not set. Raises ValueError."""
    said = environ.get("BROKER") or BrokerChoice.EMBEDDED
    try:
        return BrokerChoice(said)
    except ValueError:
        raise ValueError(f"BROKER is {said!r}; it can be {' or '.join(BrokerChoice)}") from None


def broker_from_env(environ: Mapping[str, str], data: Path | None = None) -> Broker:
    """The broker that BROKER asks for, not yet started. Raises ValueError.

    `data` is a directory that keeps its topics between runs; without it they are temporary.
    """
    return _BROKERS[broker_choice(environ)](data)
