"""Forgets somebody: finds their orders, and makes them nobody's.

All orders are read through once, because no index leads from a customer to theirs: it would cost
each order something, and an erasure is rare. What that takes: docs/erasing.md
"""

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.contracts import envelope
from headsup.contracts.notifications import CustomerForgotten, Forgetter
from headsup.erasures import Erasure
from headsup.kafka.producer import Outgoing
from headsup.kafka.records import record_of
from services.order_events.batch import OrderKey
from services.order_events.decide import Order, of_nobody
from services.order_events.forgetting import is_buyers, is_recipients, without_recipient
from services.order_events.store import ERASURES, Store

AT_ONCE: Final = 200
"""Orders of one transaction, and of one event that names them."""
READING: Final = 1800.0
"""Seconds for reading through the orders."""
_THEIRS: Final = """
    SELECT order_id FROM order_events.orders
    WHERE source = $1
      AND (facts #>> '{placed,2,customer,id}' = $2 OR facts #>> '{placed,2,recipient,id}' = $2)
    ORDER BY order_id
"""
_OUTBOX: Final = """
    DELETE FROM order_events.outbox
    WHERE created_at = 'infinity' AND key = convert_to($1, 'UTF8')
"""
"""What Kafka will never take, and a person may look at. The rest is published in a moment."""


class Eraser:
    """Removes what order_events keeps."""

    def __init__(
        self,
        pool: "asyncpg.Pool[asyncpg.Record]",
        store: Store,
        announcer: Announcer,
        clock: Clock,
        prefix: str,
    ) -> None:
        self._pool = pool
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._prefix = prefix

    async def forget(self, erasure: Erasure) -> bool:
        """Makes their orders nobody's, so many at a time; the last of the transactions tells the
        notifier that it is done. Raises msgspec.MsgspecError where one of them cannot be read: the
        others are nobody's by then, and that one waits for a version of us that reads it."""
        place = (erasure.source, erasure.customer_id)
        rows = await self._pool.fetch(_THEIRS, *place, timeout=READING)
        found = [row["order_id"] for row in rows]
        unreadable: list[msgspec.MsgspecError] = []
        for start in range(0, len(found), AT_ONCE):
            unreadable += await self._forget_readable(erasure, found[start : start + AT_ONCE])
        if unreadable:
            logs.logger().error("orders cannot be read", count=len(unreadable))
            raise unreadable[0]
        async with self._store.transaction() as transaction:
            await transaction.connection.execute(_OUTBOX, erasure.customer_id)
            await ERASURES.passed(transaction.connection, erasure)
            committed = await transaction.add([self._said(erasure, ())])
        await self._announcer.announce(committed)
        logs.logger().info("a customer was forgotten", orders=len(found))
        return True

    async def _forget_readable(
        self, erasure: Erasure, order_ids: Sequence[str]
    ) -> list[msgspec.MsgspecError]:
        """Finds by halves what cannot be read, and forgets the rest; why it cannot."""
        try:
            await self._forget(erasure, order_ids)
        except msgspec.MsgspecError as error:
            if len(order_ids) == 1:
                return [error]
            middle = len(order_ids) // 2
            first = await self._forget_readable(erasure, order_ids[:middle])
            return first + await self._forget_readable(erasure, order_ids[middle:])
        return []

    async def _forget(self, erasure: Erasure, order_ids: Sequence[str]) -> None:
        """Those that they placed are named to the notifier in the same transaction: what we asked
        for before this lies before that."""
        keys = [OrderKey(erasure.source, order_id) for order_id in order_ids]
        async with self._store.transaction() as transaction:
            known = await transaction.load(keys)
            changed = {k: new for k, o in known.items() if (new := _without(o, erasure))}
            await transaction.save(changed, known)
            nobodys = [k.order_id for k, o in changed.items() if o.facts.forgotten_at]
            told = [self._said(erasure, sorted(nobodys))] if nobodys else []
            committed = await transaction.add(told)
        await self._announcer.announce(committed)

    def _said(self, erasure: Erasure, order_ids: Sequence[str]) -> Outgoing:
        data = CustomerForgotten(
            customer_id=erasure.customer_id,
            by=Forgetter.ORDER_EVENTS,
            order_ids=tuple(order_ids),
            is_all=not order_ids,
        )
        now = self._clock.now()
        id_ = f"forgotten.order_events.{erasure.customer_id}.{now.timestamp():.6f}"
        return record_of(envelope.make(erasure.source, id_, now, data), self._prefix)


def _without(order: Order, erasure: Erasure) -> Order | None:
    """The order without them; None where nothing of it is theirs. Where it was a gift for them it
    is looked at at once."""
    if is_buyers(order.facts, erasure.customer_id, erasure.at):
        return of_nobody(order.facts, erasure.at, order.partition).order
    if not is_recipients(order.facts, erasure.customer_id, erasure.at):
        return None
    return Order(without_recipient(order.facts), order.told, erasure.at, order.partition)
