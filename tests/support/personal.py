"""Which columns hold what is personal, and which do not. Every column of every table is here: who
adds one has to say what becomes of it when somebody is erased (docs/erasing.md)."""

from collections.abc import Mapping
from typing import Final

PERSONAL: Final[Mapping[str, str]] = {
    # A shop's number for a customer counts as a name that leads to nobody once the shop has erased
    # them; where it stays, that is what it is.
    "notifier.attempts": "code",
    "notifier.bot_chats": "chat customer_id",
    "notifier.bot_lines": "chat text",
    "notifier.bot_links": "customer_id order_id used_by",
    "notifier.bot_says": "chat html buttons",
    "notifier.bot_talks": "chat language customer_id",
    "notifier.bot_updates": "chat",
    "notifier.cart_flows": "who flow",
    "notifier.counted": "who",
    "notifier.learned": "customer_id contacts language time_zone",
    "notifier.notifications": "address words code",
    "notifier.opt_outs": "who",
    "notifier.order_keys": "customer_id keys",
    "notifier.outbox": "key value headers",
    "notifier.people": "customer_id entry heard",
    "notifier.preferences": "customer_id chosen",
    "notifier.purchases": "who",
    "notifier.replies": "answer ref",
    "notifier.requests": "request passed_over who",
    "notifier.stopped_numbers": "address",
    "notifier.suppressions": "address code",
    "notifier.troubles": "customer_id",
    "notifier.whatsapp_windows": "number",
    "notifier.wishes": "address",
    "order_events.orders": "facts told",
    "order_events.outbox": "key value headers",
}
"""What is removed, or emptied."""
KEPT: Final[Mapping[str, str]] = {
    "notifier.address_keys": "id proof since",
    "notifier.address_names": "is_one sealed state",
    "notifier.attempts": "notification_id attempt sender ended_at state reason provider_ref"
    " counted",
    "notifier.bot_chats": "source linked_at left_at ended_at",
    "notifier.bot_lines": "id source author at",
    "notifier.bot_links": "token source expires_at number",
    "notifier.bot_says": "id seq state attempt due_at made_at",
    "notifier.bot_talks": "source since heard_at",
    "notifier.bot_updates": "id at",
    "notifier.cart_flows": "source began_at reminders",
    "notifier.counted": "source day messages",
    "notifier.erased_salt": "salt",
    "notifier.erased_words": "source digest said at",
    "notifier.erasures": "source customer_id at heard_at look_at passes done_at confirmed",
    "notifier.learned": "source seen_at",
    "notifier.notifications": "id request_id route channel language planned_at state due_at attempt"
    " retries changed_at provider_ref reason seq source order_id sender tried_at written_at over_at"
    " held receipt question held_for priority receipt_by overdue_at because segments lettering",
    "notifier.opt_outs": "source message_class at",
    "notifier.order_keys": "source order_id audience at",
    "notifier.outbox": "id topic created_at",
    "notifier.paces": "name free_at",
    "notifier.people": "source told_at",
    "notifier.preferences": "source at",
    "notifier.purchases": "source at",
    "notifier.replies": "request_id number channel at heard_at",
    "notifier.reporting": "sender beginning reported_at",
    "notifier.requests": "id source order_id customer_id kind expires_at decided_at received_at"
    " decision reason cart cart_id touched_at about emptied_at",
    "notifier.stopped_numbers": "source at before",
    "notifier.support_acts": "number at operator act found request_id new_id",
    "notifier.suppressions": "source reason since",
    "notifier.texts_read": "sender up_to",
    "notifier.texts_taken": "ref taken_at",
    "notifier.traces": "id context kept_at",
    "notifier.troubles": "source order_id since",
    "notifier.whatsapp_windows": "wrote_at",
    "notifier.wishes": "wish said_at answered_at",
    "notifier.withdrawals": "request_id superseded_by received_at",
    "notifier.walks": "rule block began_at",
    "order_events.address_keys": "id proof since",
    "order_events.erasures": "source customer_id at heard_at look_at passes done_at",
    "order_events.events": "source event_id order_id type happened_at received_at",
    "order_events.incidents": "source incident_id state resolved_at partition wake_at woken_to"
    " wakes_left",
    "order_events.orders": "source order_id next_look_at updated_at partition promised_until"
    " carriers",
    "order_events.outbox": "id topic created_at",
    "order_events.positions": "topic partition next_offset cluster",
    "order_events.walks": "rule block began_at",
}
"""What names nobody, or only by a number."""


def columns(of: Mapping[str, str]) -> set[str]:
    """Each with its schema and table."""
    return {f"{table}.{column}" for table, names in of.items() for column in names.split()}
