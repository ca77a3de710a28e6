"""`headsup topics apply` on a real broker."""

import pytest

from headsup.contracts.registry import Internal, Topic
from headsup.kafka.topics import apply_topics, partitions_alike, topic_specs
from headsup.settings import SettingsError
from tests.fixtures.topics import NewTopicFixture


async def test_every_topic_and_its_dead_letters_are_created_once(
    bootstrap_servers: str, topic_prefix: str
) -> None:
    first = await apply_topics(bootstrap_servers, topic_prefix)
    read = (*Topic, Internal.JOINED)
    names = [name for topic in read for name in (topic.value, topic.dead_letters)]
    assert set(first.created) == {topic_prefix + name for name in (*names, Internal.CARTS_KEPT)}
    again = await apply_topics(bootstrap_servers, topic_prefix)
    assert again.created == again.grown == ()
    assert set(again.unchanged) == set(first.created)


def test_customers_are_kept_for_ever_and_the_rest_flows() -> None:
    by_name = {spec.name: spec for spec in topic_specs("x.")}
    assert by_name["x.shop.customers"].config["cleanup.policy"] == "compact"
    assert by_name["x.shop.orders"].config["cleanup.policy"] == "delete"
    assert by_name["x.shop.orders"].config["retention.ms"] == str(14 * 24 * 3600 * 1000)


def test_the_carts_are_kept_for_ever_and_what_is_joined_to_them_flows() -> None:
    by_name = {spec.name: spec for spec in topic_specs("x.")}
    assert by_name["x.cart_recovery.carts"].config["cleanup.policy"] == "compact"
    assert by_name["x.cart_recovery.carts"].config["retention.ms"] == "-1"
    assert by_name["x.cart_recovery.joined"].config["cleanup.policy"] == "delete"


def test_a_changelog_has_no_dead_letters() -> None:
    assert Internal.CARTS_KEPT.dead_letters not in {spec.name for spec in topic_specs()}


def test_topics_of_one_order_have_the_same_number_of_partitions() -> None:
    flowing = {s.partitions for s in topic_specs() if not s.name.endswith(".dlq")}
    assert len(flowing) == 1


async def test_topics_of_one_number_of_partitions_say_it(
    bootstrap_servers: str, new_topic: NewTopicFixture
) -> None:
    topics = [await new_topic("a", partitions=3), await new_topic("b", partitions=3)]
    other = await new_topic("c", partitions=1)
    assert await partitions_alike(bootstrap_servers, topics, [other]) == 3


async def test_topics_of_different_numbers_of_partitions_are_a_sentence(
    bootstrap_servers: str, new_topic: NewTopicFixture
) -> None:
    few, many = await new_topic("few", partitions=1), await new_topic("many", partitions=3)
    with pytest.raises(SettingsError) as raised:
        await partitions_alike(bootstrap_servers, [many, few])
    assert raised.value.problems == [
        f"These topics need the same number of partitions: {few} has 1, {many} has 3."
    ]


async def test_every_missing_topic_is_a_sentence(
    bootstrap_servers: str, new_topic: NewTopicFixture
) -> None:
    there = await new_topic("there")
    with pytest.raises(SettingsError) as raised:
        await partitions_alike(bootstrap_servers, [there, "no.such"], ["nor.this"])
    assert raised.value.problems == [
        "There is no topic no.such: run `headsup topics apply`.",
        "There is no topic nor.this: run `headsup topics apply`.",
    ]
