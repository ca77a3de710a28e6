"""What is kept of people who are long gone: what they refused, and nothing else."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from headsup.clock import ManualClock
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.replies import PreferencesChanged, QuietHours
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from headsup.outbox import Outbox
from headsup.retention import Retention
from services.notifier.keeping import rules
from services.notifier.keeping_settings import KeepingSettings
from services.notifier.ledger import SCHEMA, Ledger
from services.notifier.people import Person
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, Rig

NOW = MONDAY + timedelta(days=1100)
CONTACTS = (ContactPoint(channel=Channel.EMAIL, address="a@mail.example"),)
NO = Consent(
    channel=Channel.SMS,
    message_class=MessageClass.TRANSACTIONAL,
    granted=False,
    at=MONDAY,
    source="call",
)


async def _told(rig: Rig, customer_id: str, **said: Any) -> None:
    entry = CustomerUpdated(customer_id=customer_id, contacts=CONTACTS, name="A", **said)
    await rig.pool.execute(
        "INSERT INTO notifier.people (source, customer_id, entry, told_at) VALUES ($1, $2, $3, $4)",
        *(SHOP, customer_id, msgspec.json.encode(entry), MONDAY),
    )


async def _chose(rig: Rig, customer_id: str, **said: Any) -> None:
    chosen = PreferencesChanged(customer_id=customer_id, language="uk", **said)
    await rig.pool.execute(
        "INSERT INTO notifier.preferences (source, customer_id, chosen, at)"
        " VALUES ($1, $2, $3, $4)",
        *(SHOP, customer_id, msgspec.json.encode(chosen), MONDAY),
    )


async def _left(rig: Rig, *customers: str) -> dict[str, Person]:
    """Who is known after three years, and a few rounds."""
    removed: list[str] = []
    clock = ManualClock(NOW)
    retention = Retention(
        rules(KeepingSettings()),
        rig.pool,
        clock,
        on_removed=lambda name, _: removed.append(name),
        real=clock,
    )
    for _ in range(3):
        await retention.turn()
    assert removed.count("addresses of who refused") <= 1, "it is done once"
    ledger = Ledger(rig.pool, Outbox(SCHEMA, rig.pool, rig.producer))
    async with ledger.transaction() as transaction:
        found = await transaction.people([(SHOP, one) for one in customers])
    return {customer: person for (_, customer), person in found.items()}


async def test_what_the_shop_told_of_a_refusal_stays_without_the_addresses(rig: Rig) -> None:
    await _told(rig, "c-1", consents=(NO,), language="uk")
    await _told(rig, "c-2")
    left = await _left(rig, "c-1", "c-2")
    assert left == {"c-1": Person(entry=CustomerUpdated(customer_id="c-1", consents=(NO,)))}


async def test_what_somebody_chose_not_to_get_stays_and_when_not(rig: Rig) -> None:
    hours = QuietHours(begins=20, ends=9)
    await _chose(rig, "c-1", consents=(NO,))
    await _chose(rig, "c-2", quiet_hours=hours)
    await _chose(rig, "c-3")
    left = await _left(rig, "c-1", "c-2", "c-3")
    assert left.keys() == {"c-1", "c-2"}
    assert left["c-1"].consents == (NO,)
    chosen = left["c-2"].chosen
    assert chosen is not None
    assert chosen.quiet_hours == hours


async def _cut_off(rig: Rig, customer_id: str, at: datetime | None) -> None:
    query = "INSERT INTO notifier.bot_chats VALUES (4242, $1, $2, $3, NULL, $4)"
    await rig.pool.execute(query, SHOP, customer_id, MONDAY, at)


async def test_a_chat_that_was_cut_off_is_forgotten_with_whose_it_was(rig: Rig) -> None:
    await _cut_off(rig, "long-ago", MONDAY)
    await _cut_off(rig, "lately", NOW - timedelta(days=700))
    await _cut_off(rig, "still-theirs", None)
    await _cut_off(rig, "named", MONDAY)
    await _told(rig, "named")
    await rig.pool.execute("UPDATE notifier.people SET told_at = $1", NOW)
    await _cut_off(rig, "refused", MONDAY)
    await _told(rig, "refused", consents=(NO,))
    await _cut_off(rig, "ordered", MONDAY)
    query = "INSERT INTO notifier.order_keys (source, order_id, customer_id, at, keys, audience)"
    values = "VALUES ($1, 'A-1', 'ordered', $2, '{}', 'buyer')"
    await rig.pool.execute(f"{query} {values}", SHOP, NOW)
    await _left(rig)
    left = await rig.pool.fetch("SELECT customer_id FROM notifier.bot_chats")
    assert {row["customer_id"] for row in left} == {"lately", "still-theirs", "named", "ordered"}


async def test_the_context_of_a_trace_is_kept_as_long_as_the_words_of_its_message(
    rig: Rig,
) -> None:
    keep = KeepingSettings().words
    for name, before in ("old", keep + timedelta(days=1)), ("young", keep - timedelta(days=1)):
        await rig.pool.execute(
            "INSERT INTO notifier.traces VALUES ($1, 'a context', $2)", name, NOW - before
        )
    await _left(rig)
    left = await rig.pool.fetch("SELECT id FROM notifier.traces")
    assert [row["id"] for row in left] == ["young"]
