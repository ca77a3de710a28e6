"""The dialogue over a connection that aiosmtplib opened: commands, and a reply to each.

aiosmtplib waits for each reply before the next command. A server that offers PIPELINING (RFC 2920)
takes an envelope at once: of four round trips two are left, and half the work.
"""

import asyncio
from collections import deque
from typing import cast

from aiosmtplib import SMTP, SMTPResponse, SMTPResponseException, SMTPServerDisconnected

_LONGEST_REPLY = 65_536
"""Octets that may wait for their end."""
_INVALID = -1
"""The code of a reply that is none."""
_SERVICE_CLOSING = 421
_END_OF_CODE = 3


class Dialogue(asyncio.Protocol):
    """Takes the place of aiosmtplib's own protocol once greeting, TLS and login are over.

    Replies are counted: as many as there were commands. What a server says unasked is dropped.
    """

    def __init__(
        self, transport: asyncio.WriteTransport, *, takes_groups: bool, takes_utf8: bool
    ) -> None:
        """`transport`: an open one, over which no reply is due."""
        self.takes_groups = takes_groups
        """Whether it takes several commands at once (PIPELINING)."""
        self.takes_utf8 = takes_utf8
        """Whether it takes addresses that are not ASCII (SMTPUTF8)."""
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._due = 0
        """Commands whose reply did not come yet."""
        self._buffer = b""
        self._lines: list[bytes] = []
        """Those of a reply that is not whole."""
        self._replies: deque[SMTPResponse] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether a command could be written."""
        return self._error is None and not self._transport.is_closing()

    def say(self, *commands: bytes) -> None:
        """Writes commands at once, each without its line end: all but the last one have to be such
        that may stand in a group. Raises SMTPServerDisconnected when the connection ended, and
        ValueError for a command that holds a line break."""
        for command in commands:
            if b"\r" in command or b"\n" in command:
                raise ValueError("a command of more than one line")
        self._write(b"\r\n".join((*commands, b"")), len(commands))

    def hand_over(self, content: bytes) -> None:
        """Writes a mail that ends with a line end, after the server asked for it. Raises
        SMTPServerDisconnected."""
        # A dot that starts a line is doubled, a dot alone ends the mail (RFC 5321 section 4.5.2).
        self._write(content.replace(b"\r\n.", b"\r\n..") + b".\r\n", 1)

    async def reply(self) -> SMTPResponse:
        """The reply to the first command that has had none. Raises SMTPServerDisconnected, and
        SMTPResponseException without a code for what is no reply."""
        while not self._replies:
            if self._error is not None:
                raise self._error
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        reply = self._replies.popleft()
        if reply.code == _SERVICE_CLOSING:
            self.close()
        return reply

    def close(self) -> None:
        """Ends the connection without a word."""
        self._transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the loop."""
        lost = SMTPServerDisconnected("Connection lost")
        lost.__cause__ = error
        self._fail(lost)

    def eof_received(self) -> bool:
        """Called by the loop; the connection is closed then."""
        self._fail(SMTPServerDisconnected("Unexpected EOF received"))
        return False

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if not self._due:
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if self._due:
                self._take(line)
        if not self._due:
            self._buffer = b""
        elif len(self._buffer) + sum(map(len, self._lines)) > _LONGEST_REPLY:
            self._fail(SMTPResponseException(_INVALID, "Response too long"))
        if self._replies:
            self._wake()

    def _take(self, line: bytes) -> None:
        self._lines.append(line[_END_OF_CODE + 1 :].strip(b" \t\r"))
        if line[_END_OF_CODE : _END_OF_CODE + 1] == b"-":
            return
        text, self._lines = b"\n".join(self._lines), []
        try:
            code = int(line[:_END_OF_CODE])
        except ValueError:
            self._fail(SMTPResponseException(_INVALID, "Malformed SMTP response line"))
            return
        self._due -= 1
        self._replies.append(SMTPResponse(code, text.decode("utf-8", "surrogateescape")))

    def _write(self, data: bytes, due: int) -> None:
        if not self.is_open:
            raise self._error or SMTPServerDisconnected("Connection lost")
        self._due += due
        self._transport.write(data)

    def _fail(self, error: Exception) -> None:
        self._error = self._error or error
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def dialogue_over(smtp: SMTP) -> Dialogue:
    """Goes on over a connection for which aiosmtplib is done. Raises SMTPServerDisconnected when
    it ended."""
    transport = smtp.transport
    if transport is None or transport.is_closing():
        raise SMTPServerDisconnected("Connection lost")
    return Dialogue(
        cast("asyncio.WriteTransport", transport),
        takes_groups=smtp.supports_extension("pipelining"),
        takes_utf8=smtp.supports_extension("smtputf8"),
    )
