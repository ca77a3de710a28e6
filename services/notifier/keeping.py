"""What the notifier keeps for how long. Pure.

What is asked of other tables is asked of each row on its own, as a value: of `NOT EXISTS`
PostgreSQL may make a join, and read the other table to its end for every step.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from headsup.retention import Rule
from services.notifier.keeping_settings import KeepingSettings

_ENDED: Final = "state NOT IN ('planned', 'sending')"
_AT_REST: Final = (
    "(SELECT bool_or(n.state IN ('planned', 'sending')) FROM notifier.notifications AS n"
    " WHERE n.request_id = t.id) IS NOT TRUE"
)
_OF_NO_MESSAGE: Final = (
    "(SELECT n.id FROM notifier.notifications AS n WHERE n.request_id = t.id LIMIT 1) IS NULL"
)
_HAS_NOT_ORDERED: Final = (
    "(SELECT o.at FROM notifier.order_keys AS o WHERE o.source = t.source"
    " AND o.customer_id = t.customer_id AND o.at >= $3 LIMIT 1) IS NULL"
)
_REFUSES: Final = (
    "EXISTS (SELECT FROM json_array_elements("
    "coalesce(convert_from(t.{told}, 'UTF8')::json->'consents', '[]')) AS word"
    " WHERE word->>'granted' = 'false')"
)
"""That they wanted something no more outlives what else is known of them: without it, silence would
count as leave to write to them."""
_REFUSED: Final = _REFUSES.format(told="entry")
_WANTS_LESS: Final = (
    f"({_REFUSES.format(told='chosen')}"
    " OR convert_from(t.chosen, 'UTF8')::json->>'quiet_hours' IS NOT NULL)"
)
_NAMES_MORE: Final = (
    "EXISTS (SELECT FROM json_object_keys(convert_from({row}.entry, 'UTF8')::json) AS named"
    " WHERE named NOT IN ('customer_id', 'consents'))"
)
_HAS_MORE: Final = _NAMES_MORE.format(row="t")
_IS_NOT_NAMED: Final = f"""
    (SELECT p.told_at FROM notifier.people AS p WHERE p.source = t.source
     AND p.customer_id = t.customer_id AND {_NAMES_MORE.format(row="p")} LIMIT 1) IS NULL
"""  # noqa: S608 - our own words
"""The shop gives no address of theirs any more: as long as it does, a chat that they cut off may be
among them."""
_LEAST_CUT_OFF: Final = timedelta(days=90)
"""Longer than anything waits to be sent there, and as long as who had a message there may ask."""
_WITHOUT_WORDS: Final = (
    "emptied_at = now(), passed_over = NULL, who = NULL, request = convert_to("
    "jsonb_set(jsonb_set(convert_from(request, 'UTF8')::jsonb, '{content}', '{}'), '{customer}',"
    " jsonb_build_object('id', customer_id))::text, 'UTF8')"
)
_ONLY_REFUSALS: Final = (
    "entry = convert_to(json_build_object('customer_id', customer_id,"
    " 'consents', convert_from(entry, 'UTF8')::json->'consents')::text, 'UTF8')"
)


def rules(keep: KeepingSettings) -> tuple[Rule, ...]:
    """In the order in which they are gone through: messages before what names them."""
    return (*_ledger(keep), *_people(keep))


def _ledger(keep: KeepingSettings) -> tuple[Rule, ...]:
    """What was written, to which address; and, for longer, that it was, and what became of it."""
    messages = _rule("notifications", "planned_at", keep.words, f"address <> '' AND {_ENDED}")
    requests = _rule("requests", "decided_at", keep.words, f"emptied_at IS NULL AND {_AT_REST}")
    return (
        replace(messages, change="address = '', words = NULL", name="words of messages"),
        replace(requests, change=_WITHOUT_WORDS, name="words of requests"),
        _rule("replies", "at", keep.words),
        _real(_rule("attempts", "ended_at", keep.ledger)),
        _rule("notifications", "planned_at", keep.ledger, _ENDED),
        _rule("requests", "decided_at", keep.ledger, _OF_NO_MESSAGE),
        _rule("support_acts", "at", keep.ledger),
        _real(_rule("withdrawals", "received_at", keep.words)),
        _real(_rule("texts_taken", "taken_at", keep.words)),
        _real(_rule("traces", "kept_at", keep.words)),
    )


def _people(keep: KeepingSettings) -> tuple[Rule, ...]:
    """Who has neither ordered nor been heard of; and what was said in chats."""
    has_more = f"{_HAS_NOT_ORDERED} AND {_REFUSED} AND {_HAS_MORE}"
    addresses = _rule("people", "told_at", keep.people, has_more)
    return (
        _rule("people", "told_at", keep.people, f"{_HAS_NOT_ORDERED} AND NOT {_REFUSED}"),
        replace(addresses, change=_ONLY_REFUSALS, name="addresses of who refused"),
        _rule("preferences", "at", keep.people, f"{_HAS_NOT_ORDERED} AND NOT {_WANTS_LESS}"),
        _rule("learned", "seen_at", keep.orders),
        _rule("order_keys", "at", keep.orders),
        _real(_rule("erasures", "heard_at", keep.ledger, "look_at IS NULL")),
        _rule("bot_lines", "at", keep.conversations),
        _real(_rule("bot_says", "made_at", keep.conversations)),
        _real(_rule("bot_updates", "at", keep.conversations)),
        _rule("bot_links", "expires_at", keep.conversations),
        _rule(
            "bot_chats",
            "ended_at",
            max(keep.people, _LEAST_CUT_OFF),
            f"{_HAS_NOT_ORDERED} AND {_IS_NOT_NAMED}",
        ),
    )


def _rule(table: str, since: str, keep: timedelta, where: str = "") -> Rule:
    """`since`: the column of the moment from which it is kept; `where`: what it has to be besides
    old."""
    is_old = f"{since} < $3 AND {where}" if where else f"{since} < $3"
    return Rule(table=f"notifier.{table}", is_old=is_old, keep=keep)


def _real(rule: Rule) -> Rule:
    """Of which the moments are the database's."""
    return replace(rule, is_real_time=True)
