"""What a customer is told over another channel when a chat is linked to their orders: whoever has
one of their messages can do that, and they are the only one who knows whether it was they. Pure."""

from datetime import datetime
from typing import Final

import msgspec

from headsup import logs
from headsup.contracts import envelope
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import Content, NotificationRequested
from headsup.contracts.registry import Topic
from headsup.kafka.producer import Outgoing
from services.notifier.bot.known import Token

ABOUT: Final = "chat"
_requests: Final = msgspec.json.Decoder(NotificationRequested)


def notice(octets: bytes, token: Token, now: datetime, prefix: str) -> Outgoing | None:
    """The request to tell them, once for each token. `octets`: what the message tells whose link it
    was, so that they are reached as they were then, and hear of the order no more than they may.
    None when it cannot be read any more."""
    try:
        before = _requests.decode(octets)
    except msgspec.MsgspecError as error:
        logs.logger().error("a chat was linked, and whom to tell cannot be read", error=error)
        return None
    if before.order_id is None:  # about a cart: those lead to no chat
        return None
    data = NotificationRequested(
        kind=Kind.CHAT_LINKED,
        order_id=before.order_id,
        customer=before.customer,
        content=Content(order_number=before.content.order_number, audience=before.content.audience),
        about=f"{ABOUT}:{token.digest.hex()[:20]}",
        happened_at=now,
        expires_at=now + CATALOGUE[Kind.CHAT_LINKED].time_to_live,
    )
    event = envelope.make(token.owner.source, f"chat.{token.digest.hex()}", now, data)
    return Outgoing(
        prefix + Topic.REQUESTED,
        before.customer.id.encode(),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
