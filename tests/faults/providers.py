"""The providers of one experiment: stand-ins in this process that can be closed and opened."""

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
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
from tests.faults.journeys import REACHED
from tests.faults.oracle import Incident
from tests.faults.receipts import PatientPost, Reports
from tests.support.serving import serving

_LOOPBACK: Final = "127.0.0.1"
_TWILIO: Final = ("AC" + "0" * 32, "a-token-of-the-sandbox")
_TELEGRAM_TOKEN: Final = "1000000001:a-token-of-the-sandbox"
_MOST: Final = 200_000
"""Messages that are kept: more than any experiment sends."""
TOO_SLOW: Final = 3.5
"""Seconds that a call takes at least whose answer comes when nobody waits for it any more."""
_SPREAD: Final = timedelta(seconds=1)
"""Between a fault and what became of the message that it hit."""
_DOUBTFUL: Final = frozenset(
    {Fault.DELAY, Fault.SERVER_ERROR, Fault.RESET, Fault.ACCEPT_THEN_SILENCE}
)
SECOND_RELAY: Final = "second relay"


@dataclass(frozen=True, slots=True)
class Fired:
    """A fault that struck."""

    rule: FaultRule
    to: str
    at: datetime

    @property
    def incident(self) -> Incident | None:
        """The doubt that it may leave."""
        if self.rule.fault not in _DOUBTFUL:
            return None
        delay = self.rule.delay_s if self.rule.fault is Fault.DELAY else 0.0
        taken = self.at + timedelta(seconds=delay)
        return Incident(
            since=taken - _SPREAD / 10,
            until=taken + _SPREAD,
            channel=self.rule.channel,
            to=self.to,
            is_late=delay >= TOO_SLOW,
        )


class WatchedSwitch(FaultSwitch):
    """Remembers what struck."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.fired: list[Fired] = []
        self._clock = clock

    def next(self, channel: Channel, to: str) -> FaultRule | None:
        """The fault for this message, if any."""
        return self._noted(super().next(channel, to), to)

    def next_report(self, channel: Channel, to: str) -> FaultRule | None:
        """The fault for the reports on this message, if any."""
        return self._noted(super().next_report(channel, to), to)

    def _noted(self, rule: FaultRule | None, to: str) -> FaultRule | None:
        if rule is not None:
            self.fired.append(Fired(rule, to, self._clock()))
        return rule


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
    faults: WatchedSwitch
    _doors: dict[str, _Door] = field(default_factory=dict)
    closings: list[tuple[str, datetime]] = field(default_factory=list)
    """When which of them was closed: whoever was inside got no answer."""
    reports: Reports | None = None
    """Twilio's, where it has anything to say."""
    post: PatientPost | None = None
    """What brings back mails that cannot be delivered."""
    _ports: tuple[int, int] = (0, 0)
    """Where the notifier takes both."""

    @classmethod
    def made(cls, *, receipts: bool = False) -> "Providers":
        """All closed. `receipts`: they say later what became of a message."""
        clock = SystemClock().now
        inbox, faults = Inbox(clock, capacity=_MOST), WatchedSwitch(clock)
        reports = Reports() if receipts else None
        sms = twilio.routes(inbox, faults, clock=clock, credentials=_TWILIO, callbacks=reports)
        bot = telegram.routes(inbox, faults, clock=clock, token=_TELEGRAM_TOKEN)
        doors = {
            Channel.EMAIL.value: _Door(free_port(), None),
            Channel.SMS.value: _Door(free_port(), sms),
            Channel.TELEGRAM.value: _Door(free_port(), bot),
            SECOND_RELAY: _Door(free_port(), None),
        }
        ports = (free_port(), free_port())
        post = PatientPost(_LOOPBACK, ports[1]) if receipts else None
        return cls(inbox, faults, doors, reports=reports, post=post, _ports=ports)

    async def open(self, *names: str) -> None:
        """Has them take connections."""
        for name in names:
            door = self._doors[name]
            async with AsyncExitStack() as opening:
                if door.routes is None:
                    server = await start_smtp(
                        self.inbox, self.faults, port=door.port, bounces=self.post
                    )
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
                self.closings.append((name, SystemClock().now()))
                await door.open.aclose()
                door.open = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Providers"]:
        """All three open while the block runs."""
        await self.open(*REACHED)
        try:
            yield self
        finally:
            await self.close(*self._doors)
            if self.reports is not None:
                await self.reports.__aexit__(None, None, None)
            if self.post is not None:
                await self.post.close()

    @property
    def is_full(self) -> bool:
        """The first messages may be forgotten by now."""
        return len(self.inbox.messages()) >= _MOST

    @property
    def incidents(self) -> list[Incident]:
        """The doubts that they may have left."""
        found = [incident for one in self.faults.fired if (incident := one.incident)]
        for name, at in self.closings:
            channel = Channel.EMAIL if name == SECOND_RELAY else Channel(name)
            found.append(Incident(since=at - _SPREAD, until=at + _SPREAD, channel=channel))
        return found

    def break_all(self, fault: Fault, *, retry_after: int = 1) -> None:
        """The same fault on every channel."""
        rules = [FaultRule(channel=c, fault=fault, retry_after=retry_after) for c in REACHED]
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
    def receipts(self) -> dict[str, str]:
        """Where a notifier is told what became of messages; nothing when it is not."""
        if self.reports is None:
            return {}
        web, mail = self._ports
        return {
            "HTTP_PORT": str(web),
            "HEADSUP_PUBLIC_URL": f"http://{_LOOPBACK}:{web}",
            "HEADSUP_BOUNCE_ADDRESS": "bounces@notify.example",
            "HEADSUP_BOUNCE_KEY": "a key of the sandbox",
            "HEADSUP_BOUNCE_HOST": _LOOPBACK,
            "HEADSUP_BOUNCE_PORT": str(mail),
        }

    @property
    def second_relay(self) -> dict[str, str]:
        """The setting that makes a second mail server known. It is to be opened first."""
        return {"SMTP_SECONDARY_URL": self._mail_url(SECOND_RELAY)}

    def _mail_url(self, name: str) -> str:
        return f"smtp://{_LOOPBACK}:{self._doors[name].port}?starttls=never"
