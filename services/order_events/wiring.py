"""What order_events is made of, wired to each other."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial

import asyncpg
from prometheus_client import CollectorRegistry

from headsup import erasures, http, logs, postgres, sealed_tables, tables
from headsup.announcer import Announcer
from headsup.build import describe_build
from headsup.clock import SystemClock
from headsup.health import Health
from headsup.kafka.cluster import cluster_id
from headsup.kafka.consumer import Consumer, Partition
from headsup.kafka.producer import Producer
from headsup.kafka.rights import expect_rights
from headsup.kafka.topics import sure_of
from headsup.outbox import Outbox
from headsup.retention import Retention
from headsup.sealed import Seals
from headsup.seals import seals_of
from headsup.settings import Environment, Settings
from headsup.streak import Streak
from headsup.tracing import tracing
from services.order_events import keeping
from services.order_events import sweeper as sweeping
from services.order_events.batch import NEEDED, NEEDS, SERVICE, TOPICS
from services.order_events.consumer import Reading, Worker
from services.order_events.eraser import Eraser
from services.order_events.metrics import Metrics
from services.order_events.progress import Progress
from services.order_events.settings import OrderEventsSettings
from services.order_events.store import ERASURES, SCHEMA, Store


async def main(environment: Environment, stop: asyncio.Event) -> None:
    """Wires the parts and runs them until `stop` is set."""
    settings = OrderEventsSettings.from_environment(environment)
    common, registry = settings.common, CollectorRegistry()
    metrics, health = Metrics(registry), Health()
    describe_build(registry, SERVICE)
    async with contextlib.AsyncExitStack() as parts:
        await parts.enter_async_context(
            http.serving(http.application(health, registry), common.http_host, common.http_port)
        )
        traces = await parts.enter_async_context(tracing(common.tracing, SERVICE))
        pool = await postgres.connect(common.database_url, name=SERVICE)
        parts.push_async_callback(pool.close)
        seals = await _checked(pool, settings)
        publisher = traces.publisher(await _producer(common, parts))
        outbox = Outbox(SCHEMA, pool, publisher, in_order=True, on_refused=metrics.refused)
        store, announcer = Store(pool, outbox, settings.policies, seals), Announcer(outbox)
        await parts.enter_async_context(announcer.running())
        consumer = _consumer(common, store, metrics)
        await consumer.start()
        parts.push_async_callback(consumer.stop)
        prefix, clock = common.topic_prefix, common.clock
        progress = Progress(consumer, SystemClock(), prefix=prefix)
        streak = Streak(most=common.most_bad_in_a_row)
        worker = Worker(store, announcer, clock, metrics, prefix=prefix, streak=streak)
        worker.tracing = traces
        sweeper = sweeping.Sweeper(store, announcer, clock, metrics, progress, prefix=prefix)
        kept = keeping.rules(settings.keep_orders, settings.keep_events)
        retention = Retention(kept, pool, clock, on_removed=metrics.removed, on_late=metrics.late)
        eraser = Eraser(pool, store, announcer, clock, prefix)
        reading = Reading(consumer, worker, store, progress, metrics, health)
        health.ready()
        logs.logger().info("ready")
        async with asyncio.TaskGroup() as loops:
            loops.create_task(reading.run(stop, batch_size=settings.batch_size))
            loops.create_task(sweeping.watch(sweeper, metrics, health, stop))
            loops.create_task(sweeping.watch_promises(sweeper, metrics, health, stop))
            loops.create_task(sweeping.watch_outbox(outbox, metrics, health, stop))
            loops.create_task(
                erasures.watch(
                    eraser, ERASURES, pool, health, stop, on_broken=metrics.not_forgotten
                )
            )
            loops.create_task(retention.run(health, stop))
    logs.logger().info("ended")


async def _checked(
    pool: "asyncpg.Pool[asyncpg.Record]", settings: OrderEventsSettings
) -> Seals | None:
    """What seals; once it is sure that we can read what is there."""
    seals = seals_of(settings.address_keys)
    async with postgres.answering():
        await tables.check(pool, SCHEMA, "services.order_events.migrations")
        await sealed_tables.check(pool, SCHEMA, seals)
    return seals


async def _producer(common: Settings, parts: contextlib.AsyncExitStack) -> Producer:
    producer = Producer(common.brokers, name=SERVICE)
    await producer.start()
    parts.push_async_callback(producer.stop)
    await expect_rights(common.brokers, NEEDS, common.topic_prefix)
    await sure_of(common.brokers, [common.topic_prefix + topic for topic in NEEDED])
    return producer


def _consumer(common: Settings, store: Store, metrics: Metrics) -> Consumer:
    def gone(partition: Partition, earliest: int) -> None:
        store.begins_at(partition, earliest)
        metrics.position_gone(partition.topic.removeprefix(common.topic_prefix))

    def anew(partitions: Sequence[Partition]) -> None:
        for partition in partitions:
            metrics.position_gone(partition.topic.removeprefix(common.topic_prefix))

    store.which_kafka, store.on_anew = partial(cluster_id, common.brokers), anew
    return Consumer(
        common.brokers,
        [common.topic_prefix + topic for topic in TOPICS],
        group=common.topic_prefix + SERVICE,
        instance=common.instance,
        on_assigned=store.positions,
        on_gone=gone,
    )
