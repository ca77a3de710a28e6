"""Mails to build and to send in these tests."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.notifier.rendered import RenderedEmail

_MAIL = RenderedEmail(
    notification_id="9f1c2d3e-0000-4000-8000-000000000001.0",
    to="olena@example.org",
    to_name="Олена Коваль",
    from_address="orders@shop.example",
    from_name="Shop",
    reply_to="people@shop.example",
    subject="Your order 1001 is on its way",
    text="It arrives on Tuesday.\n",
    html="<p>It arrives on Tuesday.</p>\n",
    language="en",
    date=datetime(2026, 11, 24, 10, 0, tzinfo=UTC),
)


def mail(**changes: Any) -> RenderedEmail:
    return replace(_MAIL, **changes)
