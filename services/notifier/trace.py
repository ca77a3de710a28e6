"""What the notifier knows of an order or a cart, for `headsup trace`: each request, its messages,
and why there are no others. Addresses are masked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any, Final

import msgspec

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import CartFlow, Reason
from headsup.shops.carts import SETTLING
from headsup.trace import Entry
from services.notifier import address_origin
from services.notifier.attempts import State
from services.notifier.flows import name_of
from services.notifier.in_words import of_attempt, of_message, of_request
from services.notifier.people import Address, masked
from services.notifier.plan import PassedOver
from services.notifier.purchases import SINCE_TOUCHED
from services.notifier.quiet import HeldFor
from services.notifier.rendered import Lettering
from services.notifier.suppressions_desk import entry

REQUESTS: Final = "Requests"
MESSAGES: Final = "Messages"
ANSWERS: Final = "Answers"
SUPPRESSED: Final = "Addresses that nothing is sent to"

_ABOUT_IT = "(r.order_id = $1 OR r.cart_id = $1) AND ($2::text IS NULL OR r.source = $2)"
_REQUESTS = f"""
    SELECT r.id, r.kind, r.decided_at, r.expires_at, r.decision, r.reason, r.passed_over, r.cart,
           w.superseded_by, w.received_at AS withdrawn_at,
           (SELECT max(b.at) FROM notifier.purchases AS b
            WHERE b.source = r.source AND b.who = ANY(r.who)
              AND {SINCE_TOUCHED.format(bought_at="b.at", touched_at="r.touched_at")}) AS bought_at,
           (SELECT f.flow FROM notifier.cart_flows AS f
            WHERE f.source = r.source AND f.who = ANY(r.who) AND f.began_at <= r.decided_at
            ORDER BY f.began_at DESC LIMIT 1) AS flow,
           (SELECT max(e.value::timestamptz) FROM notifier.cart_flows AS f,
                   jsonb_each_text(f.reminders) AS e
            WHERE f.source = r.source AND f.who = ANY(r.who)
              AND e.value::timestamptz <= r.decided_at) AS reminded_at
    FROM notifier.requests AS r
    LEFT JOIN notifier.withdrawals AS w ON w.request_id = r.id
    WHERE {_ABOUT_IT} ORDER BY r.decided_at, r.id
"""  # noqa: S608 - our own words
_NOTIFICATIONS = f"""
    SELECT n.*, r.kind, r.customer_id, {address_origin.COLUMNS}
    FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE {_ABOUT_IT} ORDER BY n.planned_at, n.id
"""  # noqa: S608 - our own words

_ATTEMPTS = f"""
    SELECT a.* FROM notifier.attempts AS a
    JOIN notifier.notifications AS n ON n.id = a.notification_id
    JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE {_ABOUT_IT} ORDER BY a.ended_at, a.attempt
"""  # noqa: S608 - our own words

_REPLIES = f"""
    SELECT a.request_id, a.number, a.answer, a.channel, a.at, r.kind
    FROM notifier.replies AS a JOIN notifier.requests AS r ON r.id = a.request_id
    WHERE {_ABOUT_IT} ORDER BY a.at, a.request_id, a.number
"""  # noqa: S608 - our own words

_SUPPRESSED = f"""
    SELECT DISTINCT s.source, s.address, s.reason, s.code, nullif(s.since, '-infinity') AS since
    FROM notifier.requests AS r JOIN notifier.notifications AS n ON n.request_id = r.id
    JOIN notifier.suppressions AS s
        ON s.source = n.source AND s.address = n.channel || ':' || n.address
    WHERE {_ABOUT_IT} ORDER BY s.source, s.address
"""  # noqa: S608 - our own words

_LETTERINGS: Final[Mapping[str, str]] = {
    Lettering.GSM: "GSM letters",
    Lettering.LATIN: "transliterated",
    Lettering.NATIONAL: "national letters",
}
_IN_WORDS: Final[Mapping[str, str]] = {
    Reason.BOUGHT: "they placed an order after they left the cart, or at most"
    f" {SETTLING.total_seconds() / 60:.0f} minutes before",
    Reason.ANOTHER_CART: "they were reminded of another cart shortly before",
    Reason.CAPPED: "they had as many reminders of carts in a week as the shop allows",
}
"""What nobody did wrong, and what a person who looks into a case would have to look up."""

_HELD_FOR: Final[Mapping[str, str]] = {
    HeldFor.NIGHT: "their morning",
    HeldFor.CAP: "a day on which they had less, as the shop wants it",
}

_passed_over = msgspec.json.Decoder(tuple[PassedOver, ...])
_carts = msgspec.json.Decoder(CartFlow)


async def trace(connection: Any, order_id: str, source: str | None = None) -> list[Entry]:
    """What was asked for, what was sent, when and by which channel, and what was not and why.
    `order_id`: an order's, or a cart's; `source`: of which shop, None: of all."""
    which = (order_id, source)
    requests = await connection.fetch(_REQUESTS, *which)
    notifications = await connection.fetch(_NOTIFICATIONS, *which)
    attempts: dict[str, list[Any]] = defaultdict(list)
    for row in await connection.fetch(_ATTEMPTS, *which):
        attempts[row["notification_id"]].append(row)
    replies = await connection.fetch(_REPLIES, *which)
    suppressed = await connection.fetch(_SUPPRESSED, *which)
    return [
        *map(_request, requests),
        *(_message(row, attempts[row["id"]]) for row in notifications),
        *map(_reply, replies),
        *(replace(entry(row), section=SUPPRESSED) for row in suppressed),
    ]


def _request(row: Any) -> Entry:
    detail = {
        "decision": " ".join(filter(None, (row["decision"], row["reason"]))),
        "worth telling until": f"{row['expires_at']:%Y-%m-%d %H:%M}",
        "request": row["id"],
    }
    detail |= _about_cart(row) if row["cart"] else {}
    passed_over = _passed_over.decode(row["passed_over"]) if row["passed_over"] else ()
    if passed_over:
        detail["passed over"] = _reasons(passed_over)
    if row["withdrawn_at"]:
        detail["withdrawn"] = f"{row['withdrawn_at']:%Y-%m-%d %H:%M}"
    if row["superseded_by"]:
        detail["superseded by"] = row["superseded_by"]
    return Entry(
        section=REQUESTS,
        heading=row["kind"],
        at=row["decided_at"],
        detail=detail,
        words=of_request(row, passed_over),
    )


def _about_cart(row: Any) -> dict[str, str]:
    cart = _carts.decode(row["cart"])
    visit = f"{cart.step} of the visit of {cart.touched_at.astimezone(UTC):%Y-%m-%d %H:%M}"
    detail = {"cart": cart.cart_id, "reminder": visit}
    if row["reason"] not in _IN_WORDS:
        return detail
    why = _IN_WORDS[row["reason"]]
    # As far as it is still known: all is forgotten in time, and newer ones take their place.
    if row["reason"] == Reason.BOUGHT and row["bought_at"]:
        why += f", the newest at {row['bought_at']:%Y-%m-%d %H:%M}"
    if row["reason"] == Reason.ANOTHER_CART and row["flow"] not in {None, name_of(cart)}:
        why += f": {row['flow'].partition(' ')[0]}"
    if row["reason"] == Reason.CAPPED and row["reminded_at"]:
        why += f", the last at {row['reminded_at']:%Y-%m-%d %H:%M}"
    return detail | {"why": why}


def _reply(row: Any) -> Entry:
    detail = {"to": row["kind"], "request": row["request_id"], "number": str(row["number"])}
    heading = f"{row['answer']} by {row['channel']}"
    return Entry(section=ANSWERS, heading=heading, at=row["at"], detail=detail)


def _reasons(passed_over: Iterable[PassedOver]) -> str:
    return ", ".join(f"{passed.channel} ({passed.reason})" for passed in passed_over)


def _address(row: Any) -> dict[str, str]:
    if not row["address"]:
        return {"to": "removed"}
    to = masked(Address(Channel(row["channel"]), row["address"]))
    return {"to": to, "address from": address_origin.origin_in(row)}


def _message(row: Any, attempts: Iterable[Any]) -> Entry:
    detail = {
        **_address(row),
        "language": row["language"],
        "notification": row["id"],
    }
    for name in ("sender", "receipt", "reason", "code", "provider_ref"):
        if row[name]:
            detail[name.replace("_", " ")] = row[name]
    if row["segments"]:
        detail["cost"] = _cost(row["segments"], row["lettering"])
    if row["reason"] in _IN_WORDS:
        detail["why"] = _IN_WORDS[row["reason"]]
    if row["held_for"]:
        detail["held for"] = _HELD_FOR[row["held_for"]]
    detail |= _awaited(row)
    if row["state"] == State.PLANNED:
        detail["due at"] = f"{row['due_at']:%Y-%m-%d %H:%M:%S}"
    if row["tried_at"]:
        detail["in doubt since"] = f"{row['tried_at']:%Y-%m-%d %H:%M:%S}"
    heading, words = f"{row['kind']} by {row['channel']}: {row['state']}", of_message(row)
    words[heading] = words.pop("state")
    for attempt in attempts:
        late = "" if attempt["counted"] else ", late"
        name = f"attempt {attempt['attempt']}{late}"
        detail[name], words[name] = _attempt(attempt), of_attempt(attempt, row["channel"])
    return Entry(
        section=MESSAGES, heading=heading, at=row["changed_at"], detail=detail, words=words
    )


def _cost(segments: int, lettering: str | None) -> str:
    parts = "1 part" if segments == 1 else f"{segments} parts"
    return f"{parts}, {_LETTERINGS[lettering or Lettering.GSM]}"


def _awaited(row: Any) -> dict[str, str]:
    """What became of the wait for a receipt, where that was too long."""
    detail = {}
    if row["overdue_at"]:
        detail["no receipt by"] = f"{row['overdue_at']:%Y-%m-%d %H:%M}"
        if row["state"] == State.DELIVERED:
            detail["receipt came late"] = f"{row['changed_at']:%Y-%m-%d %H:%M}"
    if row["because"]:
        detail["instead of another, because of"] = row["because"]
    return detail


def _attempt(row: Any) -> str:
    words = ", ".join(filter(None, (row["state"], row["reason"], row["code"])))
    return f"{row['ended_at']:%Y-%m-%d %H:%M:%S} {row['sender'] or 'nobody'}: {words}"
