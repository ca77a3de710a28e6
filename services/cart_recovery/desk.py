"""Where records become changes of carts, one record after the other.

What is to be said is on Kafka before the cart knows that it was said. Whoever dies in between says
it again, under the same id; the other way round it would never be said.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from headsup import logs
from headsup.clock import Clock
from headsup.contracts.envelope import Event, EventRefusedError, RefusalCode
from headsup.contracts.registry import BY_DATA, Internal, Topic
from headsup.dead_letters import dead_letter
from headsup.kafka.consumer import Record
from headsup.kafka.producer import Outgoing, Publisher, PublishError
from headsup.kafka.records import record_of
from headsup.pace import Pace
from headsup.streak import Streak
from headsup.tracing import OFF, Tracing
from services.cart_recovery import tick
from services.cart_recovery.cart import CartKey
from services.cart_recovery.erase import Erase, erase_in, forgotten
from services.cart_recovery.metrics import Metrics
from services.cart_recovery.publications import publications
from services.cart_recovery.reading import SERVICE, Home, event_in, unclear
from services.cart_recovery.sayings import Remind
from services.cart_recovery.shelf import NEVER, Kept, Shelf, ShelfError, key_of, read, write
from services.cart_recovery.step import Step, Tick, cart_of, step
from services.cart_recovery.terms import Terms

AT_ONCE: Final = 1_000
"""Carts of one tick; more are left for the next, and other records come in between."""
PUT_OFF: Final = 3_600.0
"""Seconds for which a cart that our own code broke on is left alone."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A cart that was looked at, and what came of it."""

    partition: int
    key: bytes
    before: Kept | None
    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the desk works by."""

    terms: Mapping[str, Terms]
    """Of the shops, by their source; others have the usual ones."""
    home: Home
    prefix: str = ""
    """Of the names of topics."""
    streak: Streak = field(default_factory=Streak)
    ticked: Callable[[int], None] = lambda _partition: None
    """Told that a tick of a partition was read."""
    done: Callable[[], None] = lambda: None
    """Told that something was done, or tried again."""
    pace: Pace = field(default_factory=Pace)
    """How many reminders are asked for at most: the rest of what is due waits, so that a million
    of them keep nobody else's news waiting."""
    pause: float = 1.0
    """Seconds before Kafka is tried again."""
    tracing: Tracing = OFF


class Desk:
    """Takes records, one at a time."""

    def __init__(
        self,
        shelf: Shelf,
        publisher: Publisher,
        clock: Clock,
        metrics: Metrics,
        house: House,
    ) -> None:
        self._shelf = shelf
        self._publisher = publisher
        self._clock = clock
        self._metrics = metrics
        self._terms, self._home, self._prefix = house.terms, house.home, house.prefix
        self._streak, self._ticked, self._done = house.streak, house.ticked, house.done
        self._pace, self._pause = house.pace, house.pause
        self._tracing = house.tracing

    async def recovered(
        self, partitions: Collection[int], is_so: Callable[[], bool] = lambda: True
    ) -> None:
        """The table is complete, and these partitions of it are ours, as long as `is_so` says that.
        Of others it may hold what somebody else goes on with. What cannot be read is left as it
        lies."""
        await self._shelf.keep_only(partitions, is_so)
        if not is_so():
            return  # this is called again
        stages = self._shelf.stages()
        for _ in range(unreadable := stages.pop(None, 0)):
            self._metrics.broke()
        if unreadable:
            logs.logger().error("carts cannot be read", count=unreadable)
        self._metrics.carts_are({stage: count for stage, count in stages.items() if stage})

    async def take(self, record: Record) -> None:
        """Handles a record to the end: what it makes us say is on Kafka, what it changes is given
        to the shelf. Raises LineStoppedError when too many in a row cannot be understood, and
        ShelfError."""
        now = self._clock.now()
        topic = record.topic.removeprefix(self._prefix)
        self._done()
        self._metrics.polled()
        is_ours = topic == Internal.JOINED
        moment = tick.moment_of(record.value) if is_ours else None
        erased = erase_in(record.value) if is_ours else None
        try:
            if erased is not None:
                await self._forget(erased, record.partition, now)
            elif moment is None:
                await self._handle(event_in(record, topic, now), record, record.partition, now)
            else:
                self._ticked(record.partition)
                await self._tick(record.partition, min(moment, now), now)
        except ShelfError:
            raise  # it is not the record's doing
        except EventRefusedError as error:
            await self._set_aside(record, topic, error, now)
            await self._doubt(record, now)
        except Exception as error:  # noqa: BLE001 - many in a row stop the line
            logs.logger().error("a record broke the machine", topic=topic, error=error)
            refusal = EventRefusedError(RefusalCode.BAD_DATA, "data", "could not be understood")
            await self._set_aside(record, topic, refusal, now)
        else:
            if self._streak.bad and moment is None:  # our own ticks say nothing of the others
                self._streak = self._streak.after([(record, True)])

    async def _doubt(self, record: Record, now: datetime) -> None:
        """Says no more of the cart whose record was set aside. What our own code breaks on there is
        counted: raised, it would bring the record back again and again."""
        doubt = unclear(record, now)
        if doubt is None:
            return
        try:
            await self._handle(doubt, record_of(doubt, self._prefix), record.partition, now)
        except ShelfError:
            raise
        except Exception as error:  # noqa: BLE001 - its record is a dead letter already
            logs.logger().error("a cart broke the machine", error=error)
            self._metrics.broke()

    async def _handle(
        self, event: Event[Any], came: Record | Outgoing, partition: int, now: datetime
    ) -> None:
        key = cart_of(event)
        if key is None:
            self._metrics.consumed(event.type, "not_about_a_cart")
            return
        place = key_of(key)
        value = self._shelf.get(place)
        before = read(place, value) if value is not None else None
        is_own = BY_DATA[type(event.data)].topic == Topic.CARTS
        if is_own and not self._is_home(key, partition, before):
            await self._send_home(came, key)
            return
        found = step(before.cart if before else None, event, now, self._of(key.source))
        self._metrics.consumed(event.type, found.result)
        if found.says:
            said = publications(key.source, found.says, self._prefix, now)
            with self._tracing.process((came,), group=self._prefix + SERVICE) as at_work:
                await self._publish(at_work.carried(said))
        self._keep(_Looked(partition, place, before, found))

    def _is_home(self, key: CartKey, partition: int, before: Kept | None) -> bool:
        """Whether all that concerns a cart comes on this partition. A cart that is kept is there;
        else it has to be worked out, which takes as long as to write it."""
        is_kept_there = before is not None and before.partition == partition
        return is_kept_there or self._home(key.cart_id) == partition

    async def _send_home(self, came: Record | Outgoing, key: CartKey) -> None:
        """A producer that chooses partitions in its own way wrote it: the cart's order will come on
        another partition than this."""
        self._metrics.sent_home()
        joined = self._prefix + Internal.JOINED
        home = self._home(key.cart_id)
        headers = tuple(came.headers)
        await self._publish([Outgoing(joined, key.cart_id.encode(), came.value, headers, home)])

    async def _forget(self, erase: Erase, partition: int, now: datetime) -> None:
        """Forgets the carts of this partition that are theirs, and tells the notifier: what was
        asked for about them lies before that. One that cannot be read is counted, and left."""
        theirs = self._shelf.with_mark(partition, erase.mark)
        looked = [one for key in theirs if (one := self._theirs(erase, partition, key))]
        ids = (one.before.cart.cart_id for one in looked if one.before)
        await self._publish(forgotten(erase, partition, ids, now, self._prefix))
        for one in looked:
            self._keep(one)
        self._metrics.forgot(len(looked))

    def _theirs(self, erase: Erase, partition: int, key: bytes) -> _Looked | None:
        value = self._shelf.get(key)
        if value is None:
            return None
        try:
            before = read(key, value)
        except Exception as error:  # noqa: BLE001 - counted; the others are forgotten
            logs.logger().error("a cart broke the machine", error=error)
            self._metrics.broke()
            return None
        return _Looked(partition, key, before, Step(None)) if erase.is_of(before.cart) else None

    async def _tick(self, partition: int, moment: datetime, now: datetime) -> None:
        """Looks at the carts whose moment has come."""
        begun, until = time.perf_counter(), moment.timestamp()
        most = int(min(AT_ONCE, self._pace.left(begun)))
        keys = self._shelf.due(partition, until, most)
        looked = [one for key in keys if (one := self._look(partition, key, until, now))]
        await self._publish([record for one in looked for record in self._records(one, now)])
        for one in looked:
            self._keep(one)
            if one.before is not None and any(isinstance(it, Remind) for it in one.step.says):
                self._metrics.asked_after(now.timestamp() - one.before.look_at)
                self._pace.spend(1, begun)
        self._metrics.looked_at(len(looked), time.perf_counter() - begun)

    def _look(self, partition: int, key: bytes, until: float, now: datetime) -> _Looked | None:
        """What becomes of a cart whose moment has come; None where our own code breaks on it."""
        value = self._shelf.get(key)
        if value is None:
            return None
        try:
            before = read(key, value)
            found = step(before.cart, Tick(), now, self._of(before.cart.source))
        except Exception as error:  # noqa: BLE001 - counted; it is looked at again later
            logs.logger().error("a cart broke the machine", error=error)
            self._metrics.broke()
            self._shelf.put_off(key, until + PUT_OFF)
            return None
        return _Looked(partition, key, before, found)

    def _records(self, looked: _Looked, now: datetime) -> list[Outgoing]:
        source = looked.before.cart.source if looked.before else ""
        return publications(source, looked.step.says, self._prefix, now)

    def _keep(self, looked: _Looked) -> None:
        """Gives the shelf what changed."""
        before, found = looked.before, looked.step
        self._metrics.stepped(before.cart if before else None, found)
        if found.cart is None:
            if before is not None:
                self._shelf.put(looked.partition, looked.key, None)
            return
        look_at = found.look_at.timestamp() if found.look_at else NEVER
        kept = Kept(look_at, looked.partition, found.cart)
        if kept != before:
            self._shelf.put(looked.partition, looked.key, write(kept))

    def _of(self, source: str) -> Terms:
        return self._terms.get(source) or Terms.of(None)

    async def _set_aside(
        self, record: Record, topic: str, error: EventRefusedError, now: datetime
    ) -> None:
        self._streak = self._streak.after([(record, False)])
        self._metrics.dead_lettered(topic, error.code)
        logs.logger().warning("record set aside", topic=topic, reason=error.code)
        await self._publish([dead_letter(record, error, service=SERVICE, at=now)])

    async def _publish(self, records: Sequence[Outgoing]) -> None:
        """Returns when Kafka has all of them, however long that takes, but for those that it will
        never take."""
        left = list(records)
        while left:
            try:
                await self._publisher.publish(left)
            except PublishError as error:
                if error.refused:
                    logs.logger().error("Kafka will never take it", count=len(error.refused))
                    self._metrics.refused(len(error.refused))
                left = [left[n] for n in error.left if n not in error.refused]
                self._metrics.kafka_is_away(bool(left))
                if left:
                    self._done()
                    await asyncio.sleep(self._pause)
            else:
                left = []
                self._metrics.kafka_is_away(False)
