"""A signed mail over a real dialogue, with aiosmtpd at the other end: what a receiver keeps is what
was signed, whichever sender it went by and however its lines begin."""

import asyncio
import logging
from hashlib import sha256

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import start_smtp
from services.notifier.channels import EmailSender, Letters, SmtpServer
from services.notifier.channels.dkim_key import DkimKeys
from services.notifier.return_path import ReturnPath
from tests.support.dkim import DOMAIN, dns, is_valid, key
from tests.unit.services.notifier.channels.mails import mail

KEYS = DkimKeys({DOMAIN: key()})
DNS = dns((key(), 1))
PATH = ReturnPath("bounces@bounce.shop.example", b"key")
STOP_URL = "https://notify.example/s/AbCdEfGhIjKlMnOpQrSt"
MAILS = {
    "usual": mail(),
    "dots": mail(text=".\n..\n.a\n", html="\n.\n" * 9),
    "marketing": mail(stop_url=STOP_URL),
    "national": mail(text="Посилка в дорозі.\n" * 90, html="<p>Посилка в дорозі.</p>\n" * 90),
    "long subject": mail(subject="Ваше замовлення вже в дорозі, " * 8),
}


class Receiver:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd calls it so
        self.envelopes.append(envelope)
        return "250 2.0.0 OK"


@pytest.mark.parametrize("name", MAILS)
async def test_what_a_receiver_keeps_verifies(name: str) -> None:
    receiver = Receiver()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(receiver, enable_SMTPUTF8=True, hostname="receiver"), "127.0.0.1", 0
    )
    port = server.sockets[0].getsockname()[1]
    sender = EmailSender(
        SmtpServer(host="127.0.0.1", port=port),
        local_hostname="notifier",
        letters=Letters(PATH, KEYS),
    )
    await sender.send(MAILS[name])
    await sender.send(MAILS[name])
    await sender.close()
    server.close()
    await server.wait_closed()

    first, second = receiver.envelopes
    assert isinstance(first.content, bytes)
    assert first.content == second.content
    assert is_valid(first.content, DNS)
    assert first.mail_from == PATH.of(MAILS[name].notification_id)


async def test_the_stand_in_of_the_demo_takes_it_as_it_was_written() -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    inbox, letters = Inbox(SystemClock().now), Letters(keys=KEYS)
    server = await start_smtp(inbox, FaultSwitch())
    sender = EmailSender(
        SmtpServer(host="127.0.0.1", port=server.port), local_hostname="notifier", letters=letters
    )
    written = await letters.written(MAILS["national"])
    await sender.send(MAILS["national"])
    await sender.close()
    await server.close()

    (received,) = inbox.messages()
    assert received.channel is Channel.EMAIL
    assert received.print == sha256(written.content).hexdigest()
    assert received.text == MAILS["national"].text
