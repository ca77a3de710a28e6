"""Takes the mails that come back: a small mail server on aiosmtpd, by SMTP or LMTP.

Only mail to an address that we made is taken, and refused before it is sent otherwise; so this is
no relay and no mailbox. Whoever brings a mail while the database is away is told to come again.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any, Final, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.http import CannotListenError
from services.notifier.bounce_settings import BounceSettings, Protocol
from services.notifier.bounces import Action, read, summary
from services.notifier.brought import NotTakenError
from services.notifier.failures import failure_of_mail
from services.notifier.receipt_metrics import OTHER, ReceiptMetrics, Refused
from services.notifier.receipts import Receipt, Word
from services.notifier.reception import Receipts
from services.notifier.return_path import ReturnPath

LARGEST_MAIL: Final = 1_000_000
"""Octets. A report returns at most the mail itself, and ours are smaller than 100 kB."""
MOST_CONNECTIONS: Final = 50
PATIENCE: Final = 60.0
"""Seconds of silence after which a connection ends."""
LONGEST_DIALOGUE: Final = 600.0
"""Seconds after which a connection ends even if something is said all the time: else a few of them,
kept open, would be all that there is."""
LONGEST_LINE: Final = 100_000
"""Octets; the standard says 1,000 and some servers do not count."""

_TAKEN = "250 2.0.0 Noted"
_NOT_OURS = "550 5.1.1 No such address"
_ONE_AT_A_TIME = "452 4.5.3 One recipient at a time"
_LATER = "451 4.3.0 Try again later"
_BUSY = b"421 4.3.2 Too many connections\r\n"


@contextlib.asynccontextmanager
async def listening(
    settings: BounceSettings, receipts: Receipts, metrics: ReceiptMetrics
) -> AsyncIterator[int | None]:
    """Takes returned mails while the block runs; yields the port, or None when it is switched off.

    Raises CannotListenError.
    """
    if settings.port is None or settings.path is None:
        yield None
        return
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it logs addresses
    handler = _Handler(settings.path, receipts, metrics)
    made = _LmtpConnection if settings.protocol is Protocol.LMTP else _Connection
    open_: set[SMTP] = set()
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            lambda: made(handler, open_), settings.host, settings.port
        )
    except OSError as error:
        problem = f"HEADSUP_BOUNCE_PORT {settings.port} on {settings.host} cannot be used"
        raise CannotListenError(error.errno, problem) from error
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for connection in list(open_):
            _cut(connection)
        await server.wait_closed()


class _Connection(SMTP):
    """One dialogue. Keeps itself in a set, which bounds how many there are."""

    line_length_limit = LONGEST_LINE

    def __init__(self, handler: "_Handler", open_: set[SMTP]) -> None:
        super().__init__(
            handler,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname="headsup",
            ident="ready",
            timeout=PATIENCE,
            loop=asyncio.get_running_loop(),
        )
        self._open = open_
        self._end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._open) >= MOST_CONNECTIONS:
            cast("asyncio.WriteTransport", transport).write(_BUSY)
            transport.close()
        else:
            self._open.add(self)
            end = cast("asyncio.WriteTransport", transport).abort
            self._end = asyncio.get_running_loop().call_later(LONGEST_DIALOGUE, end)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._end is not None:
            self._end.cancel()
        self._open.discard(self)
        super().connection_lost(error)


class _LmtpConnection(_Connection, LMTP):
    """The same by LMTP. There a mail has an answer for each recipient; ours have one recipient."""


class _Handler:
    """What the dialogues lead to. aiosmtpd calls its methods by these names."""

    def __init__(self, path: ReturnPath, receipts: Receipts, metrics: ReceiptMetrics) -> None:
        self._path = path
        self._receipts = receipts
        self._metrics = metrics

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Only what we made is an address here."""
        if self._path.notification(address) is None:
            self._metrics.came(Channel.EMAIL, OTHER, Refused.NOT_OURS)
            return _NOT_OURS
        if envelope.rcpt_tos:
            return _ONE_AT_A_TIME
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """The mail is whole."""
        notification_id = self._path.notification(envelope.rcpt_tos[0])
        assert notification_id is not None  # noqa: S101 - looked at with the recipient
        try:
            action, receipt = read_receipt(notification_id, envelope.original_content or b"")
        except Exception as error:  # noqa: BLE001 - counted: the library may break on any mail
            logs.logger().warning("a returned mail cannot be read", error=error)
            self._metrics.came(Channel.EMAIL, OTHER, Refused.MALFORMED)
            return _TAKEN
        if receipt is None:
            self._metrics.came(Channel.EMAIL, action, Refused.IGNORED)
            return _TAKEN
        try:
            effect = await self._receipts.take(receipt)
        except NotTakenError:
            self._metrics.came(Channel.EMAIL, action, Refused.NOT_TAKEN)
            return _LATER
        self._metrics.came(Channel.EMAIL, action, effect)
        return _TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """The library would answer with the error's words."""
        logs.logger().error("a dialogue with a mail server broke", error=error)
        return _LATER


def read_receipt(notification_id: str, content: bytes) -> tuple[Action, Receipt | None]:
    """What a returned mail says about a notification; no receipt when it is not that it failed.
    Pure."""
    lines = read(content)
    action = summary(lines)
    if action is not Action.FAILED:
        return action, None
    return action, Receipt(
        notification_id=notification_id,
        channel=Channel.EMAIL,
        word=Word.UNDELIVERED,
        failure=failure_of_mail(lines[0].status),
        recipients=lines[0].recipients,
    )


def _cut(connection: SMTP) -> None:
    if connection.transport is not None:
        cast("asyncio.WriteTransport", connection.transport).abort()
