"""A mail that is given up in the middle, over a real dialogue with a server that is slow.

The answer that is still on its way must never pass for the answer to the next mail.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from services.notifier.channels import (
    EmailSender,
    PermanentError,
    PoolLimits,
    SendError,
    TransientError,
    UnknownOutcomeError,
    parse_smtp_url,
)
from services.notifier.channels.mime import build_mail
from tests.support.eventually import eventually
from tests.unit.services.notifier.channels.mails import mail

BODY = "."
STAGES = ("EHLO", "AUTH", "MAIL", "RCPT", "DATA", BODY, "RSET")
NOBODY = "nobody@example.org"
PATIENCE = 0.3
"""Seconds that a sender waits for this server, where it is to lose patience."""


class SlowServer:
    """Stops at one command until it is let go, and refuses `NOBODY`."""

    def __init__(self) -> None:
        self.stops_at: str | None = None
        self.stopped = 0
        self.connections = 0
        self.lost = 0
        self.bodies: list[bytes] = []
        self.port = 0
        self._go_on = asyncio.Event()

    async def pause(self, stage: str) -> None:
        if stage == self.stops_at:
            self.stopped += 1
            await self._go_on.wait()

    async def has_lost_one(self) -> bool:
        return self.lost > 0

    async def is_held(self) -> bool:
        return self.stopped > 0

    def go_on(self) -> None:
        self.stops_at = None
        self._go_on.set()

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address == NOBODY:
            return "550 5.1.1 Who?"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        self.bodies.append(envelope.original_content or b"")
        await self.pause(BODY)
        return "250 2.0.0 OK"


class Dialogue(SMTP):
    """One connection to it."""

    def __init__(self, behind: SlowServer) -> None:
        self.behind = behind
        super().__init__(
            behind,
            hostname="slow",
            authenticator=lambda *_: AuthResult(success=True),
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.behind.connections += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.behind.lost += 1
        super().connection_lost(error)


def _slow(verb: str) -> Callable[[Dialogue, str | None], Awaitable[None]]:
    usual = getattr(SMTP, f"smtp_{verb}")

    async def command(self: Dialogue, argument: str | None) -> None:
        await self.behind.pause(verb)
        await usual(self, argument)

    return command


for _verb in STAGES:
    if _verb != BODY:
        setattr(Dialogue, f"smtp_{_verb}", _slow(_verb))


@asynccontextmanager
async def slow_server() -> AsyncIterator[SlowServer]:
    behind = SlowServer()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Dialogue(behind), "127.0.0.1", 0)
    behind.port = server.sockets[0].getsockname()[1]
    try:
        yield behind
    finally:
        behind.go_on()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)


@asynccontextmanager
async def sending_to(
    behind: SlowServer, patience: float = 5.0, *, stage: str = BODY
) -> AsyncIterator[EmailSender]:
    """One connection at a time, so that the next mail would get the one that was given up."""
    login = "shop:secret@" if stage == "AUTH" else ""
    sender = EmailSender(
        parse_smtp_url(f"smtp://{login}127.0.0.1:{behind.port}?starttls=never"),
        local_hostname="notifier",
        limits=PoolLimits(size=1),
        timeout=patience,
    )
    yield sender
    await sender.close()


async def _prepare(sender: EmailSender, stage: str) -> None:
    if stage == "RSET":  # is said only after a mail that was refused
        with pytest.raises(PermanentError):
            await sender.send(mail(to=NOBODY))


async def _all_is_in_step(sender: EmailSender, behind: SlowServer) -> None:
    """Each mail gets its own answer: a refused one its refusal, a good one its acceptance."""
    before = len(behind.bodies)
    for _ in range(2):
        await sender.send(mail())
        with pytest.raises(PermanentError) as caught:
            await sender.send(mail(to=NOBODY))
        assert caught.value.code == "550 5.1.1"
    assert behind.bodies[before:] == [build_mail(mail()).content] * 2


@pytest.mark.parametrize("stage", STAGES)
async def test_after_a_mail_that_was_cancelled_every_mail_gets_its_own_answer(stage: str) -> None:
    async with slow_server() as behind, sending_to(behind, stage=stage) as sender:
        await _prepare(sender, stage)
        behind.stops_at = stage
        sending = asyncio.create_task(sender.send(mail(text="given up")))
        await eventually(behind.is_held)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await eventually(behind.has_lost_one)
        behind.go_on()

        await _all_is_in_step(sender, behind)
        assert behind.connections == 2


@pytest.mark.parametrize("stage", STAGES)
async def test_after_a_mail_that_took_too_long_every_mail_gets_its_own_answer(stage: str) -> None:
    async with (
        slow_server() as behind,
        sending_to(behind, PATIENCE, stage=stage) as sender,
    ):
        await _prepare(sender, stage)
        behind.stops_at = stage
        with pytest.raises(SendError) as caught:
            await sender.send(mail(text="given up"))
        assert type(caught.value) is (UnknownOutcomeError if stage == BODY else TransientError)
        behind.go_on()

        await _all_is_in_step(sender, behind)
        assert behind.connections == 2


async def test_a_second_send_after_silence_has_the_same_bytes_on_the_wire() -> None:
    async with slow_server() as behind, sending_to(behind, PATIENCE) as sender:
        behind.stops_at = BODY
        with pytest.raises(UnknownOutcomeError):
            await sender.send(mail())
        behind.go_on()
        await sender.send(mail())

    first, second = behind.bodies
    assert first == second == build_mail(mail()).content
