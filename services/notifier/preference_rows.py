"""Whoever opens the page of what they want, as the ledger knows them."""

from dataclasses import replace
from typing import Any, Final

import msgspec

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.shops.profile import ShopProfile
from services.notifier import chats
from services.notifier.choosing import Chooser
from services.notifier.named_rows import as_asked, kept
from services.notifier.person_rows import person_of
from services.notifier.sealed_rows import expect_clear_in
from services.notifier.stopping import MARKETING

_CHOOSER: Final = f"""
    SELECT n.seq, n.language, r.source, r.customer_id, r.request, p.entry, c.chosen,
           c.at AS chosen_at,
           (SELECT max(o.at) FROM notifier.opt_outs AS o
            WHERE o.source = r.source AND o.message_class = '{MARKETING}'
              AND o.who = ANY(r.who || ARRAY['customer:' || r.customer_id,
                                             n.channel || ':' || lower(n.address)])
           ) AS opted_out_at
    FROM notifier.notifications AS n
    JOIN notifier.requests AS r ON r.id = n.request_id
    LEFT JOIN notifier.people AS p
        ON p.source = r.source AND p.customer_id = r.customer_id
    LEFT JOIN notifier.preferences AS c
        ON c.source = r.source AND c.customer_id = r.customer_id
    WHERE n.seq = $1 AND n.address <> '' AND r.emptied_at IS NULL
"""  # noqa: S608 - our own word
_LOCK: Final = """
    SELECT pg_advisory_xact_lock(hashtextextended('preferences ' || r.source || ' '
                                                  || r.customer_id, 0))
    FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE n.seq = $1
"""
_SUPPRESSED: Final = """
    SELECT address, reason FROM notifier.suppressions WHERE source = $1 AND address = ANY($2)
"""
_requests: Final = msgspec.json.Decoder(NotificationRequested)


async def lock(connection: Any, number: int) -> None:
    """Two who choose for the same customer are heard one after the other."""
    await connection.execute(_LOCK, number)


async def chooser(connection: Any, number: int) -> Chooser | None:
    """Whoever got the message of this number; None when there is none, it cannot be read any more,
    or they were erased: an old link must not bring somebody back."""
    row = await connection.fetchrow(_CHOOSER, number)
    if row is None:
        return None
    try:
        return Chooser(
            number=row["seq"],
            source=row["source"],
            customer=_requests.decode(row["request"]).customer,
            language=row["language"],
            person=person_of(row["entry"], row["chosen"], row["opted_out_at"]),
            chosen_at=row["chosen_at"],
        )
    except msgspec.MsgspecError as error:
        expect_clear_in(row)
        logs.logger().error("a customer cannot be read", error=error)
        return None


async def with_suppressions(connection: Any, found: Chooser, shop: ShopProfile) -> Chooser:
    """The same, with the chats that they opened, and with what is known of their addresses."""
    whose = (found.source, found.customer.id)
    people = await chats.with_chats(connection, [whose], {whose: found.person})
    linked = await chats.linked(connection, whose)
    found = replace(found, person=people[whose], linked=linked)
    keys = [address.key for channel in Channel for address in found.addresses(channel, shop)]
    rows = await connection.fetch(_SUPPRESSED, found.source, kept(connection, keys))
    ended = {f"telegram:{chat}" for chat in await chats.ended(connection, whose)}
    suppressed = dict.fromkeys(ended.intersection(keys), Reason.OPTED_OUT)
    reasons = {(found.source, row["address"]): Reason(row["reason"]) for row in rows}
    asked = as_asked(connection, set(reasons), ((found.source, key) for key in keys))
    known = {key: reasons.get((of, key)) or reasons[of, key.lower()] for of, key in asked}
    return replace(found, suppressed={**suppressed, **known})
