"""Mails that the stand-in for a mail server sends back."""

from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import Message

import aiosmtplib
import pytest

from headsup.contracts.channels import Channel
from sandbox.providers.bounces import BouncePost, Returned, report
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import SmtpServer, start_smtp
from tests.support.serving import closed_port
from tests.unit.sandbox.providers.test_smtp import NOW, mail

BOUNCE = FaultRule(channel=Channel.EMAIL, fault=Fault.BOUNCE)
RETURNED = Returned("bounces+1@notify.example", "olena@example.org", b"Subject: x\r\n\r\ntext")


@pytest.fixture
async def shop() -> AsyncIterator[tuple[Inbox, SmtpServer]]:
    """A mail server where mails come back to, and what arrives there."""
    inbox = Inbox(lambda: NOW)
    server = await start_smtp(inbox, FaultSwitch())
    yield inbox, server
    await server.close()


async def test_a_mail_that_bounces_is_taken_and_comes_back_to_its_return_path(
    shop: tuple[Inbox, SmtpServer],
) -> None:
    returned, server = shop
    inbox, faults = Inbox(lambda: NOW), FaultSwitch()
    faults.set(BOUNCE)
    post = BouncePost(server.host, server.port)
    customers = await start_smtp(inbox, faults, bounces=post)
    await aiosmtplib.send(
        mail(), sender="bounces+1@notify.example", hostname="127.0.0.1", port=customers.port
    )
    await post.close()
    await customers.close()
    assert inbox.messages() == [], "it never arrived"
    assert [one.to for one in returned.messages()] == ["bounces+1@notify.example"]
    assert post.failures == []


async def test_a_bounce_that_nobody_takes_is_noted() -> None:
    post = BouncePost("127.0.0.1", closed_port())
    post.send(RETURNED)
    await post.close()
    assert len(post.failures) == 1


def test_the_report_has_the_form_of_the_standard() -> None:
    read = message_from_bytes(report(RETURNED).as_bytes())
    assert read.get_content_type() == "multipart/report"
    assert read.get_param("report-type") == "delivery-status"
    parts = read.get_payload()
    assert isinstance(parts, list)
    text, status, headers = (part for part in parts if isinstance(part, Message))
    assert text.get_content_type() == "text/plain"
    assert status.get_content_type() == "message/delivery-status"
    assert headers.get_content_type() == "text/rfc822-headers"
    blocks = status.get_payload()
    assert isinstance(blocks, list)
    assert isinstance(blocks[1], Message)
    assert blocks[1]["Action"] == "failed"
    assert blocks[1]["Status"] == "5.1.1"
    assert blocks[1]["Final-Recipient"] == "rfc822; olena@example.org"
