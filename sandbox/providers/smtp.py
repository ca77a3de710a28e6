"""A mail server that keeps what it is given, on aiosmtpd.

    server = await start_smtp(inbox, faults, port=0)
    server.port

Faults strike where a real server shows them: a bad recipient after RCPT, a broken server after the
body, silence instead of the last answer.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from typing import cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from headsup.contracts.channels import Channel
from sandbox.providers.bounces import BouncePost, Returned
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Arrival, Inbox

MAX_MAIL = 5_000_000
"""Octets of the largest mail that is taken."""

_SILENCE = 60.0
_OK = "250 2.0.0 OK: queued"
_BAD_LOGIN = "535 5.7.8 Authentication credentials invalid"
_AT_RECIPIENT: dict[Fault, str] = {
    # Real ones name the address as well.
    Fault.REFUSE: "550 5.1.1 <{address}>: Recipient address rejected: User unknown",
    Fault.RATE_LIMIT: "421 4.7.0 <{address}>: Too many messages, try again later",
    Fault.BAD_CREDENTIALS: "530 5.7.0 Authentication required",
    Fault.RESET: "421 4.3.0 Connection is about to be cut",  # nobody reads it
}
_AT_BODY: dict[Fault, str] = {Fault.SERVER_ERROR: "451 4.3.0 Local error in processing"}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A running server."""

    host: str
    port: int
    _server: asyncio.Server
    _connections: set[SMTP]
    _taking: set["asyncio.Task[str]"]

    async def close(self) -> None:
        """Ends it, and every connection to it."""
        self._server.close()
        for taking in self._taking:
            taking.cancel()
        for connection in list(self._connections):
            _cut(connection)
        await self._server.wait_closed()
        await asyncio.sleep(0)


async def start_smtp(
    inbox: Inbox,
    faults: FaultSwitch,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    credentials: tuple[str, str] | None = None,
    bounces: BouncePost | None = None,
) -> SmtpServer:
    """Starts in the running loop. Port 0 takes a free one. `credentials`: the only login that is
    taken; None takes any, and mail without one. `bounces`: where mails are sent back to by the
    fault `bounce`; without it they are lost."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # it would log addresses
    loop = asyncio.get_running_loop()
    connections: set[SMTP] = set()
    taking: set[asyncio.Task[str]] = set()
    authenticator = _authenticator(credentials)

    def connect() -> asyncio.Protocol:
        return _Connection(_Handler(inbox, faults, bounces, taking), connections, authenticator)

    server = await loop.create_server(connect, host, port)
    bound_host, bound_port = server.sockets[0].getsockname()[:2]
    return SmtpServer(bound_host, bound_port, server, connections, taking)


class _Connection(SMTP):
    """One dialogue. Keeps itself in a set, so that the server can end it."""

    def __init__(
        self,
        handler: "_Handler",
        connections: set[SMTP],
        authenticator: Callable[..., AuthResult],
    ) -> None:
        super().__init__(
            handler,
            data_size_limit=MAX_MAIL,
            enable_SMTPUTF8=True,
            hostname="sandbox",
            authenticator=authenticator,
            auth_require_tls=False,
            loop=asyncio.get_running_loop(),
        )
        self._open = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._open.discard(self)
        super().connection_lost(error)


def _authenticator(credentials: tuple[str, str] | None) -> Callable[..., AuthResult]:
    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: LoginPassword
    ) -> AuthResult:
        given = (login.login.decode(), login.password.decode())
        if credentials is None or given == credentials:
            return AuthResult(success=True)
        return AuthResult(success=False, handled=False, message=_BAD_LOGIN)

    return check


class _Handler:
    """What one dialogue leads to."""

    def __init__(
        self,
        inbox: Inbox,
        faults: FaultSwitch,
        bounces: BouncePost | None,
        taking: set["asyncio.Task[str]"],
    ) -> None:
        self._taking = taking
        self._inbox = inbox
        self._faults = faults
        self._bounces = bounces
        self._rule: FaultRule | None = None  # of the mail that is under way

    async def handle_EHLO(  # noqa: N802  aiosmtpd calls it so
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]  # it reads line by line

    async def handle_RCPT(  # noqa: N802  aiosmtpd calls it so
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        rule = self._faults.next(Channel.EMAIL, address)
        if rule is not None and rule.fault in _AT_RECIPIENT:
            if rule.fault is Fault.RESET:
                _cut(server)
            return _AT_RECIPIENT[rule.fault].format(address=address)
        envelope.rcpt_tos.append(address)
        self._rule = rule
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """The mail is whole. From here on the server has it, even if the client goes away."""
        taking = asyncio.create_task(self._take(envelope, self._rule))
        self._taking.add(taking)
        taking.add_done_callback(self._taking.discard)
        return await asyncio.shield(taking)

    async def _take(self, envelope: Envelope, rule: FaultRule | None) -> str:
        if rule is not None and rule.fault in _AT_BODY:
            return _AT_BODY[rule.fault]
        if rule is not None and rule.fault is Fault.DELAY:
            await asyncio.sleep(rule.delay_s)
        content = envelope.original_content or b""
        if rule is not None and rule.fault is Fault.BOUNCE:
            self._send_back(envelope, content)
            return _OK
        for address in envelope.rcpt_tos:
            self._inbox.add(_arrival(content, address))
        if rule is not None and rule.fault is Fault.ACCEPT_THEN_SILENCE:
            await asyncio.sleep(_SILENCE)
        return _OK

    def _send_back(self, envelope: Envelope, content: bytes) -> None:
        if self._bounces is not None:
            for address in envelope.rcpt_tos:
                self._bounces.send(Returned(envelope.mail_from or "", address, content))


def _cut(connection: SMTP) -> None:
    if connection.transport is not None:
        cast("asyncio.WriteTransport", connection.transport).abort()


def _arrival(content: bytes, address: str) -> Arrival:
    mail = message_from_bytes(content, policy=policy.default)
    return Arrival(
        channel=Channel.EMAIL,
        to=address,
        subject=_header(mail, "Subject"),
        text=_body(mail, "plain") or "",
        html=_body(mail, "html"),
        language=_header(mail, "Content-Language"),
        provider_ref=_header(mail, "Message-ID") or "",
        print=sha256(content).hexdigest(),
    )


def _header(mail: EmailMessage, name: str) -> str | None:
    value = mail.get(name)
    return None if value is None else str(value).strip()


def _body(mail: EmailMessage, subtype: str) -> str | None:
    part = mail.get_body((subtype,))
    if part is None:
        return None
    content: str = part.get_content().replace("\r\n", "\n")
    return unflowed(content) if part.get_param("format") == "flowed" else content


def unflowed(text: str) -> str:
    """The paragraphs of a format=flowed text, as a mail program shows them (RFC 3676)."""
    paragraphs, begun = [], ""
    for line in text.split("\n"):
        begun += line.removeprefix(" ")
        if not line.endswith(" ") or line == "-- ":
            paragraphs.append(begun)
            begun = ""
    return "\n".join([*paragraphs, begun] if begun else paragraphs)
