"""What cart_recovery is made of, wired to each other."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace

from prometheus_client import CollectorRegistry

from headsup import http, logs
from headsup.build import describe_build
from headsup.contracts.registry import Internal, Topic
from headsup.health import Health
from headsup.kafka.following import Group
from headsup.kafka.producer import Producer
from headsup.kafka.rights import expect_rights
from headsup.kafka.topics import partitions_alike
from headsup.pace import Pace
from headsup.settings import Environment
from headsup.shops.profile import ShopProfile
from headsup.streak import Streak
from headsup.tracing import tracing
from services.cart_recovery.agent import CartStreams
from services.cart_recovery.desk import Desk, House
from services.cart_recovery.failure import Failure
from services.cart_recovery.joining import Joining
from services.cart_recovery.metrics import Metrics
from services.cart_recovery.reading import NEEDS, SERVICE, home_among
from services.cart_recovery.settings import CartRecoverySettings
from services.cart_recovery.terms import Terms
from services.cart_recovery.ticker import Ticker

READ_BEFORE_A_TICK = (Topic.CARTS, Topic.ORDERS)
"""What may make a reminder needless."""
TOGETHER = (Topic.CARTS, Internal.JOINED, Internal.CARTS_KEPT)
"""A cart is on one number of partition on all of them."""
BESIDE = (
    *(Topic.ORDERS, Topic.OUTCOMES, Topic.CUSTOMERS, Topic.REMINDERS),
    *(Topic.CARTS.dead_letters, Topic.ORDERS.dead_letters, Topic.OUTCOMES.dead_letters),
    *(Topic.CUSTOMERS.dead_letters, Internal.JOINED.dead_letters),
)
"""The other topics that are read or written."""


async def main(environment: Environment, stop: asyncio.Event) -> None:
    """Wires the parts and runs them until `stop` is set."""
    settings = CartRecoverySettings.from_environment(environment)
    common, prefix = settings.common, settings.common.topic_prefix
    brokers, clock = common.brokers, common.clock
    registry = CollectorRegistry()
    metrics, health = Metrics(registry, _terms(settings.shops)), Health()
    describe_build(registry, SERVICE)
    async with contextlib.AsyncExitStack() as parts:
        await parts.enter_async_context(
            http.serving(http.application(health, registry), common.http_host, common.http_port)
        )
        traces = await parts.enter_async_context(tracing(common.tracing, SERVICE))
        producer = Producer(brokers, name=SERVICE)
        await producer.start()
        parts.push_async_callback(producer.stop)
        await expect_rights(brokers, NEEDS, prefix)
        partitions = await partitions_alike(
            brokers, [prefix + topic for topic in TOGETHER], [prefix + topic for topic in BESIDE]
        )
        failure = Failure(health, metrics)
        streams = CartStreams(common, partitions, failure.befell)
        group = Group(brokers, streams.group, [prefix + topic for topic in READ_BEFORE_A_TICK])
        await group.start()
        parts.push_async_callback(group.stop)
        ticker = Ticker(streams.shelf, group, producer, clock, metrics, prefix=prefix)
        streak = Streak(most=common.most_bad_in_a_row)
        house = replace(_house(settings, ticker, streak, partitions), tracing=traces)
        desk = Desk(streams.shelf, traces.publisher(producer), clock, metrics, house)
        joining = Joining(clock, metrics, streak, prefix, partitions=partitions)
        streams.serve(desk.take, joining.brings, desk.recovered)
        parts.push_async_callback(streams.stop)

        async def work() -> None:
            await streams.start()
            health.ready()
            logs.logger().info("ready")
            await ticker.run(stop, streams, health)

        await failure.watch(stop, work(), streams.stop)
    logs.logger().info("ended")


def _house(
    settings: CartRecoverySettings, ticker: Ticker, streak: Streak, partitions: int
) -> House:
    a_second = settings.reminders_a_second
    return House(
        terms=_terms(settings.shops),
        home=home_among(partitions),
        prefix=settings.common.topic_prefix,
        streak=streak,
        ticked=ticker.under_way.back,
        done=ticker.under_way.done,
        pace=Pace(rate=a_second, most=a_second),
    )


def _terms(shops: Mapping[str, ShopProfile]) -> dict[str, Terms]:
    return {source: Terms.of(shop) for source, shop in shops.items()}
