"""A million open carts: what it takes to keep them, and to look at those that are due."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice

import msgspec
from aiokafka import AIOKafkaProducer

from bench.ground import Ground, Process, ground, running, until
from bench.load import SHOP, emit, record
from bench.shoppers import cart_id, digits_of, updated
from headsup.contracts import envelope
from headsup.contracts.registry import Internal
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import PARTITIONS
from services.cart_recovery.cart import Cart, CartKey
from services.cart_recovery.reading import home_among
from services.cart_recovery.shelf import Kept, key_of, write
from services.cart_recovery.step import Tick, step
from services.cart_recovery.terms import Terms

MANY = 1_000
"""Carts that are due at once: as many as one tick takes."""
_SOON = timedelta(seconds=15)
"""Until they are due: long enough for their events to be read."""
_TERMS = Terms()
_VARIANTS = 2 * 7 * 29
"""Reminded or not, what is in it, when it was left."""
_BATCH = 1 << 20
"""Bytes."""
_FIRST = _TERMS.delays(at_checkout=False)[0]
_home = home_among(PARTITIONS)


@dataclass(frozen=True, slots=True)
class OpenCartFigures:
    """What was measured."""

    carts: int
    bytes_each: float
    """Of what is kept of a cart, with its key."""
    empty_mb: float
    resident_mb: float
    peak_mb: float
    ready_seconds: float
    """From the start of the process until all carts are there."""
    none_due_ms: float
    one_due_ms: float
    many_due_ms: float


async def measure_open_carts(carts: int) -> OpenCartFigures:
    """Puts so many carts into the changelog, starts cart_recovery, and lets some of them be due."""
    async with ground() as here:
        async with running("services.cart_recovery", here.settings) as service:
            await until(lambda: service.metric("headsup_cart_recovery_tick_seconds_count"), 1)
            empty = service.resident_mb
        size = await _fill(here, carts)
        begun = time.monotonic()
        async with running("services.cart_recovery", here.settings) as service:
            await until(lambda: service.metric("headsup_carts"), carts, every=0.5)
            ready = time.monotonic() - begun
            none, one, many = await _ticks(here, service, carts)
            return OpenCartFigures(
                carts,
                size / carts,
                empty,
                service.resident_mb,
                service.peak_mb,
                ready,
                none,
                one,
                many,
            )


class Table:
    """The records of a changelog of many carts. They are the machine's work, in a few hundred
    variants, each of them written again and again under other names: a million events would take
    minutes."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._written: dict[tuple[int, int], bytes] = {}

    def record(self, index: int) -> tuple[int, bytes, bytes]:
        """Partition, key and value of a cart."""
        key = CartKey(SHOP, cart_id(index))
        partition, variant = _home(key.cart_id), index % _VARIANTS
        written = self._written.get((partition, variant))
        if written is None:
            written = write(open_cart(variant, partition, self._now))
            self._written[partition, variant] = written
        digits, others = digits_of(variant).encode(), digits_of(index).encode()
        value = written.replace(digits, others)
        return partition, key_of(key), value.replace(cart_id(variant).encode(), key[1].encode())


def open_cart(variant: int, partition: int, now: datetime) -> Kept:
    """A cart of which two updates came within the hour; or, every other one, within the day, and
    its owner was reminded."""
    is_reminded = variant % 2 == 1
    ago = timedelta(hours=5 + variant % 13) if is_reminded else timedelta(minutes=variant % 29)
    cart: Cart | None = None
    for version in range(2):
        at = now - ago - timedelta(minutes=1 - version, microseconds=variant + 1)
        event = envelope.make(SHOP, f"{version}-{variant}", at, updated(variant, version))
        found = step(cart, event, at, _TERMS)
        cart = found.cart
    if is_reminded and found.look_at is not None:
        found = step(cart, Tick(), found.look_at, _TERMS)
    assert found.cart is not None  # noqa: S101 - for mypy
    assert found.look_at is not None  # noqa: S101
    return Kept(found.look_at.timestamp(), partition, found.cart)


async def _fill(here: Ground, carts: int) -> int:
    """Puts the carts into the changelog; returns their bytes."""
    producer = AIOKafkaProducer(
        bootstrap_servers=here.bootstrap_servers, max_batch_size=_BATCH, request_timeout_ms=120_000
    )
    await producer.start()
    topic, table, size = here.prefix + Internal.CARTS_KEPT, Table(datetime.now(UTC)), 0
    batches = {number: producer.create_batch() for number in range(PARTITIONS)}
    for index in range(carts):
        partition, key, value = table.record(index)
        size += len(key) + len(value)
        if batches[partition].append(key=key, value=value, timestamp=None) is None:
            await producer.send_batch(batches[partition], topic, partition=partition)
            batches[partition] = producer.create_batch()
            batches[partition].append(key=key, value=value, timestamp=None)
    for partition, batch in batches.items():
        await producer.send_batch(batch, topic, partition=partition)
    await producer.stop()
    return size


async def _ticks(here: Ground, service: Process, carts: int) -> tuple[float, float, float]:
    """Milliseconds of a tick with nothing due, with one cart, and with many of one partition."""
    await until(lambda: service.metric("headsup_cart_recovery_tick_seconds_count"), PARTITIONS)
    before = await _Ticks.of(service)
    none = before.seconds / before.count
    of_one = (index for index in count(carts) if _home(cart_id(index)) == 0)
    fresh = list(islice(of_one, 1 + MANY))
    one = await _due(here, service, fresh[:1], none)
    many = await _due(here, service, fresh[1:], none)
    return none * 1000, one * 1000, many * 1000


@dataclass(frozen=True, slots=True)
class _Ticks:
    """What the service says of them."""

    count: float
    seconds: float
    carts: float

    @classmethod
    async def of(cls, service: Process) -> "_Ticks":
        name = "headsup_cart_recovery_tick_seconds"
        return cls(
            await service.metric(f"{name}_count"),
            await service.metric(f"{name}_sum"),
            await service.metric("headsup_cart_recovery_looked_at_total"),
        )


async def _due(here: Ground, service: Process, indexes: Sequence[int], none: float) -> float:
    """Lets these carts be due at one moment; returns the seconds of the ticks that looked at them,
    without those that looked at none meanwhile."""
    before = await _Ticks.of(service)
    await emit(here.bootstrap_servers, _touched(here.prefix, indexes))
    looked_at = lambda: service.metric("headsup_cart_recovery_looked_at_total")  # noqa: E731
    await until(looked_at, before.carts + len(indexes))
    after = await _Ticks.of(service)
    return after.seconds - before.seconds - (after.count - before.count - 1) * none


def _touched(prefix: str, indexes: Sequence[int]) -> Iterator[Outgoing]:
    """Other carts, left so long ago that their owners are reminded in a moment. It is day where
    those are."""
    at = datetime.now(UTC) + _SOON - _FIRST
    for index in indexes:
        cart = updated(index, 2)
        assert cart.customer is not None  # noqa: S101 - for mypy
        awake = msgspec.structs.replace(cart.customer, time_zone=where_it_is_noon(at + _FIRST))
        cart = msgspec.structs.replace(cart, customer=awake)
        yield record(prefix, f"touched-{index}", at, cart)


def where_it_is_noon(moment: datetime) -> str:
    """A zone, by its name. Those of Etc count westwards."""
    west = moment.hour - 12
    return f"Etc/GMT{west:+d}" if west else "Etc/GMT"
