"""A mail of a domain with a key leaves signed, any other as it was, and none holds up the loop."""

import asyncio
import threading

import pytest

from services.notifier.channels import BadConfigurationError, EmailSender, Letters, SmtpServer
from services.notifier.channels.dkim_key import DkimKey, DkimKeys
from services.notifier.channels.mime import build_mail
from services.notifier.return_path import ReturnPath
from tests.support.dkim import DOMAIN, dns, is_valid, key
from tests.unit.services.notifier.channels.mails import mail
from tests.unit.services.notifier.channels.smtp_script import scripted_server

KEYS = DkimKeys({DOMAIN: key()})
DNS = dns((key(), 1))
PATH = ReturnPath("bounces@notify.example", b"key")


def sender_to(port: int, letters: Letters) -> EmailSender:
    server = SmtpServer(host="127.0.0.1", port=port)
    return EmailSender(server, local_hostname="notifier", timeout=5.0, letters=letters)


async def test_a_mail_of_a_domain_with_a_key_is_signed() -> None:
    letters = Letters(keys=KEYS)
    written = await letters.written(mail(stop_url="https://notify.example/s/x"))
    letters.close()

    assert is_valid(written.content, DNS)


async def test_one_of_another_domain_is_not_and_no_thread_is_started_for_it() -> None:
    letters = Letters(keys=KEYS)
    message = mail(from_address="orders@other.example")
    before = set(threading.enumerate())

    assert await letters.written(message) == build_mail(message)
    assert set(threading.enumerate()) <= before
    letters.close()


async def test_the_address_that_it_comes_back_to_leaves_the_signature_alone() -> None:
    letters, others = Letters(PATH, KEYS), Letters(keys=KEYS)
    written, plain = await letters.written(mail()), await others.written(mail())
    letters.close()
    others.close()

    assert written.sender == PATH.of(mail().notification_id)
    assert written.content == plain.content
    assert is_valid(written.content, DNS)


async def test_two_senders_write_the_same_mail() -> None:
    message = mail(text="Ще тут.\n.\n..\n", html="<p>.\n</p>")
    letters = Letters(PATH, KEYS)
    async with scripted_server() as first, scripted_server() as second:
        for script in (first, second):
            sender = sender_to(script.port, letters)
            await sender.send(message)
    await sender.close()

    assert first.bodies == second.bodies
    received = first.bodies[0].removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n.")
    assert is_valid(received, DNS)


async def test_a_key_that_is_none_is_a_fault_of_the_shop_and_nothing_is_sent() -> None:
    broken = DkimKey(domain=DOMAIN, selector="s1", pem=b"no key")
    async with scripted_server() as script:
        sender = sender_to(script.port, Letters(keys=DkimKeys({DOMAIN: broken})))
        with pytest.raises(BadConfigurationError, match="KeyFormatError"):
            await sender.send(mail())
        await sender.close()

    assert script.bodies == []


async def test_many_at_once_are_signed_one_after_the_other() -> None:
    letters = Letters(keys=KEYS)
    messages = [mail(notification_id=f"n-{number}.0") for number in range(20)]
    written = await asyncio.gather(*(letters.written(message) for message in messages))
    letters.close()

    assert all(is_valid(each.content, DNS) for each in written)
    assert len({each.message_id for each in written}) == 20
