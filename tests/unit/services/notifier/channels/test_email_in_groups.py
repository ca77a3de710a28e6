"""Mail to a server that takes several commands at once (PIPELINING, RFC 2920)."""

import pytest

from services.notifier.channels import PermanentError
from services.notifier.channels.base import TransientError
from tests.unit.services.notifier.channels.mails import mail
from tests.unit.services.notifier.channels.smtp_script import (
    BODY,
    CUT,
    GROUPS,
    SILENT,
    scripted_server,
    sending_to,
)


async def test_an_envelope_goes_at_once_where_the_server_takes_groups() -> None:
    async with (
        scripted_server(EHLO=GROUPS, MAIL=SILENT) as script,
        sending_to(script, patience=0.1) as sender,
    ):
        with pytest.raises(TransientError):
            await sender.send(mail())
        assert script.unread.split(b"\r\n") == [b"RCPT TO:<olena@example.org>", b"DATA", b""]


async def test_a_mail_that_goes_to_nobody_is_never_handed_over() -> None:
    """A server may want the mail though it takes no recipient (RFC 2920, section 3.1)."""
    refusal = {"RCPT": "550 5.1.1 Who?", "DATA": "354 Go on"}
    async with scripted_server(EHLO=GROUPS, **refusal) as script, sending_to(script) as sender:
        with pytest.raises(PermanentError) as caught:
            await sender.send(mail())
        script.answers = {"EHLO": GROUPS}
        await sender.send(mail())

    assert caught.value.code == "550 5.1.1"
    assert len(script.bodies) == 1
    assert script.connections == 2


async def test_a_server_that_refuses_and_ends_the_connection_has_refused() -> None:
    said = {"EHLO": GROUPS, "RCPT": "550 5.1.1 Who?", "DATA": CUT}
    async with scripted_server(**said) as script, sending_to(script) as sender:
        with pytest.raises(PermanentError) as caught:
            await sender.send(mail())

    assert caught.value.code == "550 5.1.1"


async def test_replies_in_pieces_and_in_many_lines_are_put_together() -> None:
    said = {"MAIL": "250-2.1.0 It\r\n250 is good", "RCPT": "550-5.1.1 Nobody\r\n550 5.1.1 there"}
    async with scripted_server(EHLO=GROUPS, **said) as script, sending_to(script) as sender:
        script.piece = 3
        with pytest.raises(PermanentError) as caught:
            await sender.send(mail())

    assert caught.value.code == "550 5.1.1"


async def test_a_reply_without_an_end_ends_the_connection() -> None:
    said = {"RCPT": "250-" + "a" * 70_000 + "\r\n250-b", "DATA": SILENT}
    async with scripted_server(EHLO=GROUPS, **said) as script, sending_to(script) as sender:
        with pytest.raises(TransientError) as caught:
            await sender.send(mail())

    assert caught.value.code == "SMTPResponseException"


async def test_what_a_server_says_unasked_is_no_reply_to_the_next_mail() -> None:
    said = {BODY: "250 2.0.0 OK\r\n550 5.1.1 By the way"}
    async with scripted_server(EHLO=GROUPS, **said) as script, sending_to(script) as sender:
        await sender.send(mail())
        await sender.send(mail())

    assert len(script.bodies) == 2
