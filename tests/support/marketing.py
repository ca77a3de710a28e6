"""Marketing as somebody gets it, agrees to it, and stops it."""

import re
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.replies import CustomerOptedOut
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from services.notifier.channels.mime import build_mail
from services.notifier.rendered import RenderedEmail
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, PUBLIC, Rig, requested
from tests.support.reading import TopicReader

DAY = timedelta(days=1)
MAIL = "oksana@mail.example"
PHONE = "+380501234567"
BY_MAIL = Customer(id="c-1", name="Оксана", email=MAIL)


def asks_for_a_review(request_id: str, **changes: Any) -> Event[NotificationRequested]:
    """What do you think of it? Goes by mail, or else to a chat."""
    given: dict[str, Any] = {"kind": Kind.REVIEW_REQUEST, "customer": BY_MAIL}
    return requested(request_id, **given | changes)


def agrees(
    *contacts: tuple[Channel, str],
    customer_id: str = "c-1",
    to: tuple[Channel, ...] = tuple(Channel),
    at: datetime = MONDAY - DAY,
    told_at: datetime | None = None,
) -> Event[CustomerUpdated]:
    """A customer agreed to marketing on these channels at this time; the shop says so then, or
    later."""
    data = CustomerUpdated(
        customer_id=customer_id,
        contacts=tuple(ContactPoint(channel=c, address=a) for c, a in contacts),
        consents=tuple(
            Consent(
                channel=channel,
                message_class=MessageClass.MARKETING,
                granted=True,
                at=at,
                source="page",
            )
            for channel in to
        ),
    )
    said_at = told_at or at
    return envelope.make(SHOP, f"{customer_id}-{said_at.isoformat()}", said_at, data)


def opened(mail: RenderedEmail) -> EmailMessage:
    """The mail as a program reads it that is not ours."""
    found = message_from_bytes(build_mail(mail).content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert found.defects == []
    return found


def stop_links_in(text: str) -> list[str]:
    """The addresses at which marketing is stopped, in a text."""
    return re.findall(rf"{re.escape(PUBLIC)}/s/[\w-]+", text)


async def opt_outs(rig: Rig, count: int) -> list[tuple[str, str, CustomerOptedOut]]:
    """The first `count` events about opt-outs, or more if there are: key, id, data."""
    servers, topic = rig.settings.common.kafka_bootstrap_servers, rig.prefix + "customers.replied"
    async with TopicReader(servers, topic) as reader:
        records = await reader.at_least(count)
        found = []
        for record in records:
            event = envelope.decode(record.value, record.headers, rig.clock.now())
            found.append((record.key.decode(), event.id, event.data))
        return found


async def kept(rig: Rig) -> list[tuple[str, datetime]]:
    """Who is known to want no marketing, by key, and since when."""
    rows = await rig.pool.fetch("SELECT who, at FROM notifier.opt_outs ORDER BY who")
    return [(row["who"], row["at"]) for row in rows]
