"""Calls that end without an answer, and processes that die in the middle of one."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.channels import MemorySender, TransientError, UnknownOutcomeError
from services.notifier.render import Draft, Renderer
from services.notifier.render.layout import load_layouts
from services.notifier.render.texts import LanguageTexts
from services.notifier.rendered import Rendered, RenderedSms
from services.notifier.trace import trace
from services.notifier.voices import Voices
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested, told, withdrawn

BY_SMS = Kind.SHIPMENT_SHIPPED
CHAT = (Channel.TELEGRAM, "4242")
SILENCE = UnknownOutcomeError("timeout")


class Hanging(MemorySender[Any]):
    """A provider that takes a message and never answers, until it is awake."""

    def __init__(self, channel: Channel) -> None:
        super().__init__(channel, can_be_asked=channel is Channel.SMS)
        self.is_awake = False

    async def send(self, message: Any) -> str:
        name = await super().send(message)
        if not self.is_awake:
            await asyncio.Event().wait()
        return name


@pytest.mark.parametrize("was_accepted", [True, False])
async def test_an_sms_without_an_answer_is_sent_once_and_recorded_as_sent(
    rig: Rig, was_accepted: bool
) -> None:
    rig.senders.sms.fail(SILENCE, accepted=was_accepted)
    async with rig.running():
        await rig.emit(requested("r1", kind=BY_SMS))
        [outcome] = await rig.outcomes(1)
    assert (outcome.status, outcome.provider_ref) == (State.SENT.value, "memory-1")
    assert len(rig.senders.sms.sent) == 1


@pytest.mark.parametrize("was_accepted", [True, False])
async def test_an_sms_that_a_killed_process_was_sending_is_sent_once_and_recorded_as_sent(
    rig: Rig, was_accepted: bool
) -> None:
    if was_accepted:
        rig.senders.sms = hanging = Hanging(Channel.SMS)
    rig.senders.sms.hold()
    async with rig.killed():
        await rig.emit(requested("r1", kind=BY_SMS))
        await rig.until_called(rig.senders.sms)
        if was_accepted:
            rig.senders.sms.release()
            await eventually(partial(_took, rig.senders.sms, 1))
            hanging.is_awake = True
    rig.senders.sms.release()
    await rig.lease_runs_out()
    async with rig.running():
        [outcome] = await rig.outcomes(1)
    assert (outcome.status, outcome.provider_ref) == (State.SENT.value, "memory-1")
    assert len(rig.senders.sms.sent) == 1


class Reworded(Renderer):
    """Our texts after somebody changed them."""

    def render(self, draft: Draft) -> Rendered:
        message = super().render(draft)
        assert isinstance(message, RenderedSms)
        return replace(message, text=f"New: {message.text}")


async def test_an_sms_is_asked_about_as_it_was_sent_though_our_texts_have_changed_since(
    rig: Rig, texts: Mapping[str, LanguageTexts]
) -> None:
    rig.senders.sms = hanging = Hanging(Channel.SMS)
    async with rig.killed():
        await rig.emit(requested("r1", kind=BY_SMS))
        await eventually(partial(_took, rig.senders.sms, 1))
    hanging.is_awake = True
    rig.settings = replace(rig.settings, voices=Voices(Reworded(texts, load_layouts())))
    await rig.lease_runs_out()
    async with rig.running():
        await rig.until({"r1.0": State.SENT})
    assert len(rig.senders.sms.sent) == 1


async def test_what_a_killed_process_had_not_begun_to_send_is_in_no_doubt(rig: Rig) -> None:
    await rig.pool.execute(STUCK)
    async with rig.killed():
        await rig.emit(known(CHAT))
        await eventually(rig.knows_somebody)
        await rig.emit(requested("r1", kind=BY_SMS))
        await rig.until({"r1.0": State.SENDING})
    await rig.pool.execute("DROP FUNCTION notifier.stuck CASCADE")
    await rig.lease_runs_out()
    async with rig.running():
        await rig.until({"r1.0": State.SENT})
    assert len(rig.senders.telegram.sent) == 1


STUCK = """
    CREATE FUNCTION notifier.stuck() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE disk_full; END $$;
    CREATE TRIGGER stuck BEFORE UPDATE ON notifier.notifications
    FOR EACH ROW WHEN (OLD.state = 'sending') EXECUTE FUNCTION notifier.stuck();
"""
"""Whoever claimed a message cannot write what it is going to say."""


async def _took(sender: MemorySender[Any], count: int) -> bool:
    return len(sender.sent) >= count


async def test_a_provider_that_cannot_be_asked_is_asked_later(rig: Rig) -> None:
    rig.senders.sms.fail(SILENCE, accepted=True)
    rig.senders.sms.refuse_answers(TransientError("503", retry_after=0.05), times=3)
    async with rig.running():
        await rig.emit(requested("r1", kind=BY_SMS))
        await rig.until({"r1.0": State.SENT})
        await eventually(partial(rig.shows, "asked_total", 1, channel="sms", answer="found"))
    assert await rig.shows("asked_total", 3, channel="sms", answer="none")
    assert len(rig.senders.sms.sent) == 1


async def test_an_sms_that_is_withdrawn_while_it_is_in_doubt_is_withdrawn_when_it_was_not_sent(
    rig: Rig,
) -> None:
    rig.senders.sms.fail(SILENCE)
    rig.senders.sms.refuse_answers(TransientError("503", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1", kind=BY_SMS))
        await eventually(rig.has_retried)
        await rig.has_failed(2)
        await rig.emit(withdrawn("r1"))
        await eventually(rig.remembers_a_withdrawal)
        await rig.is_due_now()
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "withdrawn", "superseded")]
    assert rig.senders.sms.sent == []


async def test_an_sms_that_was_sent_is_recorded_as_sent_though_its_news_is_old_by_now(
    rig: Rig,
) -> None:
    rig.senders.sms.fail(SILENCE, accepted=True)
    rig.senders.sms.refuse_answers(TransientError("503", retry_after=3600.0))
    async with rig.running():
        await rig.emit(requested("r1", kind=BY_SMS))
        await rig.has_failed(2)
        rig.clock.move(timedelta(days=9))
        await rig.is_due_now()
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "sent", None)]


async def test_an_sms_that_nobody_could_be_asked_about_for_a_day_is_unknown_when_its_news_is_old(
    rig: Rig,
) -> None:
    rig.senders.sms.fail(SILENCE)
    rig.senders.sms.refuse_answers(TransientError("503", retry_after=3600.0), times=9)
    async with rig.running():
        await rig.emit(requested("r1", kind=BY_SMS))
        await rig.has_failed(2)
        rig.clock.move(timedelta(days=9))
        await rig.pool.execute(
            "UPDATE notifier.notifications SET tried_at = tried_at - interval '1 day'"
        )
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "unknown", "no_answer")]


async def test_an_sms_of_another_notification_is_not_taken_for_this_one(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1", kind=BY_SMS))
        await rig.until({"r1.0": State.SENT})
        rig.senders.sms.fail(SILENCE)
        await rig.emit(requested("r2", kind=BY_SMS))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
    assert len(rig.senders.sms.sent) == 2


async def test_a_mail_in_doubt_is_the_same_mail_though_time_has_passed(rig: Rig) -> None:
    rig.senders.email.fail(SILENCE, accepted=True)
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(rig.has_retried)
        rig.clock.move(timedelta(hours=20))
        await rig.is_due_now()
        await rig.until({"r1.0": State.SENT})
    first, second = rig.senders.email.sent
    assert first == second


@pytest.mark.parametrize(
    ("kind", "state", "copies"),
    [(Kind.SHIPMENT_SHIPPED, State.UNKNOWN, 1), (Kind.SHIPMENT_OUT_FOR_DELIVERY, State.SENT, 2)],
    ids=["is left unknown", "goes again when missing it would cost something"],
)
async def test_a_telegram_message_in_doubt(rig: Rig, kind: Kind, state: State, copies: int) -> None:
    rig.senders.telegram.fail(SILENCE, accepted=True)
    async with rig.running():
        await rig.emit(known(CHAT))
        await eventually(rig.knows_somebody)
        await rig.emit(requested("r1", kind=kind))
        await rig.until({"r1.0": state})
    assert len(rig.senders.telegram.sent) == copies


async def test_a_result_that_comes_late_and_says_sent_ends_the_doubt(rig: Rig) -> None:
    rig.senders.email = hanging = Hanging(Channel.EMAIL)
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until_called(rig.senders.email)
        hanging.is_awake = True
        await rig.pool.execute(
            "UPDATE notifier.notifications SET attempt = attempt + 1, state = 'planned',"
            " reason = 'no_answer', due_at = now() + '1 hour'"
        )
        rig.senders.email.release()
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "sent", None)]
    assert await _evidence(rig) == [(1, "primary", "sent", None, False)]


async def test_a_result_that_comes_late_counts_when_the_one_who_took_over_has_no_better_one(
    rig: Rig,
) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until_called(rig.senders.email)
        await rig.pool.execute("UPDATE notifier.notifications SET attempt = attempt + 1")
        rig.senders.email.release()
        await eventually(partial(rig.shows, "late_results_total", 1))
        rig.senders.email.fail(TransientError("451"))
        await rig.lease_runs_out()
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "sent", None)]
    assert len(rig.senders.email.sent) == 1


async def _evidence(rig: Rig) -> list[tuple[Any, ...]]:
    rows = await rig.pool.fetch(
        "SELECT attempt, sender, state, reason, counted FROM notifier.attempts"
        " ORDER BY attempt, ended_at"
    )
    return [tuple(row) for row in rows]


async def test_the_trace_shows_every_attempt(rig: Rig) -> None:
    rig.senders.sms.fail(UnknownOutcomeError("timeout"))
    async with rig.running():
        await rig.emit(requested("r1", kind=BY_SMS, at=MONDAY))
        await rig.until({"r1.0": State.SENT})
    async with rig.pool.acquire() as connection:
        message = (await trace(connection, "A-1"))[-1]
    lines = [
        value.partition(": ")[2] for name, value in message.detail.items() if "attempt" in name
    ]
    assert lines == ["planned, no_answer, timeout", "planned, not found", "sent"]
