"""Which Kafka this is."""

import pytest

from headsup.kafka import cluster
from headsup.kafka.cluster import cluster_id
from tests.support.processes import free_port


async def test_a_kafka_says_which_one_it_is_and_always_the_same(bootstrap_servers: str) -> None:
    said = await cluster_id(bootstrap_servers)
    assert said
    assert await cluster_id(bootstrap_servers) == said


async def test_where_nobody_answers_nobody_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert await cluster_id(f"127.0.0.1:{free_port()}") is None
    assert capsys.readouterr().out.count("Kafka did not say which one it is") == cluster.TRIES
