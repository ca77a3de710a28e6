"""That somebody is erased, as a record to each partition of carts: their carts may lie on any. It
goes there through Kafka, as the tick does, so that nobody else touches a cart meanwhile."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerForgotten, Forgetter
from headsup.contracts.registry import Internal, Topic
from headsup.contracts.shop import CustomerErased
from headsup.kafka.producer import Outgoing
from headsup.kafka.records import record_of
from services.cart_recovery.cart import Cart

KEY: Final = b"erase"
AT_ONCE: Final = 500
"""Carts that one event names."""
_PREFIX: Final = b"erase "


class Erase(msgspec.Struct, frozen=True, kw_only=True):
    """Forget the carts that somebody left until then."""

    source: str
    customer_id: str
    at: datetime

    @property
    def mark(self) -> bytes:
        """Stands in every cart of theirs as it is kept: a text, with its length before it, so that
        the customer 1 is not looked for wherever there is a digit."""
        return msgspec.msgpack.encode(self.customer_id)

    def is_of(self, cart: Cart) -> bool:
        """Whether the cart is theirs."""
        owner = cart.facts.owner
        is_owner = owner is not None and owner.id == self.customer_id and owner.at <= self.at
        return cart.source == self.source and is_owner


_decoder: Final = msgspec.json.Decoder(Erase)
_encoder: Final = msgspec.json.Encoder()


def records(
    event: Event[CustomerErased], partitions: int, now: datetime, prefix: str
) -> list[Outgoing]:
    """The record for each partition. Pure."""
    erase = Erase(source=event.source, customer_id=event.data.customer_id, at=min(event.time, now))
    value, topic = _PREFIX + _encoder.encode(erase), prefix + Internal.JOINED
    return [Outgoing(topic, KEY, value, partition=number) for number in range(partitions)]


def erase_in(value: bytes | None) -> Erase | None:
    """What such a record says; None where it is another one."""
    if value is None or not value.startswith(_PREFIX):
        return None
    try:
        return _decoder.decode(value.removeprefix(_PREFIX))
    except msgspec.MsgspecError:
        return None


def forgotten(
    erase: Erase, partition: int, cart_ids: Iterable[str], now: datetime, prefix: str
) -> list[Outgoing]:
    """What the notifier is told: which carts are forgotten, and then that these are all of this
    partition."""
    ids = sorted(cart_ids)
    parts = [tuple(ids[n : n + AT_ONCE]) for n in range(0, len(ids), AT_ONCE)]
    found = []
    for number, some in enumerate([*parts, ()]):
        data = CustomerForgotten(
            customer_id=erase.customer_id,
            by=Forgetter.CART_RECOVERY,
            cart_ids=some,
            partition=partition,
            is_all=not some,
        )
        who = f"{erase.customer_id}.{partition}.{number}"
        id_ = f"forgotten.cart_recovery.{erase.at.timestamp():.6f}.{who}"
        found.append(
            record_of(envelope.make(erase.source, id_[:200], now, data), prefix, Topic.REMINDERS)
        )
    return found
