"""Mail: what a server's answers mean, and what becomes of its connections."""

import asyncio

import pytest

from services.notifier.channels import EmailSender, PermanentError, PoolLimits, SmtpServer
from services.notifier.channels.base import (
    BadConfigurationError,
    RateLimitedError,
    SendError,
    Tells,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.channels.email import Stage, verdict_of
from services.notifier.channels.mime import build_mail
from services.notifier.channels.verdicts import Verdict
from tests.support.eventually import eventually
from tests.unit.services.notifier.channels.mails import mail
from tests.unit.services.notifier.channels.smtp_script import (
    BODY,
    CUT,
    GROUPS,
    SILENT,
    ScriptedServer,
    scripted_server,
    sending_to,
)

ONE_BY_ONE = "250-script\r\n250 8BITMIME"


@pytest.mark.parametrize(
    ("code", "text", "verdict"),
    [
        (421, "4.3.2 Shutting down", Verdict.LATER),
        (421, "4.7.0 Too many connections from you", Verdict.TOO_FAST),
        (450, "4.2.1 Mailbox busy", Verdict.NOT_NOW),
        (451, "4.7.1 Greylisted, come back", Verdict.NOT_NOW),
        (452, "4.2.2 Mailbox full", Verdict.NOT_NOW),
        (450, "4.7.28 Unusual rate", Verdict.TOO_FAST),
        (550, "5.1.1 No such user", Verdict.BAD_ADDRESS),
        (550, "5.1.10 Recipient not found", Verdict.BAD_ADDRESS),
        (550, "5.1.2 No such domain", Verdict.BAD_ADDRESS),
        (550, "5.2.1 Mailbox disabled", Verdict.BAD_ADDRESS),
        (552, "5.2.2 Mailbox full", Verdict.REFUSED),
        (552, "5.3.4 Message too big", Verdict.REFUSED),
        (550, "5.7.1 Looks like spam", Verdict.REFUSED),
        (550, "5.7.1 Relaying denied", Verdict.OUR_FAULT),
        (554, "5.7.1 <o@x>: Relay access denied", Verdict.OUR_FAULT),
        (550, "5.7.26 This mail is unauthenticated", Verdict.SHOPS_FAULT),
        (550, "5.7.515 Access denied", Verdict.SHOPS_FAULT),
        (530, "Authentication required", Verdict.OUR_FAULT),
        (535, "5.7.8 Bad credentials", Verdict.OUR_FAULT),
        (550, "No such user", Verdict.REFUSED),
        (554, "Transaction failed", Verdict.REFUSED),
    ],
)
def test_a_reply_means_what_the_table_says(code: int, text: str, verdict: Verdict) -> None:
    assert verdict_of(code, text) is verdict


@pytest.mark.parametrize("stage", [Stage.CONNECTING, Stage.SENDER])
def test_a_refusal_before_a_recipient_was_named_is_about_us(stage: Stage) -> None:
    assert verdict_of(554, "No service here", stage) is Verdict.OUR_FAULT
    assert verdict_of(451, "Later", stage) is Verdict.LATER


@pytest.mark.parametrize(
    ("code", "text", "stage", "verdict"),
    [
        (450, "Come back in five minutes", Stage.RECIPIENT, Verdict.NOT_NOW),
        (451, "4.7.1 Greylisted", Stage.BODY, Verdict.NOT_NOW),
        (450, "4.1.2 The domain is not found just now", Stage.RECIPIENT, Verdict.NOT_NOW),
        (450, "4.1.8 The sender's domain is not found just now", Stage.SENDER, Verdict.NOT_NOW),
        (451, "4.4.1 The other server does not answer", Stage.RECIPIENT, Verdict.NOT_NOW),
        (451, "4.3.0 No table of users", Stage.RECIPIENT, Verdict.LATER),
        (452, "4.3.1 Disk full", Stage.RECIPIENT, Verdict.LATER),
        (421, "Going down", Stage.RECIPIENT, Verdict.LATER),
        (421, "4.3.2 Going down", Stage.BODY, Verdict.LATER),
        (451, "Local error", Stage.BODY, Verdict.LATER),
        (451, "4.7.1 Not from your address just now", Stage.SENDER, Verdict.LATER),
        (451, "4.9.9 Unheard of", Stage.RECIPIENT, Verdict.LATER),
    ],
)
def test_not_now_is_about_the_server_or_about_one_recipient(
    code: int, text: str, stage: Stage, verdict: Verdict
) -> None:
    assert verdict_of(code, text, stage) is verdict


async def test_only_what_is_about_the_server_counts_against_it() -> None:
    told = {
        "451 4.7.1 Greylisted": Tells.NOTHING,
        "450 4.3.2 Overloaded": Tells.FAILS,
        "550 5.1.1 Who?": Tells.WORKS,
    }
    async with scripted_server() as script, sending_to(script) as sender:
        for answer, tells in told.items():
            script.answers["RCPT"] = answer
            with pytest.raises(SendError) as caught:
                await sender.send(mail())
            assert caught.value.tells is tells


async def test_what_was_never_handed_over_tells_nothing_of_the_server() -> None:
    async with scripted_server() as script, sending_to(script) as sender:
        for wrong in (mail(to="olena"), mail(from_address="shop")):
            with pytest.raises(SendError) as caught:
                await sender.send(wrong)
            assert caught.value.tells is Tells.NOTHING


@pytest.mark.parametrize(
    ("answers", "error", "code"),
    [
        ({"connect": "554 You are listed"}, BadConfigurationError, "554"),
        ({"connect": "421 4.3.2 Busy"}, TransientError, "421 4.3.2"),
        ({"MAIL": "550 5.1.0 Not for you"}, BadConfigurationError, "550 5.1.0"),
        ({"MAIL": "452 4.3.1 Disk full"}, TransientError, "452 4.3.1"),
        ({"MAIL": CUT}, TransientError, "SMTPServerDisconnected"),
        ({"RCPT": "550 5.1.1 Who?"}, PermanentError, "550 5.1.1"),
        ({"RCPT": "451 4.7.1 Greylisted"}, TransientError, "451 4.7.1"),
        ({"RCPT": "421 4.7.0 Too fast"}, RateLimitedError, "421 4.7.0"),
        ({"RCPT": CUT}, TransientError, "SMTPServerDisconnected"),
        ({"DATA": "554 5.7.1 Spam"}, PermanentError, "554 5.7.1"),
        ({"DATA": CUT}, TransientError, "SMTPServerDisconnected"),
        ({BODY: "552 5.3.4 Too big"}, PermanentError, "552 5.3.4"),
        ({BODY: "451 4.3.0 Try again"}, TransientError, "451 4.3.0"),
        ({BODY: "421 4.3.2 Shutting down"}, TransientError, "421 4.3.2"),
        ({BODY: CUT}, UnknownOutcomeError, "SMTPServerDisconnected"),
        ({BODY: "What?"}, UnknownOutcomeError, "SMTPResponseException"),
    ],
)
@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_the_moment_of_a_failure_decides_what_it_means(
    answers: dict[str, str], error: type[SendError], code: str, hello: str
) -> None:
    said = {"EHLO": hello, **answers}
    async with scripted_server(**said) as script, sending_to(script) as sender:
        with pytest.raises(SendError) as caught:
            await sender.send(mail())

    assert (type(caught.value), caught.value.code) == (error, code)


@pytest.mark.parametrize(
    ("command", "error"),
    [("RCPT", TransientError), ("DATA", TransientError), (BODY, UnknownOutcomeError)],
)
@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_silence_is_unknown_only_once_the_body_was_written(
    command: str, error: type[SendError], hello: str
) -> None:
    async with (
        scripted_server(**{"EHLO": hello, command: SILENT}) as script,
        sending_to(script, patience=0.1) as sender,
    ):
        with pytest.raises(SendError) as caught:
            await sender.send(mail())

    assert type(caught.value) is error


@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_a_body_arrives_as_it_was_built_however_it_begins_its_lines(
    hello: str,
) -> None:
    message = mail(text="a\n.b\n", html="\n.\n..\n")
    async with scripted_server(EHLO=hello) as script, sending_to(script) as sender:
        await sender.send(message)

    assert b"\r\n..b\r\n" in script.bodies[0]
    received = script.bodies[0].removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
    assert received == build_mail(message).content


async def test_the_name_of_a_mail_is_its_message_id() -> None:
    async with scripted_server() as script, sending_to(script) as sender:
        name = await sender.send(mail())

    assert f"Message-ID: {name}\r\n".encode() in script.bodies[0]


@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_mails_one_after_the_other_share_a_connection(
    hello: str,
) -> None:
    async with scripted_server(EHLO=hello) as script, sending_to(script) as sender:
        for _ in range(5):
            await sender.send(mail())

    assert script.connections == 1
    assert script.commands.count("EHLO notifier") == 1


async def test_no_more_connections_are_open_than_allowed() -> None:
    limits = PoolLimits(size=3)
    async with scripted_server() as script, sending_to(script, limits) as sender:
        await asyncio.gather(*(sender.send(mail()) for _ in range(20)))

    assert script.connections == 3
    assert len(script.bodies) == 20


async def test_a_connection_is_replaced_after_its_share_of_mails() -> None:
    limits = PoolLimits(messages_per_connection=2)
    async with scripted_server() as script, sending_to(script, limits) as sender:
        for _ in range(5):
            await sender.send(mail())

    assert script.connections == 3


async def test_a_connection_that_rested_too_long_is_not_used_again() -> None:
    limits = PoolLimits(max_idle=-1.0)
    async with scripted_server() as script, sending_to(script, limits) as sender:
        await sender.send(mail())
        await sender.send(mail())

    assert script.connections == 2


@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_a_connection_that_the_server_ended_is_replaced_and_nobody_notices(
    hello: str,
) -> None:
    async with scripted_server(EHLO=hello) as script, sending_to(script) as sender:
        await asyncio.gather(*(sender.send(mail()) for _ in range(3)))
        script.cut_all()
        await sender.send(mail())

    assert len(script.bodies) == 4
    assert script.connections == 4


@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_a_server_that_ends_every_connection_is_not_asked_for_ever(
    hello: str,
) -> None:
    async with scripted_server(EHLO=hello) as script, sending_to(script) as sender:
        await sender.send(mail())
        script.answers["MAIL"] = CUT
        with pytest.raises(TransientError):
            await sender.send(mail())

    assert script.connections == 2


async def test_a_server_that_does_not_come_back_is_not_asked_for_ever() -> None:
    async with scripted_server() as script, sending_to(script) as sender:
        await sender.send(mail())
        script.answers |= {"MAIL": CUT, "EHLO": CUT}
        with pytest.raises(TransientError):
            await sender.send(mail())

    assert script.connections == 2


@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_a_connection_that_cannot_be_reset_is_replaced(
    hello: str,
) -> None:
    async with (
        scripted_server(EHLO=hello, RCPT="550 5.1.1 Who?") as script,
        sending_to(script) as sender,
    ):
        with pytest.raises(PermanentError):
            await sender.send(mail())
        script.answers = {"EHLO": hello, "RSET": "421 4.4.2 Idle too long"}
        await sender.send(mail())

    assert script.connections == 2


@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_a_refused_mail_leaves_the_connection_for_the_next_after_a_reset(
    hello: str,
) -> None:
    async with (
        scripted_server(EHLO=hello, RCPT="550 5.1.1 Who?") as script,
        sending_to(script) as sender,
    ):
        with pytest.raises(PermanentError):
            await sender.send(mail())
        del script.answers["RCPT"]
        await sender.send(mail())

    assert script.connections == 1
    assert "RSET" in script.commands


@pytest.mark.parametrize("hello", [ONE_BY_ONE, GROUPS])
async def test_a_mail_cancelled_while_its_answer_is_due_takes_its_connection_along(
    hello: str,
) -> None:
    """Otherwise the late 250 would pass for the answer to the next MAIL, and so on for ever."""
    async with (
        scripted_server(**{"EHLO": hello, BODY: SILENT}) as script,
        sending_to(script) as sender,
    ):
        sending = asyncio.create_task(sender.send(mail()))
        await eventually(lambda: _has_a_body(script))
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        script.answers[BODY] = "250 2.0.0 OK"
        script.answers["RCPT"] = "550 5.1.1 Who?"
        with pytest.raises(PermanentError):
            await sender.send(mail())

    assert script.connections == 2


async def _has_a_body(script: ScriptedServer) -> bool:
    return bool(script.bodies)


async def test_a_mailbox_in_another_script_is_refused_where_the_server_cannot() -> None:
    async with scripted_server() as script, sending_to(script) as sender:
        with pytest.raises(PermanentError) as caught:
            await sender.send(mail(to="олена@example.org"))

    assert caught.value.address_is_bad
    assert script.bodies == []


async def test_a_mailbox_in_another_script_is_sent_to_where_the_server_can() -> None:
    async with (
        scripted_server(EHLO="250-script\r\n250 SMTPUTF8") as script,
        sending_to(script) as sender,
    ):
        await sender.send(mail(to="олена@example.org"))

    assert "RCPT TO:<олена@example.org>" in script.commands
    assert "MAIL FROM:<orders@shop.example> SMTPUTF8" in script.commands


async def test_what_is_no_address_is_refused_before_any_connection() -> None:
    async with scripted_server() as script, sending_to(script) as sender:
        with pytest.raises(PermanentError) as caught:
            await sender.send(mail(to="olena"))
        with pytest.raises(BadConfigurationError):
            await sender.send(mail(from_address="shop"))

    assert caught.value.address_is_bad
    assert script.connections == 0


async def test_a_server_without_the_login_that_we_need_is_bad_configuration() -> None:
    async with scripted_server() as script:
        server = SmtpServer(host="127.0.0.1", port=script.port, username="shop", password="x")
        sender = EmailSender(server, local_hostname="notifier", timeout=5.0)
        with pytest.raises(BadConfigurationError):
            await sender.send(mail())
        await sender.close()
