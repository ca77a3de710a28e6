"""`headsup topics apply` on a real broker."""

from headsup.contracts.registry import Internal, Topic
from headsup.kafka.topics import apply_topics, topic_specs


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
