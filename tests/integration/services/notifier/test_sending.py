"""What goes out: attempts, their errors, other channels, and the last look at the truth."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.shop import Consent
from services.notifier.attempts import State
from services.notifier.channels import (
    BadConfigurationError,
    PermanentError,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.render import Draft, Renderer
from services.notifier.render.layout import load_layouts
from services.notifier.render.texts import LanguageTexts
from services.notifier.rendered import Rendered
from services.notifier.rest import BROKEN_IN_A_ROW
from services.notifier.trace import trace
from services.notifier.voices import Voices
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested, told


async def test_a_message_that_fails_for_now_is_sent_later(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=0.05), times=2)
    async with rig.running():
        await rig.emit(requested("r1"))
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "sent", None)]
    assert await rig.pool.fetchval("SELECT attempt FROM notifier.notifications") == 3


async def test_a_message_that_fails_for_good_goes_by_the_next_channel(rig: Rig) -> None:
    rig.senders.email.fail(PermanentError("550 5.1.1", address_is_bad=True))
    async with rig.running():
        await rig.emit(requested("r1"))
        outcomes = await rig.outcomes(2)
        await rig.emit(requested("r2"))
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT, "r2.0": State.SENT})
    assert told(outcomes) == [("r1.0", "failed", "refused"), ("r1.0.1", "sent", None)]
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
        (Kind.ORDER_CANCELLED, {"r1.0": State.SENT, "r1.1": State.SENT}, 2, 1),
    ],
)
async def test_without_an_answer_mail_goes_again_and_nothing_else_does(
    rig: Rig, kind: Kind, states: dict[str, str], mails: int, texts: int
) -> None:
    rig.senders.email.fail(UnknownOutcomeError("timeout"), accepted=True)
    rig.senders.sms.fail(UnknownOutcomeError("timeout"), accepted=True)
    async with rig.running():
        await rig.emit(requested("r1", kind=kind))
        await eventually(rig.has_retried)
        rig.clock.move(timedelta(minutes=1))
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
        await eventually(rig.has_retried)
        await rig.emit(known(consents=[no]))
        await eventually(rig.knows_somebody)
        await rig.pool.execute("UPDATE notifier.notifications SET due_at = now()")
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "suppressed", "opted_out")]


async def test_news_that_grows_old_while_our_account_is_wrong_fails_for_that_reason(
    rig: Rig,
) -> None:
    rig.senders.email.fail(BadConfigurationError("535"))
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(partial(rig.shows, "channel_paused", 1, channel="email"))
    rig.clock.move(timedelta(days=3))
    await rig.pool.execute("UPDATE notifier.notifications SET due_at = now()")
    async with rig.running():
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "failed", "bad_configuration")]
    assert rig.senders.email.sent == []


async def test_a_provider_that_is_busy_for_longer_than_the_news_lives_is_left_for_the_next_channel(
    rig: Rig,
) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=7 * 86400.0))
    async with rig.running():
        await rig.emit(requested("r1"))
        outcomes = await rig.outcomes(2)
    assert told(outcomes) == [("r1.0", "failed", "gave_up"), ("r1.0.1", "sent", None)]


async def test_a_wrong_account_rests_the_channel_and_costs_no_message(rig: Rig) -> None:
    rig.senders.email.fail(BadConfigurationError("535"))
    async with rig.running():
        await rig.emit(requested("r1"))
        await eventually(partial(rig.shows, "channel_paused", 1, channel="email"))
        await rig.emit(requested("r2", kind=Kind.SHIPMENT_SHIPPED))
        await rig.until({"r1.0": State.PLANNED, "r2.0": State.SENT})
    assert await rig.pool.fetchval("SELECT max(retries) FROM notifier.notifications") == 0
    assert len(rig.senders.sms.sent) == 1, "the other channels go on"


class Breaking(Renderer):
    """A renderer that breaks on every request, or on some."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.breaks_on: Callable[[str], bool] = lambda _: True

    def render(self, draft: Draft) -> Rendered:
        if self.breaks_on(draft.notification_id):
            raise ZeroDivisionError
        return super().render(draft)


async def test_a_broken_renderer_stops_the_line_and_costs_no_message(
    rig: Rig, texts: Mapping[str, LanguageTexts]
) -> None:
    renderer = Breaking(texts, load_layouts())
    rig.settings = replace(rig.settings, voices=Voices(renderer))
    names = [f"r{n}" for n in range(BROKEN_IN_A_ROW + 5)]
    async with rig.running():
        await rig.emit(*(requested(name, order_id=name) for name in names))
        await eventually(partial(rig.shows, "channel_paused", 1, channel="email"))
        assert "email texts: no message can be written" in rig.health.not_ready()
        await rig.until({f"{name}.0": State.PLANNED for name in sorted(names)})
    renderer.breaks_on = lambda _: False
    await rig.pool.execute("UPDATE notifier.notifications SET due_at = now()")
    async with rig.running():
        await rig.until({f"{name}.0": State.SENT for name in sorted(names)})
    assert not any("texts" in lack for lack in rig.health.not_ready())


async def test_a_request_that_breaks_the_renderer_holds_up_nobody_else(
    rig: Rig, texts: Mapping[str, LanguageTexts]
) -> None:
    renderer = Breaking(texts, load_layouts())
    rig.settings = replace(rig.settings, voices=Voices(renderer))
    renderer.breaks_on = lambda name: name == "r1.0"
    async with rig.running():
        await rig.emit(requested("r1"), requested("r2", order_id="A-2"))
        await eventually(rig.has_retried)
        await rig.until({"r1.0": State.PLANNED, "r2.0": State.SENT})
        assert not any("texts" in lack for lack in rig.health.not_ready())
    rig.clock.move(timedelta(days=3))
    await rig.pool.execute("UPDATE notifier.notifications SET due_at = now() WHERE id = 'r1.0'")
    async with rig.running():
        outcomes = await rig.outcomes(2)
    assert told(outcomes)[-1] == ("r1.0", "failed", "cannot_render")


RETRIED = {
    "channel": "email",
    "kind": "order.received",
    "sender": "primary",
    "state": State.PLANNED.value,
    "reason": "gave_up",
}


@pytest.mark.parametrize(
    ("spoil", "also_told"),
    [
        ("UPDATE notifier.requests SET request = '{' WHERE id = 'r1'", True),
        ("UPDATE notifier.notifications SET reason = 'vanished' WHERE id = 'r1.0'", True),
        (
            "UPDATE notifier.requests SET request = '{', kind = 'order.vanished' WHERE id = 'r1'",
            False,
        ),
    ],
    ids=["its request is cut off", "a word of it is unknown", "its kind is unknown"],
)
async def test_a_row_that_nobody_can_read_is_set_aside_and_the_rest_goes_on(
    rig: Rig, spoil: str, also_told: bool
) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=3600.0), times=2)
    async with rig.running():
        await rig.emit(requested("r1"), requested("r2", order_id="A-2"))
        await eventually(partial(rig.shows, "attempts_total", 2, **RETRIED))
    await rig.pool.execute(spoil)
    await rig.pool.execute("UPDATE notifier.notifications SET due_at = now()")
    async with rig.running():
        await rig.until({"r1.0": State.SUPPRESSED, "r2.0": State.SENT})
        outcomes = await rig.outcomes(2 if also_told else 1)
        await eventually(partial(rig.shows, "unreadable_total", 1))
    unread = [("r1.0", "suppressed", "cannot_render")] if also_told else []
    assert sorted(told(outcomes)) == [*unread, ("r2.0", "sent", None)]


async def test_a_slow_provider_holds_up_nobody_else(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.ORDER_CANCELLED))
        await rig.until({"r1.0": State.SENDING, "r1.1": State.SENT})
        rig.senders.email.release()
        await rig.until({"r1.0": State.SENT, "r1.1": State.SENT})


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
    assert entries[1].words[entries[1].heading] == "it did not arrive"
    assert entries[1].words["reason"] == "the provider refuses it"
    assert entries[1].words["code"] == "there is no such mailbox"
    assert entries[1].words["attempt 1"] == "the provider refuses it; there is no such mailbox"
    assert entries[2].detail["to"] == "+380******567"
    assert entries[2].detail["provider ref"] == "memory-1"
