"""How much somebody had since the backup: messages, by their days, and reminders of carts. Counted
for the shop's number for them, and for the addresses that the request names.

A day is one of UTC here: only the notifier knows the shop's own.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
)
from services.notifier import counted, flow_rows
from services.notifier.caps import WEEK, Page, mark
from services.notifier.identity import keys_of

_WENT_OUT: Final = frozenset({OutcomeStatus.SENT, OutcomeStatus.DELIVERED})


async def count(
    connection: Any,
    event: Event[NotificationRequested],
    words: Iterable[NotificationOutcome],
    now: datetime,
) -> None:
    """Counts what went out of this request within a week. `words`: the last one of each message."""
    sent = [word for word in words if word.status in _WENT_OUT and now - word.at < WEEK]
    if not sent:
        return
    data = event.data
    cart_id = data.cart.cart_id if data.cart else None
    keys = keys_of(data.customer, None, None, cart_id)
    if data.cart is not None:
        first = min(word.at for word in sent)
        places = {(event.source, key) for key in keys}
        await flow_rows.recall(connection, places, data.cart, event.id, first)
    pages: dict[Page, list[str]] = {}
    for word in sent:
        if word.notification_id and word.channel:
            takes_over = "." in word.notification_id.removeprefix(f"{event.id}.")
            said = mark(data.kind, word.channel, word.notification_id, takes_over=takes_over)
            for key in _counted_by(keys, word):
                pages.setdefault(Page(event.source, key, word.at.date()), []).append(said)
    await counted.recall(connection, pages)


def _counted_by(keys: Iterable[str], word: NotificationOutcome) -> list[str]:
    """The number, and the address of the channel."""
    return [key for key in keys if key.startswith(("customer:", f"{word.channel}:"))]
