"""What keeps a message from being said twice while processes are slow, and two writers meet."""

import asyncio
import contextlib
from datetime import timedelta
from functools import partial

import pytest
from prometheus_client import CollectorRegistry

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested
from headsup.outbox import Outbox
from services.notifier.attempts import State
from services.notifier.channels import PRIMARY, UnknownOutcomeError
from services.notifier.claims import Claims, Terms
from services.notifier.decide import Known, Policy, decide
from services.notifier.erased_words import ErasedWords
from services.notifier.fallback import Fallen, take_over
from services.notifier.ledger import SCHEMA, Ledger
from services.notifier.metrics import SendingMetrics
from services.notifier.people import Person
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested, told

BY_SMS = Kind.SHIPMENT_SHIPPED
SLOW = """
    CREATE FUNCTION notifier.slow() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE UPDATE ON notifier.notifications
    FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION notifier.slow();
"""


@pytest.mark.parametrize(
    "when",
    ["NEW.attempt > OLD.attempt", "OLD.words IS NULL AND NEW.words IS NOT NULL"],
    ids=["the claim", "writing the words"],
)
async def test_no_call_begins_when_the_database_took_so_long_that_the_lease_may_run_out_in_it(
    rig: Rig, when: str
) -> None:
    rig.has_patience(lease=0.9, send=0.3)
    await rig.pool.execute(SLOW.format(when=when))
    async with rig.running():
        await rig.emit(requested("r1", kind=BY_SMS))
        await eventually(partial(_was_claimed, rig, 2))
        assert rig.senders.sms.sent == []
        await rig.pool.execute("DROP FUNCTION notifier.slow CASCADE")
        await rig.until({"r1.0": State.SENT})
    assert len(rig.senders.sms.sent) == 1


async def _was_claimed(rig: Rig, times: int) -> bool:
    attempt = await rig.pool.fetchval("SELECT attempt FROM notifier.notifications")
    return attempt is not None and attempt >= times


async def test_what_turned_out_to_be_sent_goes_to_nobody_again_though_its_new_owner_died(
    rig: Rig,
) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENDING})
        await rig.pool.execute("UPDATE notifier.notifications SET attempt = attempt + 1")
        rig.senders.email.release()
        await eventually(partial(rig.shows, "late_results_total", 1))
        await rig.lease_runs_out()
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "sent", None)]
    assert len(rig.senders.email.sent) == 1


async def test_doubt_begins_with_the_call_and_not_with_the_claim(rig: Rig) -> None:
    await _enter(rig, requested("r1", kind=BY_SMS))
    claims = Claims(rig.pool)
    terms = Terms(
        channel=Channel.SMS, senders=(PRIMARY,), can_be_asked=True, now=MONDAY, lease=60.0
    )
    [claimed] = (await claims.claim(terms, 1)).claimed
    await rig.pool.execute(
        "UPDATE notifier.notifications SET tried_at = tried_at - interval '1 minute'"
    )
    assert await claims.keep_words(claimed, "words")
    age = await rig.pool.fetchval("SELECT now() - tried_at FROM notifier.notifications")
    assert age < timedelta(seconds=30)


async def test_what_is_at_rest_keeps_no_words(rig: Rig) -> None:
    rig.senders.telegram.fail(UnknownOutcomeError("timeout"))
    async with rig.running():
        await rig.emit(known((Channel.TELEGRAM, "4242")))
        await eventually(rig.knows_somebody)
        await rig.emit(requested("r1", kind=BY_SMS))
        await rig.until({"r1.0": State.UNKNOWN})
    assert await rig.pool.fetchval("SELECT words FROM notifier.notifications") is None


async def test_two_routes_that_fall_at_once_do_not_both_take_the_last_channel(rig: Rig) -> None:
    event = requested("r1", kind=Kind.ORDER_CANCELLED)
    person = Person(entry=known((Channel.TELEGRAM, "4242")).data)
    ledger, policy = await _enter(rig, event, person)
    meeting, metrics = asyncio.Barrier(2), SendingMetrics(CollectorRegistry())

    async def falls(route: int, channel: Channel) -> int:
        fallen = Fallen(
            notification_id=f"r1.{route}",
            source=event.source,
            request_id="r1",
            route=route,
            channel=channel,
            language="uk-UA",
            request=event.data,
            person=person,
            at=MONDAY,
        )
        async with ledger.transaction() as transaction:
            added = await take_over(
                transaction, [fallen], policy, metrics, rig.clock.seconds_until, ErasedWords()
            )
            with contextlib.suppress(TimeoutError):  # one that waits for the other cannot come
                async with asyncio.timeout(0.5):
                    await meeting.wait()
        return len(added)

    added = await asyncio.gather(falls(0, Channel.EMAIL), falls(1, Channel.TELEGRAM))
    assert sorted(added) == [0, 1]


async def _enter(
    rig: Rig, event: Event[NotificationRequested], person: Person | None = None
) -> tuple[Ledger, Policy]:
    """Plans a request, and nobody sends it."""
    ledger = Ledger(rig.pool, Outbox(SCHEMA, rig.pool, rig.producer))
    policy = Policy(rig.settings.shops, rig.settings.voices.common.languages)
    people = {(event.source, "c-1"): person} if person else {}
    async with ledger.transaction() as transaction:
        await transaction.enter([decide(event, Known(people, frozenset()), policy, MONDAY)])
    return ledger, policy
