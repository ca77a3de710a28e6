"""A million open carts: what it takes to keep them, and to look at those that are due."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from statistics import median

import msgspec
from aiokafka import AIOKafkaProducer

from bench.contest import Say, Size
from bench.experiment import Experiment
from bench.figures import Row, at_most, times
from bench.ground import Ground, Process, ground, running, until
from bench.load import SHOP, emit, record
from bench.shoppers import cart_id, digits_of, updated
from bench.waiting import GROWTH, LARGEST_MB
from headsup.contracts import envelope
from headsup.contracts.registry import Internal
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import PARTITIONS
from services.cart_recovery import tick
from services.cart_recovery.cart import Cart, CartKey
from services.cart_recovery.reading import home_among
from services.cart_recovery.shelf import Kept, key_of, write
from services.cart_recovery.step import Tick, step
from services.cart_recovery.terms import Terms

MANY = 1_000
"""Carts that are due at once: as many as one tick takes."""
FEW = 1_000
"""Carts of the small table."""
_CARTS = 1_000_000
_SOON = timedelta(seconds=6)
"""Until they are due: long enough for their events to be read."""
_APART = 1_000_000
"""Between the first of those that are due one time, and another time."""
_EMPTY_TICKS = 100
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing is due then."""
_TICKS = "headsup_cart_recovery_tick_seconds"
_RECOVERED_AND_READY = ("Done reading from changelog topics", '"event": "ready"')
"""What stands in the log when the table was read, and at the end of the start."""
_TERMS = Terms()
_VARIANTS = 2 * 7 * 29
"""Reminded or not, what is in it, when it was left."""
_BATCH = 1 << 20
"""Bytes."""
_SMALL = f"{FEW:,} open carts"
_FIRST = _TERMS.delays(at_checkout=False)[0]
_home = home_among(PARTITIONS)


@dataclass(frozen=True, slots=True)
class TickFigures:
    """What it costs to look at what is due, in milliseconds."""

    none_due_ms: float
    one_due_ms: float
    many_due_ms: float


@dataclass(frozen=True, slots=True)
class OpenCartFigures:
    """What was measured."""

    carts: int
    bytes_each: float
    """Of what is kept of a cart, with its key."""
    few_mb: float
    """Resident with FEW carts."""
    resident_mb: float
    peak_mb: float
    ready_seconds: float
    """From the start of the process until it is ready."""
    rest_seconds: float
    """Of these, what came after the table was read."""
    of_few: TickFigures
    of_all: TickFigures


async def measure_open_carts(carts: int, looks: int) -> OpenCartFigures:
    """Puts carts into the changelog, first a few and then the rest, starts cart_recovery over both,
    and lets many others be due so many times, of which the middle counts."""
    async with ground() as here:
        settings = here.settings | {"HEADSUP_REMINDERS_A_SECOND": "1000000"}
        table = Table(datetime.now(UTC))
        size = await _fill(here, table, range(FEW))
        async with running("services.cart_recovery", settings) as service:
            await _all_there(service, FEW)
            few_mb = service.resident_mb
            of_few = await _ticks(here, service, carts, looks)
        size += await _fill(here, table, range(FEW, carts))
        begun = time.monotonic()
        async with running("services.cart_recovery", settings) as service:
            await _all_there(service, carts)
            ready = time.monotonic() - begun
            of_all = await _ticks(here, service, carts + _APART, looks)
            return OpenCartFigures(
                carts=carts,
                bytes_each=size / carts,
                few_mb=few_mb,
                resident_mb=service.resident_mb,
                peak_mb=service.peak_mb,
                ready_seconds=ready,
                rest_seconds=service.seconds_between(*_RECOVERED_AND_READY),
                of_few=of_few,
                of_all=of_all,
            )


async def _all_there(service: Process, carts: int) -> None:
    await until(service.is_ready, True, every=0.1)
    found = await service.metric("headsup_carts")
    assert found >= carts, f"{found:g} of {carts} are there"  # noqa: S101 - else it is no figure


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


async def _fill(here: Ground, table: Table, indexes: Iterable[int]) -> int:
    """Puts these carts into the changelog; returns their bytes."""
    producer = AIOKafkaProducer(
        bootstrap_servers=here.bootstrap_servers, max_batch_size=_BATCH, request_timeout_ms=120_000
    )
    await producer.start()
    topic, size = here.prefix + Internal.CARTS_KEPT, 0
    batches = {number: producer.create_batch() for number in range(PARTITIONS)}
    for index in indexes:
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


async def _ticks(here: Ground, service: Process, first: int, looks: int) -> TickFigures:
    """What ticks cost with nothing due, with one cart, and with many of one partition. The carts
    that are due are others than those that lie there, of this index and above."""
    none = await _nothing_due(here, service)
    fresh = (index for index in count(first) if _home(cart_id(index)) == 0)
    one = await _due(here, service, list(islice(fresh, 1)), none)
    many = [await _due(here, service, list(islice(fresh, MANY)), none) for _ in range(looks)]
    return TickFigures(none * 1000, one * 1000, median(many) * 1000)


async def _nothing_due(here: Ground, service: Process) -> float:
    """Sends ticks that look at nothing, as the service does itself every 15 s; returns the seconds
    of one."""
    before = await _Ticks.of(service)
    moments = [_LONG_AGO] * _EMPTY_TICKS
    ticks = (tick.record(0, moment, here.prefix) for moment in moments)
    sent = await emit(here.bootstrap_servers, ticks)
    await until(lambda: service.metric(_TICKS + "_count"), before.count + sent)
    after = await _Ticks.of(service)
    return (after.seconds - before.seconds) / (after.count - before.count)


@dataclass(frozen=True, slots=True)
class _Ticks:
    """What the service says of them."""

    count: float
    seconds: float
    carts: float

    @classmethod
    async def of(cls, service: Process) -> "_Ticks":
        return cls(
            await service.metric(_TICKS + "_count"),
            await service.metric(_TICKS + "_sum"),
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


async def _measure(size: Size, say: Say) -> list[Row]:
    """What a million open carts cost."""
    say("open carts")
    kept = await measure_open_carts(size.of(_CARTS, 2 * FEW), size.rounds)
    few, many = kept.of_few, kept.of_all
    counted = f"{kept.carts:,} open carts, {kept.bytes_each:.0f} bytes each"
    rows = (
        ("cart_recovery, resident with open carts", kept.resident_mb, "MB", at_most(LARGEST_MB)),
        (
            "cart_recovery, resident with open carts, at its peak",
            kept.peak_mb,
            "MB",
            at_most(LARGEST_MB),
        ),
        ("cart_recovery, start to ready with open carts", kept.ready_seconds, "s", None),
        ("cart_recovery, start after the carts were read", kept.rest_seconds, "s", at_most(1.5)),
        ("a tick, nothing due", many.none_due_ms, "ms", None),
        ("a tick, one cart due", many.one_due_ms, "ms", None),
    )
    return [
        *_beside_few(kept, counted),
        *(
            Row(name=name, value=value, unit=unit, goal=goal, counted=counted)
            for name, value, unit, goal in rows
        ),
        Row(
            name=f"a tick, {MANY:,} carts due",
            value=many.many_due_ms,
            unit="ms",
            beside=_SMALL,
            ratio=many.many_due_ms / few.many_due_ms,
            goal=at_most(1.2),
            counted=(
                f"{counted}, {MANY:,} due, as many reminders a second as it can; "
                f"{times(size.rounds, 'tick')}"
            ),
        ),
    ]


def _beside_few(kept: OpenCartFigures, counted: str) -> list[Row]:
    """What few carts take in memory, and how much more all of them."""
    return [
        Row(
            name="cart_recovery, resident with few carts",
            value=kept.few_mb,
            unit="MB",
            goal=at_most(LARGEST_MB),
            counted=_SMALL,
        ),
        Row(
            name="cart_recovery, resident with open carts / with few",
            value=kept.resident_mb,
            unit="MB",
            beside=_SMALL,
            ratio=kept.resident_mb / kept.few_mb,
            goal=at_most(GROWTH),
            counted=counted,
        ),
    ]


EXPERIMENT = Experiment("open-carts", _measure)
