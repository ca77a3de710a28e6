"""Mails that come back, in a real dialogue with a mail server's client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiosmtplib
import pytest
from prometheus_client import CollectorRegistry

from headsup.http import CannotListenError
from services.notifier.attempts import State
from services.notifier.bounce_port import LARGEST_MAIL, MOST_CONNECTIONS, listening
from services.notifier.bounce_settings import BounceSettings, Protocol
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.reception import Receipts
from services.notifier.return_path import ReturnPath
from tests.support.full_disk import no_room_in
from tests.support.notifier import Rig, requested, told
from tests.support.sealing import BOTH_WAYS

PATH = ReturnPath("bounces@notify.example", b"a key of the tests")
SAMPLES = Path(__file__).parents[3] / "unit" / "services" / "notifier" / "returned"


def to(notification: str = "r1.0") -> str:
    address = PATH.of(notification)
    assert address is not None
    return address


def sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")


@dataclass
class Port:
    """The running port, and what it counted."""

    number: int
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    @asynccontextmanager
    async def dialogue(self) -> AsyncIterator[aiosmtplib.SMTP]:
        smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.number, local_hostname="mx.example")
        async with smtp:
            yield smtp

    async def brings(self, mail: bytes, notification: str = "r1.0", sender: str = "") -> int:
        """A mail server brings a mail back; the last reply."""
        async with self.dialogue() as smtp:
            await smtp.mail(sender)
            await smtp.rcpt(to(notification))
            return (await smtp.data(mail)).code

    def counted(self, status: str, result: str) -> float:
        labels = {"channel": "email", "status": status, "result": result}
        return self.registry.get_sample_value("headsup_notifier_receipts_total", labels) or 0.0


@asynccontextmanager
async def opened(receipts: Receipts, protocol: Protocol = Protocol.SMTP) -> AsyncIterator[Port]:
    registry = CollectorRegistry()
    settings = BounceSettings(path=PATH, host="127.0.0.1", port=0, protocol=protocol)
    async with listening(settings, receipts, ReceiptMetrics(registry)) as number:
        assert number is not None
        yield Port(number, registry)


@pytest.fixture
async def port(rig: Rig) -> AsyncIterator[Port]:
    async with opened(rig.receipts) as running:
        yield running


async def _sent(rig: Rig) -> None:
    await rig.emit(requested("r1"))
    await rig.until({"r1.0": State.SENT})


@BOTH_WAYS
@pytest.mark.parametrize("sender", ["", "mailer-daemon@mx.example"], ids=["null", "named"])
async def test_a_mail_that_comes_back_goes_by_the_next_channel(
    rig: Rig, port: Port, sender: str
) -> None:
    async with rig.running():
        await _sent(rig)
        assert await port.brings(sample("postfix-unknown-user"), sender=sender) == 250
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
        await rig.emit(requested("r2"))
        outcomes = await rig.outcomes(4)
    assert told(outcomes) == [
        ("r1.0", "sent", None),
        ("r1.0", "failed", "invalid_address"),
        ("r1.0.1", "sent", None),
        ("r2.0", "sent", None),
    ]
    assert [sms.to for sms in rig.senders.sms.sent] == ["+380501234567"] * 2
    assert port.counted("failed", "moved") == 1


@pytest.mark.parametrize(
    ("name", "reason", "suppressed"),
    [
        ("exim-unknown-user", "invalid_address", True),
        ("exchange-german", "invalid_address", True),
        ("gmail-unknown-user", "invalid_address", True),
        ("international", "invalid_address", True),
        ("postfix-gave-up", "undelivered", False),
        ("mailbox-full", "undelivered", False),
        ("spam-refused", "undelivered", False),
        ("exim-without-a-code", "undelivered", False),
        ("cut-off", "undelivered", False),
        ("forwarded-to-a-dead-mailbox", "invalid_address", False),
    ],
)
async def test_the_report_says_why_and_whether_the_address_is_bad(
    rig: Rig, port: Port, name: str, reason: str, suppressed: bool
) -> None:
    async with rig.running():
        await _sent(rig)
        assert await port.brings(sample(name)) == 250
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
        rows = await rig.pool.fetch("SELECT address, reason FROM notifier.suppressions")
        why = await rig.pool.fetchval("SELECT reason FROM notifier.notifications WHERE id = 'r1.0'")
    assert why == reason
    assert [tuple(row) for row in rows] == [("email:oksana@mail.example", reason)] * suppressed


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("postfix-delayed", "delayed"),
        ("relayed", "relayed"),
        ("alias-reached-one-of-two", "delivered"),
        ("absence", "other"),
        ("a-person-answers", "other"),
        ("qmail-in-prose", "other"),
        ("empty", "other"),
        ("not-a-mail", "other"),
    ],
)
async def test_what_says_nothing_of_a_failure_is_taken_counted_and_changes_nothing(
    rig: Rig, port: Port, name: str, status: str
) -> None:
    async with rig.running():
        await _sent(rig)
        assert await port.brings(sample(name) or b"\r\n") == 250
        assert await rig.states() == {"r1.0": State.SENT}
    assert port.counted(status, "ignored") == 1


async def test_a_mail_that_comes_back_twice_says_nothing_new(rig: Rig, port: Port) -> None:
    async with rig.running():
        await _sent(rig)
        for name in ("postfix-unknown-user", "exim-unknown-user"):
            assert await port.brings(sample(name)) == 250
        outcomes = await rig.outcomes(3)
    assert len(outcomes) == 3
    assert port.counted("failed", "known") == 1


async def test_a_mail_about_nothing_of_ours_is_counted(rig: Rig, port: Port) -> None:
    async with rig.running():
        await _sent(rig)
        assert await port.brings(sample("postfix-unknown-user"), "r9.0") == 250
        assert await rig.states() == {"r1.0": State.SENT}
    assert port.counted("failed", "unknown") == 1


@pytest.mark.parametrize(
    "address",
    [
        "postmaster@notify.example",
        "bounces@notify.example",
        "bounces+r1.0@notify.example",
        "bounces+r1.0+aaaaaaaaaaaa@notify.example",
        to().replace("notify", "elsewhere"),
        to().replace("r1.0", "r2.0"),
    ],
)
async def test_an_address_that_we_did_not_make_is_refused_before_the_mail(
    port: Port, address: str
) -> None:
    async with port.dialogue() as smtp:
        await smtp.mail("")
        with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
            await smtp.rcpt(address)
        assert refused.value.code == 550
        assert (await smtp.noop()).code == 250, "the dialogue goes on"
    assert port.counted("other", "not_ours") == 1


async def test_one_mail_has_one_recipient(port: Port) -> None:
    async with port.dialogue() as smtp:
        await smtp.mail("")
        await smtp.rcpt(to("r1.0"))
        with pytest.raises(aiosmtplib.SMTPRecipientRefused) as refused:
            await smtp.rcpt(to("r2.0"))
    assert refused.value.code == 452


async def test_a_mail_that_is_too_large_is_refused_and_the_dialogue_goes_on(port: Port) -> None:
    async with port.dialogue() as smtp:
        await smtp.mail("")
        await smtp.rcpt(to())
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await smtp.data(b"x\r\n" * (LARGEST_MAIL // 3 + 1))
        assert refused.value.code == 552
        assert (await smtp.noop()).code == 250


async def test_a_mail_too_deep_for_the_parser_is_no_report_and_the_dialogue_goes_on(
    rig: Rig, port: Port
) -> None:
    deep = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(2_000)
    )
    async with rig.running():
        await _sent(rig)
        async with port.dialogue() as smtp:
            for mail in (deep, sample("postfix-unknown-user")):
                await smtp.mail("")
                await smtp.rcpt(to())
                assert (await smtp.data(mail)).code == 250
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
    assert port.counted("other", "ignored") == 1


async def test_whoever_comes_while_nobody_writes_is_told_to_come_again() -> None:
    async with opened(Receipts(patience=0.05)) as port:
        with pytest.raises(aiosmtplib.SMTPDataError) as refused:
            await port.brings(sample("postfix-unknown-user"))
    assert refused.value.code == 451
    assert port.counted("failed", "not_taken") == 1


async def test_whoever_comes_while_the_database_is_away_is_told_to_come_again(
    rig: Rig, port: Port
) -> None:
    async with rig.running():
        await _sent(rig)
        async with no_room_in(rig.pool, "outbox"):
            with pytest.raises(aiosmtplib.SMTPDataError) as refused:
                await port.brings(sample("postfix-unknown-user"))
        assert refused.value.code == 451
        assert await port.brings(sample("postfix-unknown-user")) == 250
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})


async def test_by_lmtp_it_is_the_same(rig: Rig) -> None:
    async with opened(rig.receipts, Protocol.LMTP) as port, rig.running():
        await _sent(rig)
        reader, writer = await asyncio.open_connection("127.0.0.1", port.number)
        for line in (
            b"EHLO mx.example",
            b"LHLO mx.example",
            b"MAIL FROM:<>",
            b"RCPT TO:<%s>" % to().encode(),
            b"DATA",
            sample("postfix-unknown-user") + b".",
            b"QUIT",
        ):
            writer.write(line + b"\r\n")
        replies = (await reader.read()).decode().splitlines()
        writer.close()
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
    codes = [reply[:3] for reply in replies if reply[3] == " "]
    assert codes == ["220", "500", "250", "250", "250", "354", "250", "221"]


async def test_too_many_connections_are_turned_away(port: Port) -> None:
    opened_ = [
        await asyncio.open_connection("127.0.0.1", port.number) for _ in range(MOST_CONNECTIONS + 1)
    ]
    greetings = [await reader.read(4) for reader, _ in opened_]
    for _, writer in opened_:
        writer.close()
    assert sorted(greetings) == [b"220 "] * MOST_CONNECTIONS + [b"421 "]


async def test_nothing_of_a_dialogue_is_logged(
    rig: Rig, port: Port, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    async with rig.running():
        await _sent(rig)
        await port.brings(sample("postfix-unknown-user"), sender="oksana@mail.example")
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
    lines = [r.getMessage() for r in caplog.records if not r.name.startswith("aiokafka")]
    written = "".join([*lines, *capsys.readouterr()])
    assert "oksana" not in written
    assert "bounces+" not in written


async def test_without_a_port_nobody_listens(rig: Rig) -> None:
    metrics = ReceiptMetrics(CollectorRegistry())
    async with listening(BounceSettings(path=PATH), rig.receipts, metrics) as number:
        assert number is None


async def test_a_port_that_is_taken_is_said_by_name(rig: Rig, port: Port) -> None:
    settings = BounceSettings(path=PATH, host="127.0.0.1", port=port.number)
    with pytest.raises(CannotListenError) as refused:
        async with listening(settings, rig.receipts, ReceiptMetrics(CollectorRegistry())):
            pass
    assert "HEADSUP_BOUNCE_PORT" in (refused.value.strerror or "")
