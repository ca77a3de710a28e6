"""The providers' stand-ins on loopback, as the notifier's settings find them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from headsup.clock import SystemClock
from sandbox.providers import telegram, twilio
from sandbox.providers.bounces import BouncePost
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import start_smtp
from sandbox.providers.twilio_callbacks import Callbacks
from sandbox.providers.twilio_inbound import Inbound
from tests.support.serving import serving


@asynccontextmanager
async def providers(
    inbox: Inbox,
    faults: FaultSwitch | None = None,
    *,
    callbacks: Callbacks | None = None,
    bounces: BouncePost | None = None,
    inbound: Inbound | None = None,
) -> AsyncIterator[dict[str, str]]:
    """All three while the block runs, and the settings that lead to them. With `callbacks` Twilio
    says later what became of a message; with `bounces` mails come back; what is written to
    `inbound` opens WhatsApp's window."""
    faults, clock = faults or FaultSwitch(), SystemClock().now
    web = Starlette(
        routes=[
            *twilio.routes(inbox, faults, clock=clock, callbacks=callbacks, inbound=inbound),
            *telegram.routes(inbox, faults, clock=clock),
        ]
    )
    smtp = await start_smtp(inbox, faults, bounces=bounces)
    try:
        async with serving(web) as url:
            yield {
                "SMTP_URL": f"smtp://{smtp.host}:{smtp.port}?starttls=never",
                "TWILIO_API_URL": url,
                "TELEGRAM_API_URL": url,
            }
    finally:
        await smtp.close()
