"""From a request on Kafka to a message at a sender, and to the outcome on Kafka."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus, Reason
from headsup.contracts.shop import Consent
from headsup.kafka.producer import MemoryPublisher, PublishError
from services.notifier.attempts import State
from services.notifier.channels import (
    BadConfigurationError,
    PermanentError,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.shops import ShopProfile
from services.notifier.trace import trace
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested, withdrawn
from tests.support.reading import TopicReader

CHAT = (Channel.TELEGRAM, "4242")


def _told(outcomes: list[NotificationOutcome]) -> list[tuple[str | None, str, str | None]]:
    return [(o.notification_id, o.status.value, o.reason) for o in outcomes]


async def test_a_request_becomes_a_message_and_an_outcome(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1"))
        [outcome] = await rig.outcomes(1)
    [mail] = rig.senders.email.sent
    assert mail.to == "oksana@mail.example"
    assert outcome.request_id == "r1"
    assert outcome.notification_id == "r1.0"
    assert outcome.status is OutcomeStatus.SENT
    assert outcome.channel is Channel.EMAIL
    assert outcome.language == "uk"
    assert outcome.provider_ref == "memory-1"
    assert await rig.states() == {"r1.0": "sent"}


async def test_a_kind_with_two_routes_is_sent_by_two_channels(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(known(CHAT, language="en"))
        await eventually(lambda: _people(rig))
        await rig.emit(requested("r1", kind=Kind.ORDER_CANCELLED))
        await rig.until({"r1.0": State.SENT, "r1.1": State.SENT})
    assert len(rig.senders.email.sent) == 1
    [telegram] = rig.senders.telegram.sent
    assert telegram.chat_id == 4242
    assert rig.senders.sms.sent == []


async def test_the_same_request_twice_is_said_once(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1"), requested("r1"))
        await rig.outcomes(1)
        await rig.emit(requested("r1"), requested("r2"))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
    assert len(rig.senders.email.sent) == 2


async def test_of_the_same_request_twice_the_same_is_told_once(rig: Rig) -> None:
    unreachable = requested("r1", customer=Customer(id="c-1"))
    async with rig.running():
        await rig.emit(unreachable)
        await rig.outcomes(1)
        await rig.emit(unreachable, requested("r2"))
        outcomes = await rig.outcomes(2)
    assert [(o.request_id, o.status.value) for o in outcomes] == [
        ("r1", "suppressed"),
        ("r2", "sent"),
    ]


async def test_a_refused_record_is_set_aside_and_the_rest_goes_on(rig: Rig) -> None:
    async with rig.running():
        await rig.publish("notifications.requested", b"{")
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENT})
        topic = rig.prefix + "notifications.requested.dlq"
        async with TopicReader(rig.settings.common.kafka_bootstrap_servers, topic) as reader:
            [dead] = await reader.at_least(1)
    headers = dict(dead.headers)
    assert dead.value == b"{"
    assert headers["dlq-reason"] == b"not_json"
    assert headers["dlq-service"] == b"notifier"


async def test_an_event_on_the_wrong_topic_is_set_aside(rig: Rig) -> None:
    record = rig.record(requested("r1"), topic="shop.customers")
    async with rig.running():
        await rig.producer.publish([record])
        topic = rig.prefix + "shop.customers.dlq"
        async with TopicReader(rig.settings.common.kafka_bootstrap_servers, topic) as reader:
            [dead] = await reader.at_least(1)
    assert dict(dead.headers)["dlq-reason"] == b"wrong_topic"
    assert await rig.states() == {}


async def test_a_customer_who_cannot_be_reached_is_an_outcome_with_its_reason(rig: Rig) -> None:
    nobody = Customer(id="c-1")
    async with rig.running():
        await rig.emit(requested("r1", customer=nobody))
        [outcome] = await rig.outcomes(1)
    assert outcome.status is OutcomeStatus.SUPPRESSED
    assert outcome.reason is Reason.NO_ADDRESS
    assert outcome.notification_id is None


async def test_what_is_withdrawn_before_it_is_sent_is_not_sent(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(lambda: _retried(rig))
        await rig.emit(withdrawn("r1"))
        [outcome] = await rig.outcomes(1)
    assert _told([outcome]) == [("r1.0", "withdrawn", "superseded")]
    assert rig.senders.email.sent == []


async def _retried(rig: Rig) -> bool:
    return bool(await rig.pool.fetchval("SELECT bool_or(retries > 0) FROM notifier.notifications"))


async def test_a_withdrawal_that_comes_before_its_request_is_remembered(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(withdrawn("r1"), requested("r2"))
        await rig.until({"r2.0": State.SENT})
        await rig.emit(requested("r1"))
        outcomes = await rig.outcomes(2)
    assert _told(outcomes) == [("r2.0", "sent", None), (None, "withdrawn", "superseded")]
    assert len(rig.senders.email.sent) == 1


async def test_a_withdrawal_that_comes_while_another_attempt_waits_stops_it(rig: Rig) -> None:
    """The sending one cannot be taken back; its next attempt can."""
    rig.senders.email.hold()
    rig.senders.email.fail(TransientError("451", retry_after=0.0))
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENDING})
        await rig.emit(withdrawn("r1"))
        await eventually(lambda: _is_remembered(rig))
        rig.senders.email.release()
        await rig.until({"r1.0": State.WITHDRAWN})
    assert rig.senders.email.sent == []


async def _is_remembered(rig: Rig) -> bool:
    return bool(await rig.pool.fetchval("SELECT count(*) FROM notifier.withdrawals"))


async def test_a_message_that_fails_for_now_is_sent_later(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=0.05), times=2)
    async with rig.running():
        await rig.emit(requested("r1"))
        outcomes = await rig.outcomes(1)
    assert _told(outcomes) == [("r1.0", "sent", None)]
    assert await rig.pool.fetchval("SELECT attempt FROM notifier.notifications") == 3


async def test_a_message_that_fails_for_good_goes_by_the_next_channel(rig: Rig) -> None:
    rig.senders.email.fail(PermanentError("550 5.1.1", address_is_bad=True))
    async with rig.running():
        await rig.emit(requested("r1"))
        outcomes = await rig.outcomes(2)
        await rig.emit(requested("r2"))
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT, "r2.0": State.SENT})
    assert _told(outcomes) == [("r1.0", "failed", "refused"), ("r1.0.1", "sent", None)]
    assert [sms.to for sms in rig.senders.sms.sent] == ["+380501234567"] * 2, (
        "the bad address is not tried again for the next request"
    )


async def test_a_fallback_never_takes_the_channel_of_another_route(rig: Rig) -> None:
    rig.senders.email.fail(PermanentError("550"))
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.ORDER_CANCELLED))
        await rig.until({"r1.0": State.FAILED, "r1.1": State.SENT})
    assert len(rig.senders.sms.sent) == 1


@pytest.mark.parametrize(
    ("kind", "states", "mails", "texts"),
    [
        (Kind.ORDER_RECEIVED, {"r1.0": State.SENT}, 2, 0),
        (Kind.ORDER_CANCELLED, {"r1.0": State.SENT, "r1.1": State.UNKNOWN}, 2, 1),
    ],
)
async def test_without_an_answer_mail_goes_again_and_nothing_else_does(
    rig: Rig, kind: Kind, states: dict[str, str], mails: int, texts: int
) -> None:
    rig.senders.email.fail(UnknownOutcomeError("timeout"), accepted=True)
    rig.senders.sms.fail(UnknownOutcomeError("timeout"), accepted=True)
    async with rig.running():
        await rig.emit(requested("r1", kind=kind))
        await rig.until(states)
    assert len(rig.senders.email.sent) == mails
    assert len(rig.senders.sms.sent) == texts
    assert len({(mail.notification_id, mail.date) for mail in rig.senders.email.sent}) == 1, (
        "every attempt is the same mail"
    )


async def test_consent_withdrawn_while_a_message_waits_stops_it(rig: Rig) -> None:
    no = Consent(
        channel=Channel.EMAIL,
        message_class=MessageClass.TRANSACTIONAL,
        granted=False,
        at=MONDAY,
        source="page",
    )
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(lambda: _retried(rig))
        await rig.emit(known(consents=[no]))
        await eventually(lambda: _people(rig))
        await rig.pool.execute("UPDATE notifier.notifications SET due_at = now()")
        outcomes = await rig.outcomes(1)
    assert _told(outcomes) == [("r1.0", "suppressed", "opted_out")]


async def test_news_that_grows_old_while_it_waits_is_not_sent(rig: Rig) -> None:
    rig.senders.email.fail(BadConfigurationError("535"))
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.PLANNED})
    rig.clock.move(timedelta(days=3))
    await rig.pool.execute("UPDATE notifier.notifications SET due_at = now()")
    async with rig.running():
        outcomes = await rig.outcomes(1)
    assert _told(outcomes) == [("r1.0", "expired", "stale")]
    assert rig.senders.email.sent == []


async def test_a_wrong_account_rests_the_channel_and_costs_no_message(rig: Rig) -> None:
    rig.senders.email.fail(BadConfigurationError("535"))
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(lambda: _is_paused(rig))
        await rig.emit(requested("r2", kind=Kind.SHIPMENT_SHIPPED))
        await rig.until({"r1.0": State.PLANNED, "r2.0": State.SENT})
    assert await rig.pool.fetchval("SELECT max(retries) FROM notifier.notifications") == 0
    assert len(rig.senders.sms.sent) == 1, "the other channels go on"


async def _is_paused(rig: Rig) -> bool:
    labels = {"channel": "email"}
    return rig.registry.get_sample_value("headsup_notifier_channel_paused", labels) == 1


async def test_the_newest_word_about_a_customer_wins_whatever_the_order(rig: Rig) -> None:
    later = known((Channel.EMAIL, "new@mail.example"), at=MONDAY + timedelta(hours=1))
    earlier = known((Channel.EMAIL, "old@mail.example"))
    nameless = Customer(id="c-1")
    async with rig.running():
        await rig.emit(later)
        await eventually(lambda: _people(rig))
        await rig.emit(earlier)
        await rig.emit(requested("r1", customer=nameless))
        await rig.until({"r1.0": State.SENT})
    assert [mail.to for mail in rig.senders.email.sent] == ["new@mail.example"]


async def _people(rig: Rig) -> bool:
    return bool(await rig.pool.fetchval("SELECT count(*) FROM notifier.people"))


async def test_whoever_comes_after_a_killed_one_takes_over_what_it_held(rig: Rig) -> None:
    rig.senders.email.hold()
    rig.senders.sms.hold()
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.ORDER_CANCELLED))
        await rig.until({"r1.0": State.SENDING, "r1.1": State.SENDING})
        rig.senders.email.release()
        rig.senders.sms.release()
    await _as_if_killed(rig)
    async with rig.running():
        await rig.until({"r1.0": State.SENT, "r1.1": State.UNKNOWN})
    assert len(rig.senders.email.sent) == 2
    assert len(rig.senders.sms.sent) == 1


async def _as_if_killed(rig: Rig) -> None:
    """The rows as a process leaves them that dies in the middle of a call, the lease over."""
    await rig.pool.execute(
        "UPDATE notifier.notifications SET state = 'sending', provider_ref = NULL, due_at = now()"
    )


async def test_a_result_under_an_older_number_changes_nothing(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENDING})
        await rig.pool.execute(
            "UPDATE notifier.notifications SET attempt = attempt + 1, due_at = now() + '1 hour'"
        )
        rig.senders.email.release()
        await eventually(lambda: _came_late(rig))
    assert await rig.states() == {"r1.0": State.SENDING}


async def _came_late(rig: Rig) -> bool:
    return rig.registry.get_sample_value("headsup_notifier_late_results_total") == 1


async def test_a_slow_provider_holds_up_nobody_else(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.ORDER_CANCELLED))
        await rig.until({"r1.0": State.SENDING, "r1.1": State.SENT})
        rig.senders.email.release()
        await rig.until({"r1.0": State.SENT, "r1.1": State.SENT})


async def test_the_end_waits_for_what_is_under_way(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENDING})
        asyncio.get_running_loop().call_later(0.2, rig.senders.email.release)
    assert await rig.states() == {"r1.0": State.SENT}
    assert _told(await rig.outcomes(1)) == [("r1.0", "sent", None)]


async def test_a_mail_that_is_still_under_way_at_the_end_is_sent_by_the_next(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENDING})
    assert await rig.states() == {"r1.0": State.PLANNED}


async def test_outcomes_that_kafka_did_not_take_are_published_by_the_sweep(rig: Rig) -> None:
    publisher = MemoryPublisher()
    publisher.failure = PublishError()
    async with rig.running(publisher):
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENT})
    assert publisher.published == []
    await rig.pool.execute("UPDATE notifier.outbox SET created_at = now() - interval '1 minute'")
    async with rig.running():
        outcomes = await rig.outcomes(1)
    assert _told(outcomes) == [("r1.0", "sent", None)]


async def test_the_trace_tells_the_story_and_masks_the_addresses(rig: Rig) -> None:
    rig.senders.email.fail(PermanentError("550 5.1.1"))
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
    async with rig.pool.acquire() as connection:
        entries = await trace(connection, "A-1")
    assert [entry.heading for entry in entries] == [
        "order.received",
        "order.received by email: failed",
        "order.received by sms: sent",
    ]
    assert entries[1].detail["to"] == "o***@mail.example"
    assert entries[1].detail["reason"] == "refused"
    assert entries[1].detail["code"] == "550 5.1.1"
    assert entries[2].detail["to"] == "+380******567"
    assert entries[2].detail["provider ref"] == "memory-1"


async def test_a_request_on_which_our_own_code_fails_is_set_aside_and_the_rest_goes_on(
    rig: Rig,
) -> None:
    rig.settings = replace(rig.settings, shops=_Failing(rig.settings.shops))
    elsewhere = envelope.make(_FAILS, "r1", MONDAY, requested("r1").data)
    async with rig.running():
        await rig.emit(elsewhere, requested("r2"))
        await rig.until({"r2.0": State.SENT})
        topic = rig.prefix + "notifications.requested.dlq"
        async with TopicReader(rig.settings.common.kafka_bootstrap_servers, topic) as reader:
            [dead] = await reader.at_least(1)
    assert dict(dead.headers)["dlq-problem"] == b"could not be planned"


_FAILS = "https://fails.example"


class _Failing(dict[str, ShopProfile]):
    """Shops of which one cannot even be looked up; it stands for any bug of ours."""

    def get(self, source: str, default: Any = None) -> Any:
        if source == _FAILS:
            raise ZeroDivisionError
        return super().get(source, default)
