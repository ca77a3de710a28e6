"""The providers of one experiment: stand-ins in this process that can be closed and opened."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from sandbox.parts.places import free_port
from sandbox.providers import telegram, twilio
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import start_smtp
from tests.support.serving import serving

_LOOPBACK: Final = "127.0.0.1"
_TWILIO: Final = ("AC" + "0" * 32, "a-token-of-the-sandbox")
_TELEGRAM_TOKEN: Final = "1000000001:a-token-of-the-sandbox"
_MOST: Final = 200_000
SECOND_RELAY: Final = "second relay"


@dataclass(slots=True)
class _Door:
    """A port, and what is behind it while it is open."""

    port: int
    routes: list[BaseRoute] | None
    """None for a mail server."""
    open: AsyncExitStack | None = None


@dataclass(frozen=True, slots=True)
class Providers:
    """One inbox and one fault switch behind a mail server, Twilio and Telegram."""

    inbox: Inbox
    faults: FaultSwitch
    _doors: dict[str, _Door] = field(default_factory=dict)

    @classmethod
    def made(cls) -> "Providers":
        """All closed."""
        clock = SystemClock().now
        inbox, faults = Inbox(clock, capacity=_MOST), FaultSwitch()
        sms = twilio.routes(inbox, faults, clock=clock, credentials=_TWILIO)
        bot = telegram.routes(inbox, faults, clock=clock, token=_TELEGRAM_TOKEN)
        doors = {
            Channel.EMAIL.value: _Door(free_port(), None),
            Channel.SMS.value: _Door(free_port(), sms),
            Channel.TELEGRAM.value: _Door(free_port(), bot),
            SECOND_RELAY: _Door(free_port(), None),
        }
        return cls(inbox, faults, doors)

    async def open(self, *names: str) -> None:
        """Has them take connections."""
        for name in names:
            door = self._doors[name]
            async with AsyncExitStack() as opening:
                if door.routes is None:
                    server = await start_smtp(self.inbox, self.faults, port=door.port)
                    opening.push_async_callback(server.close)
                else:
                    app = Starlette(routes=door.routes)
                    await opening.enter_async_context(serving(app, door.port))
                door.open = opening.pop_all()

    async def close(self, *names: str) -> None:
        """Has them refuse connections, and ends those that there are."""
        for name in names:
            door = self._doors[name]
            if door.open is not None:
                await door.open.aclose()
                door.open = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Providers"]:
        """All three open while the block runs."""
        await self.open(*Channel)
        try:
            yield self
        finally:
            await self.close(*self._doors)

    def break_all(self, fault: Fault, *, retry_after: int = 1) -> None:
        """The same fault on every channel."""
        rules = [FaultRule(channel=c, fault=fault, retry_after=retry_after) for c in Channel]
        self.faults.set(*rules)

    @property
    def settings(self) -> dict[str, str]:
        """Where the notifier finds them."""
        return {
            "SMTP_URL": self._mail_url(Channel.EMAIL),
            "TWILIO_ACCOUNT_SID": _TWILIO[0],
            "TWILIO_AUTH_TOKEN": _TWILIO[1],
            "TWILIO_FROM": "+15005550006",
            "TWILIO_API_URL": f"http://{_LOOPBACK}:{self._doors[Channel.SMS].port}",
            "TELEGRAM_BOT_TOKEN": _TELEGRAM_TOKEN,
            "TELEGRAM_API_URL": f"http://{_LOOPBACK}:{self._doors[Channel.TELEGRAM].port}",
        }

    @property
    def second_relay(self) -> dict[str, str]:
        """The setting that makes a second mail server known. It is to be opened first."""
        return {"SMTP_SECONDARY_URL": self._mail_url(SECOND_RELAY)}

    def _mail_url(self, name: str) -> str:
        return f"smtp://{_LOOPBACK}:{self._doors[name].port}?starttls=never"
