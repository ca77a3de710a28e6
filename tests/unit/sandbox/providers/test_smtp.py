"""The stand-in for a mail server: what arrives, as the customer's program would show it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.message import EmailMessage

import aiosmtplib
import pytest

from headsup.contracts.channels import Channel
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import start_smtp

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@asynccontextmanager
async def connected(
    inbox: Inbox, credentials: tuple[str, str] | None = None
) -> AsyncIterator[aiosmtplib.SMTP]:
    server = await start_smtp(inbox, FaultSwitch(), credentials=credentials)
    client = aiosmtplib.SMTP(hostname=server.host, port=server.port, local_hostname="test")
    await client.connect()
    try:
        yield client
    finally:
        client.close()
        await server.close()


def mail() -> EmailMessage:
    made = EmailMessage()
    made["From"] = "orders@shop.example"
    made["To"] = "olena@example.org"
    made["Subject"] = "Замовлення 1001"
    made["Message-ID"] = "<1@shop.example>"
    made.set_content("Прямує до вас\n")
    made.add_alternative("<p>Прямує до вас</p>\n", subtype="html")
    made["Content-Language"] = "uk"
    return made


async def test_a_mail_arrives_decoded_with_its_message_id() -> None:
    inbox = Inbox(lambda: NOW)
    async with connected(inbox) as client:
        await client.send_message(mail())

    (found,) = inbox.messages()
    assert (found.channel, found.to, found.at) == (Channel.EMAIL, "olena@example.org", NOW)
    assert (found.subject, found.language) == ("Замовлення 1001", "uk")
    assert (found.text, found.html) == ("Прямує до вас\n", "<p>Прямує до вас</p>\n")
    assert found.provider_ref == "<1@shop.example>"
    assert type(found.subject) is str


async def test_a_mail_to_two_people_arrives_twice() -> None:
    inbox = Inbox(lambda: NOW)
    async with connected(inbox) as client:
        await client.send_message(mail(), recipients=["a@example.org", "b@example.org"])

    assert [message.to for message in inbox.messages()] == ["a@example.org", "b@example.org"]


async def test_something_that_is_hardly_a_mail_arrives_all_the_same() -> None:
    inbox = Inbox(lambda: NOW)
    async with connected(inbox) as client:
        await client.sendmail("a@example.org", "b@example.org", b"no header\r\nat all")

    assert [message.to for message in inbox.messages()] == ["b@example.org"]


async def test_any_login_is_taken_unless_one_was_agreed() -> None:
    async with connected(Inbox(lambda: NOW)) as client:
        assert (await client.login("anybody", "anything")).code == 235

    async with connected(Inbox(lambda: NOW), credentials=("shop", "secret")) as client:
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await client.login("shop", "wrong")
        assert (await client.login("shop", "secret")).code == 235
