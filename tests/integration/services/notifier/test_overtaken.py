"""Old news is not told after newer news of the same thing, and newer news is never held to be older
than what takes over from an old message."""

from datetime import UTC, datetime, timedelta
from functools import partial

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.outbox import Outbox
from services.notifier import attempts, reporting
from services.notifier.attempts import State
from services.notifier.channels import PRIMARY, Became, PermanentError
from services.notifier.claims import CLAIM_DUE, Claims, Terms
from services.notifier.ledger import SCHEMA, Ledger
from services.notifier.overdue import Finding, MemoryReports
from services.notifier.settling import settle
from tests.integration.services.notifier.test_in_line import plan_of
from tests.integration.services.notifier.test_overdue import PHONE, sweeper
from tests.support.eventually import eventually
from tests.support.notifier import Rig, known, requested

EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""Ten in Kyiv."""
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BY_PHONE = Customer(id="c-1", phone="+380501234567")
CHAT = (Channel.TELEGRAM, "4242")


def _news(request_id: str, kind: Kind, at: datetime) -> Event[NotificationRequested]:
    return requested(request_id, kind=kind, at=at, customer=BY_PHONE, about="shipment:S1")


async def _is(rig: Rig, **states: State) -> bool:
    """These messages, by their requests, stand so; whatever became of others."""
    found = await rig.states()
    return all(found.get(f"{name}.0") == state for name, state in states.items())


async def test_newer_news_that_is_held_is_told_though_an_older_message_takes_another_channel(
    rig: Rig,
) -> None:
    rig.clock.set(EVENING - 2 * HOUR)
    rig.senders.telegram.hold()
    rig.senders.telegram.fail(PermanentError("403", Reason.REFUSED))
    async with rig.running():
        shipped = _news("r1", Kind.SHIPMENT_SHIPPED, EVENING - 3 * HOUR)
        await rig.emit(known(CHAT, at=EVENING - 2 * HOUR), shipped)
        await rig.until_called(rig.senders.telegram)
        rig.clock.set(EVENING)
        await rig.emit(_news("r2", Kind.SHIPMENT_DELAYED, EVENING))
        await eventually(partial(_is, rig, r1=State.SENDING, r2=State.PLANNED))
        rig.senders.telegram.release()
        await eventually(partial(_is, rig, r1=State.FAILED, r2=State.PLANNED))
        rig.clock.set(MORNING)
        await rig.is_due_now()
        await eventually(partial(_is, rig, r2=State.SENT))
    assert rig.senders.sms.sent == []


async def _unheard(rig: Rig) -> None:
    """The deadline of the first message's receipt is over, and its provider heard of none."""
    await reporting.note(rig.pool, [(PRIMARY, PHONE)])
    ref = await rig.pool.fetchval(
        "UPDATE notifier.notifications SET receipt_by = now() WHERE id = 'r1.0'"
        " RETURNING provider_ref"
    )
    async with rig.receiving(Ledger(rig.pool, Outbox(SCHEMA, rig.pool, rig.producer))):
        found = await sweeper(rig, MemoryReports({ref: Became("sent")})).look()
    assert found == {"r1.0": Finding.OVERDUE}


async def test_nothing_takes_over_where_newer_news_of_the_same_thing_was_sent(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.SHIPMENT_OUT_FOR_DELIVERY, about="shipment:S1"))
        await rig.until({"r1.0": State.SENT})
        await rig.emit(requested("r2", kind=Kind.SHIPMENT_DELAYED, about="shipment:S1"))
        await eventually(partial(_is, rig, r1=State.SENT, r2=State.SENT))
    await _unheard(rig)
    assert set(await rig.states()) == {"r1.0", "r2.0"}


async def test_newer_news_of_another_thing_keeps_nothing_from_taking_over(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.SHIPMENT_OUT_FOR_DELIVERY, about="shipment:S1"))
        await rig.until({"r1.0": State.SENT})
        await rig.emit(requested("r2", kind=Kind.SHIPMENT_DELAYED, about="shipment:S2"))
        await eventually(partial(_is, rig, r1=State.SENT, r2=State.SENT))
    await _unheard(rig)
    assert set(await rig.states()) == {"r1.0", "r1.0.1", "r2.0"}


async def test_what_takes_over_is_not_told_where_newer_news_came_before_its_turn(
    rig: Rig,
) -> None:
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.SHIPMENT_OUT_FOR_DELIVERY, about="shipment:S1"))
        await rig.until({"r1.0": State.SENT})
    await _unheard(rig)
    await rig.pool.execute(
        "UPDATE notifier.notifications SET due_at = now() + interval '1 hour' WHERE id = 'r1.0.1'"
    )
    async with rig.running():
        await rig.emit(requested("r2", kind=Kind.SHIPMENT_DELAYED, about="shipment:S1"))
        await eventually(partial(_is, rig, r1=State.SENT, r2=State.SENT))
        await rig.is_due_now()
        await rig.until({"r1.0": State.SENT, "r1.0.1": State.WITHDRAWN, "r2.0": State.SENT})
    assert rig.senders.email.sent == []


async def test_what_a_law_asks_for_takes_over_whatever_came_after_it(rig: Rig) -> None:
    rig.senders.email.hold()
    rig.senders.email.fail(PermanentError("550", Reason.REFUSED))
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.ORDER_CONFIRMED, about="order"))
        await rig.until_called(rig.senders.email)
        await rig.emit(requested("r2", kind=Kind.ORDER_CONFIRMED, about="order"))
        await eventually(partial(_is, rig, r1=State.SENDING, r2=State.PLANNED))
        rig.senders.email.release()
        await eventually(partial(_is, rig, r1=State.FAILED, r2=State.SENT))
        assert "r1.0.1" in await rig.states()


async def test_what_was_held_and_waits_for_its_turn_in_the_morning_is_still_overtaken(
    rig: Rig,
) -> None:
    rig.clock.set(EVENING)
    async with rig.running():
        await rig.emit(_news("r1", Kind.SHIPMENT_SHIPPED, EVENING - HOUR))
        await rig.until({"r1.0": State.PLANNED})
    rig.clock.set(MORNING)
    await rig.is_due_now()
    await _is_put_back(rig)
    async with rig.running():
        await rig.emit(_news("r2", Kind.SHIPMENT_DELAYED, MORNING))
        await rig.until({"r1.0": State.PLANNED, "r2.0": State.SENT})
        await rig.is_due_now()
        await rig.until({"r1.0": State.WITHDRAWN, "r2.0": State.SENT})


async def _is_put_back(rig: Rig) -> None:
    """A replica claims what is due, and its sender's pace lets it wait."""
    terms = Terms(
        channel=Channel.SMS, senders=(PRIMARY,), can_be_asked=True, now=MORNING, lease=60.0
    )
    [claimed] = (await Claims(rig.pool).claim(terms, 1)).claimed
    async with Ledger(rig.pool, Outbox(SCHEMA, rig.pool, rig.producer)).transaction() as writing:
        await settle(writing, [attempts.put_back(claimed, MORNING, wait=3600.0)])


MANY = (
    """
    INSERT INTO notifier.requests
           (id, source, order_id, customer_id, kind, request, expires_at, decided_at, decision,
            about)
    SELECT 'r' || n, 's', 'A-' || n % 2000, 'c-1', 'shipment.shipped', '', now(), now(), 'planned',
           'shipment S1'
    FROM generate_series(1, 6000) AS n
    """,
    """
    INSERT INTO notifier.notifications
           (id, request_id, route, channel, address, language, planned_at, state, changed_at,
            source, order_id, over_at, due_at, held_for)
    SELECT 'r' || n || '.0', 'r' || n, 0, 'email', 'a', 'uk', now(), 'planned', now(),
           's', 'A-' || n % 2000, 'infinity', now() - interval '1 hour', 'night'
    FROM generate_series(1, 6000) AS n
    """,
)


async def test_what_overtook_it_is_looked_up_though_the_planner_knows_nothing_of_the_tables(
    rig: Rig,
) -> None:
    for table in ("requests", "notifications"):
        await rig.pool.execute(f"ALTER TABLE notifier.{table} SET (autovacuum_enabled = false)")
    for statement in MANY:
        await rig.pool.execute(statement)
    async with rig.pool.acquire() as connection:
        terms = "'email', 200, 60, now(), true, false, '{}', false, 1"
        claiming = await plan_of(connection, CLAIM_DUE, terms)
    for alias in ("requests news", "notifications newer", "notifications own"):
        assert alias in claiming
        assert f"Seq Scan on {alias}" not in claiming
    assert "notifications_numbered" not in claiming
