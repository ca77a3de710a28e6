"""What Twilio says of text messages that it took, under its signature or somebody else's."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from functools import partial

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.shop import Consent
from services.notifier.attempts import State
from services.notifier.channels import TransientError, UnknownOutcomeError
from services.notifier.trace import trace
from services.notifier.web.forms import LARGEST_BODY
from tests.support.callbacks import PRIMARY, PUBLIC, SECONDARY, Twilio, form, sid, signature, twilio
from tests.support.eventually import eventually
from tests.support.full_disk import no_room_in
from tests.support.notifier import MONDAY, Rig, known, requested, told

SHIPPED = partial(requested, kind=Kind.SHIPMENT_SHIPPED)
"""By Telegram, else SMS, else mail; of Oksana we know no chat."""


@pytest.fixture
async def provider(rig: Rig) -> AsyncIterator[Twilio]:
    async with twilio(rig.receipts) as running:
        yield running


async def _sent(rig: Rig, name: str = "r1", *, number: int = 1) -> None:
    """A text message was sent, and Twilio's name for it is known."""
    await rig.emit(SHIPPED(name))
    await eventually(partial(_is, rig, f"{name}.0", State.SENT))
    await rig.pool.execute(
        "UPDATE notifier.notifications SET provider_ref = $1 WHERE id = $2",
        sid(number),
        f"{name}.0",
    )


async def _is(rig: Rig, notification: str, state: State) -> bool:
    return (await rig.states()).get(notification) == state


async def _row(rig: Rig, notification: str = "r1.0") -> Mapping[str, object]:
    row = await rig.pool.fetchrow(
        "SELECT * FROM notifier.notifications WHERE id = $1", notification
    )
    assert row is not None
    return dict(row)


async def test_what_arrived_is_told_as_delivered(rig: Rig, provider: Twilio) -> None:
    async with rig.running():
        await _sent(rig)
        assert await provider.says("delivered") == 200
        outcomes = await rig.outcomes(2)
    assert told(outcomes) == [("r1.0", "sent", None), ("r1.0", "delivered", None)]
    assert outcomes[1].provider_ref == sid()
    assert (await _row(rig))["receipt"] == "delivered"
    assert provider.counted("delivered", "moved") == 1


async def test_replays_and_disorder_say_nothing_new(rig: Rig, provider: Twilio) -> None:
    words = ["sent", "delivered", "queued", "delivered", "sending", "sent", "delivered"]
    async with rig.running():
        await _sent(rig)
        assert {await provider.says(word) for word in words} == {200}
        assert await asyncio.gather(*map(provider.says, words * 3)) == [200] * 21
        await rig.emit(SHIPPED("r2"))
        outcomes = await rig.outcomes(3)
    assert told(outcomes) == [
        ("r1.0", "sent", None),
        ("r1.0", "delivered", None),
        ("r2.0", "sent", None),
    ]
    assert provider.counted("queued", "known") == 4


async def test_what_did_not_arrive_goes_by_the_next_channel_and_its_address_is_remembered(
    rig: Rig, provider: Twilio
) -> None:
    async with rig.running():
        await _sent(rig)
        assert await provider.says("undelivered", ErrorCode="30005") == 200
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
        await rig.emit(SHIPPED("r2"))
        outcomes = await rig.outcomes(4)
    assert told(outcomes) == [
        ("r1.0", "sent", None),
        ("r1.0", "failed", "invalid_address"),
        ("r1.0.1", "sent", None),
        ("r2.0", "sent", None),
    ]
    assert [o.channel for o in outcomes[2:]] == [Channel.EMAIL] * 2
    assert len(rig.senders.sms.sent) == 1
    async with rig.pool.acquire() as connection:
        entries = await trace(connection, "A-1")
    failed = next(e for e in entries if e.heading.endswith("sms: failed"))
    assert (failed.detail["receipt"], failed.detail["code"]) == ("undelivered", "30005")
    assert entries[-1].heading == "sms +380******567"
    assert entries[-1].detail["reason"] == "invalid_address"


@pytest.mark.parametrize(
    ("status", "code", "reason", "suppressed"),
    [
        ("undelivered", "30003", "undelivered", 0),
        ("undelivered", "30007", "refused", 0),
        ("undelivered", "", "undelivered", 0),
        ("undelivered", "39999", "undelivered", 0),
        ("failed", "21610", "opted_out", 1),
        ("failed", "30002", "bad_configuration", 0),
        ("canceled", "", "undelivered", 0),
    ],
)
async def test_the_reason_is_by_twilios_code(
    rig: Rig, provider: Twilio, status: str, code: str, reason: str, suppressed: int
) -> None:
    async with rig.running():
        await _sent(rig)
        await provider.says(status, ErrorCode=code)
        row = await _row(rig)
    assert (row["state"], row["reason"]) == ("failed", reason)
    assert await rig.pool.fetchval("SELECT count(*) FROM notifier.suppressions") == suppressed


async def test_old_news_is_not_said_another_way(rig: Rig, provider: Twilio) -> None:
    async with rig.running():
        await _sent(rig)
        rig.clock.move(timedelta(days=3))
        await provider.says("undelivered", ErrorCode="30003")
        outcomes = await rig.outcomes(2)
    assert told(outcomes)[1] == ("r1.0", "failed", "undelivered")
    assert await rig.states() == {"r1.0": State.FAILED}


async def test_what_arrives_after_all_takes_back_what_was_to_be_said_instead(
    rig: Rig, provider: Twilio
) -> None:
    rig.senders.email.fail(TransientError("451", retry_after=3600.0))
    async with rig.running():
        await _sent(rig)
        await provider.says("undelivered", ErrorCode="30005")
        await eventually(rig.has_retried)
        await provider.says("delivered")
        outcomes = await rig.outcomes(4)
    assert sorted(told(outcomes)) == [
        ("r1.0", "delivered", None),
        ("r1.0", "failed", "invalid_address"),
        ("r1.0", "sent", None),
        ("r1.0.1", "withdrawn", "superseded"),
    ]
    assert rig.senders.email.sent == []
    assert await rig.pool.fetchval("SELECT count(*) FROM notifier.suppressions") == 0


async def test_what_arrives_after_all_does_not_take_back_that_the_customer_said_stop_since(
    rig: Rig, provider: Twilio
) -> None:
    async with rig.running():
        await _sent(rig)
        await provider.says("undelivered", ErrorCode="30005")
        await rig.pool.execute("UPDATE notifier.suppressions SET reason = 'opted_out'")
        await provider.says("delivered")
    assert await rig.pool.fetchval("SELECT reason FROM notifier.suppressions") == "opted_out"


async def test_a_callback_settles_what_is_in_doubt(rig: Rig, provider: Twilio) -> None:
    rig.senders.sms.fail(UnknownOutcomeError("timeout"), accepted=True)
    async with rig.running():
        await rig.emit(SHIPPED("r1"))
        await eventually(partial(_doubted, rig))
        assert await provider.says("queued") == 200
        outcomes = await rig.outcomes(1)
        row = await _row(rig)
    assert told(outcomes) == [("r1.0", "sent", None)]
    assert (row["provider_ref"], row["reason"], row["tried_at"]) == (sid(), None, None)
    assert len(rig.senders.sms.sent) == 1


async def _doubted(rig: Rig) -> bool:
    return (await _row(rig))["reason"] == "no_answer" if await rig.states() else False


async def test_a_callback_that_is_faster_than_the_answer_counts_and_the_answer_is_evidence(
    rig: Rig, provider: Twilio
) -> None:
    rig.senders.sms.hold()
    async with rig.running():
        await rig.emit(SHIPPED("r1"))
        await rig.until_called(rig.senders.sms)
        assert await provider.says("delivered") == 200
        rig.senders.sms.release()
        await eventually(partial(rig.shows, "late_results_total", 1))
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "delivered", None)]
    row = await _row(rig)
    assert (row["state"], row["words"]) == (State.DELIVERED, None)
    assert await rig.pool.fetchval("SELECT counted FROM notifier.attempts") is False


async def test_a_callback_about_another_message_is_evidence_of_a_copy(
    rig: Rig, provider: Twilio
) -> None:
    async with rig.running():
        await _sent(rig)
        before = await _row(rig)
        assert await provider.says("delivered", MessageSid=sid(2)) == 200
        assert await _row(rig) == before
    assert provider.counted("delivered", "copy") == 1


async def test_a_callback_about_nothing_of_ours_is_counted(rig: Rig, provider: Twilio) -> None:
    async with rig.running():
        await _sent(rig)
        assert await provider.says("delivered", about="r9.0") == 200
        assert await provider.says("gone fishing") == 200
        assert await rig.states() == {"r1.0": State.SENT}
    assert provider.counted("delivered", "unknown") == 1
    assert provider.counted("other", "ignored") == 1


async def test_both_accounts_sign_for_themselves(rig: Rig, provider: Twilio) -> None:
    fields = form("delivered", AccountSid=SECONDARY[0])
    async with rig.running():
        await _sent(rig)
        signed = signature(PUBLIC, "n=r1.0", fields, PRIMARY[1])
        assert await provider.posts("n=r1.0", fields, signed) == 403
        signed = signature(PUBLIC, "n=r1.0", fields, SECONDARY[1])
        assert await provider.posts("n=r1.0", fields, signed) == 200
        assert await rig.states() == {"r1.0": State.DELIVERED}


FIELDS = form("delivered")
GENUINE = signature(PUBLIC, "n=r1.0", FIELDS)


@pytest.mark.parametrize(
    ("query", "fields", "signed"),
    [
        ("n=r1.0", FIELDS, None),
        ("n=r1.0", FIELDS, ""),
        ("n=r1.0", FIELDS, "ї"),
        ("n=r1.0", FIELDS, signature(PUBLIC, "n=r1.0", FIELDS, "a guess")),
        ("n=r1.0", FIELDS, signature("http" + PUBLIC[5:], "n=r1.0", FIELDS)),
        ("n=r1.0", FIELDS, signature("https://127.0.0.1/webhooks/twilio/status", "n=r1.0", FIELDS)),
        ("n=r1.0", FIELDS | {"MessageStatus": "failed"}, GENUINE),
        ("n=r1.0", FIELDS | {"Further": "field"}, GENUINE),
        ("n=r1.0", {k: v for k, v in FIELDS.items() if k != "To"}, GENUINE),
        ("n=r2.0", FIELDS, GENUINE),
        ("n=r1.0&more=1", FIELDS, GENUINE),
        ("n=r1%2E0", FIELDS, GENUINE),
        ("n=r1.0", FIELDS | {"AccountSid": "AC" + "9" * 32}, GENUINE),
    ],
)
async def test_what_is_forged_is_refused_and_changes_nothing(
    rig: Rig, provider: Twilio, query: str, fields: dict[str, str], signed: str | None
) -> None:
    header = {} if signed is None else {"X-Twilio-Signature": signed.encode()}
    async with rig.running():
        await _sent(rig)
        before = await _row(rig)
        assert await provider.sends(query, data=fields, headers=header) == 403
        assert await _row(rig) == before
    assert provider.counted("other", "forged") == 1


async def test_the_host_header_is_not_believed(provider: Twilio) -> None:
    elsewhere = "https://elsewhere.example/webhooks/twilio/status"
    headers = {
        "Host": "elsewhere.example",
        "X-Forwarded-Proto": "https",
        "X-Twilio-Signature": signature(elsewhere, "n=r1.0", FIELDS),
    }
    assert await provider.sends("n=r1.0", data=FIELDS, headers=headers) == 403


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("query", "content", "kind"),
    [
        ("n=r1.0", b"", _FORM),
        ("n=r1.0", b"MessageSid=" + sid().encode(), _FORM),
        ("n=r1.0", b"MessageSid=SM1&AccountSid=AC1&MessageStatus=", _FORM),
        ("n=r1.0", b"MessageSid=%ff&AccountSid=AC1&MessageStatus=sent", _FORM),
        ("n=r1.0", b"MessageSid=\xff&AccountSid=AC1&MessageStatus=sent", _FORM),
        ("n=r1.0", b"MessageSid=SM1&AccountSid=AC1&MessageStatus", _FORM),
        ("n=r1.0", b"MessageSid=SM1&AccountSid=AC1&MessageStatus=sent&AccountSid=AC1", _FORM),
        ("n=r1.0&n=r2.0", b"MessageSid=SM1&AccountSid=AC1&MessageStatus=sent", _FORM),
        ("", b"MessageSid=SM1&AccountSid=AC1&MessageStatus=sent", _FORM),
        ("n=", b"MessageSid=SM1&AccountSid=AC1&MessageStatus=sent", _FORM),
        ("n=a%00b", b"MessageSid=SM1&AccountSid=AC1&MessageStatus=sent", _FORM),
        ("n=r1.0", b"MessageSid=SM1&AccountSid=AC1&MessageStatus=sent", {}),
        ("n=r1.0", b"{}", {"Content-Type": "application/json"}),
        ("n=r1.0", b"MessageStatus=" + b"x" * LARGEST_BODY, _FORM),
        ("n=r1.0", b"&".join(b"f%d=1" % n for n in range(200)), _FORM),
    ],
)
async def test_what_is_malformed_is_refused(
    provider: Twilio, query: str, content: bytes, kind: dict[str, str]
) -> None:
    assert await provider.sends(query, content=content, headers=kind) == 400
    assert provider.counted("other", "malformed") == 1


async def test_a_callback_that_is_cut_off_is_counted(provider: Twilio) -> None:
    host, port = provider.client.base_url.host, provider.client.base_url.port
    _, writer = await asyncio.open_connection(host, port)
    writer.write(
        b"POST /webhooks/twilio/status?n=r1.0 HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nMessageSid=SM1&Acc"
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    async def is_counted() -> bool:
        return provider.counted("other", "malformed") == 1

    await eventually(is_counted)


async def test_nobody_waits_for_long_for_a_database_that_is_away(
    rig: Rig, provider: Twilio
) -> None:
    async with rig.running():
        await _sent(rig)
        async with no_room_in(rig.pool, "outbox"):
            assert await provider.says("delivered") == 503
        assert await rig.states() == {"r1.0": State.SENT}
        assert await provider.says("delivered") == 200
        await rig.outcomes(2)
    assert provider.counted("delivered", "not_taken") == 1


AGREED = Consent(
    channel=Channel.SMS,
    message_class=MessageClass.TRANSACTIONAL,
    granted=True,
    at=MONDAY + timedelta(hours=2),
    source="the shop's counter",
)


async def test_the_shops_newer_word_ends_what_the_customer_ended_and_not_what_does_not_exist(
    rig: Rig, provider: Twilio
) -> None:
    other = "+380671234567"
    chats = [(Channel.SMS, "+380501234567"), (Channel.SMS, other)]
    async with rig.running():
        await _sent(rig, "r1", number=1)
        await provider.says("failed", "r1.0", ErrorCode="21610")
        await rig.emit(known(*chats, at=MONDAY - timedelta(hours=1)), SHIPPED("r2"))
        await eventually(partial(_is, rig, "r2.0", State.SENT))
        assert rig.senders.sms.sent[-1].to == other, "an older word ends nothing"
        await rig.pool.execute(
            "UPDATE notifier.notifications SET provider_ref = $1 WHERE id = 'r2.0'", sid(2)
        )
        await provider.says("undelivered", "r2.0", MessageSid=sid(2), ErrorCode="30005")
        await rig.emit(
            known(*chats, at=MONDAY + timedelta(hours=1)),
            known(*chats, at=MONDAY + timedelta(hours=2), consents=[AGREED]),
        )
        await eventually(partial(_suppressed, rig, [f"sms:{other}"]))
        await rig.emit(SHIPPED("r3"))
        await eventually(partial(_is, rig, "r3.0", State.SENT))
    assert rig.senders.sms.sent[-1].to == "+380501234567"


async def _suppressed(rig: Rig, keys: list[str]) -> bool:
    rows = await rig.pool.fetch("SELECT address FROM notifier.suppressions ORDER BY address")
    return [row["address"] for row in rows] == keys


async def test_an_address_that_turned_bad_while_a_message_waited_is_not_written_to(
    rig: Rig, provider: Twilio
) -> None:
    async with rig.running():
        await _sent(rig)
        rig.senders.sms.fail(TransientError("21611", retry_after=3600.0))
        await rig.emit(SHIPPED("r2", order_id="A-2"))
        await eventually(rig.has_retried)
        await provider.says("undelivered", ErrorCode="30006")
        await rig.is_due_now()
        await eventually(partial(_is, rig, "r2.0.1", State.SENT))
    assert (await _row(rig, "r2.0"))["state"] == "suppressed"
    assert (await _row(rig, "r2.0.1"))["channel"] == "email"
