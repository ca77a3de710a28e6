"""Open SMTP connections, kept for the next mail.

One mail at a time goes over a connection, so mails in parallel are connections in parallel. Two
round trips carry a mail over an open one, four where the server offers no PIPELINING; TCP, TLS and
AUTH would double that.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiosmtplib

from services.notifier.channels.smtp_dialogue import Dialogue, dialogue_over
from services.notifier.channels.smtp_url import SmtpServer

_COMPLETED = 250
_GOODBYE = 1.0
"""Seconds that a server has to answer QUIT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """How many connections, and for how long. Relays commonly end one after 100 mails."""

    size: int = 8
    messages_per_connection: int = 100
    max_idle: float = 30.0
    """Seconds. Below what servers and the address translation on the way to them allow."""


@dataclass(slots=True, eq=False)
class Connection:
    """A connection on loan."""

    dialogue: Dialogue
    messages: int = 0
    """Mails that went over it before."""
    idle_since: float = 0.0
    needs_reset: bool = False


class SmtpPool:
    """Connections to one server. Opens them when they are needed, at most `limits.size`."""

    def __init__(self, server: SmtpServer, limits: PoolLimits, *, local_hostname: str) -> None:
        self._server = server
        self._limits = limits
        # Set, because aiosmtplib would otherwise ask DNS for our own name at every connection.
        self._local_hostname = local_hostname
        self._slots = asyncio.Semaphore(limits.size)
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lends a connection for one mail.

        An answer that refuses the mail leaves the connection usable. Any other way out, above all
        a cancelled one, closes it: the answer still on its way would be taken for that to the next
        command, and the dialogue would be shifted by one for good.

        Raises what aiosmtplib raises on connecting.
        """
        async with self._slots:
            connection = await self._reuse() or await self._open()
            self._busy.add(connection)
            try:
                yield connection
            except BaseException as error:
                if not _is_reply(error):
                    connection.dialogue.close()
                connection.needs_reset = True
                self._keep(connection)
                raise
            else:
                self._keep(connection)
            finally:
                self._busy.discard(connection)

    async def close(self) -> None:
        """Says goodbye on idle connections and cuts the busy ones."""
        idle, self._idle = self._idle, []
        for connection in self._busy:
            connection.dialogue.close()
        await asyncio.gather(*(_quit(connection.dialogue) for connection in idle))
        await asyncio.sleep(0)  # the loop closes a socket one turn later

    async def _reuse(self) -> Connection | None:
        """The connection that rested least, if it still stands."""
        stale_before = asyncio.get_running_loop().time() - self._limits.max_idle
        while self._idle:
            connection = self._idle.pop()
            stands = connection.dialogue.is_open and connection.idle_since >= stale_before
            if stands and (not connection.needs_reset or await self._reset(connection)):
                return connection
            connection.dialogue.close()
        return None

    @staticmethod
    async def _reset(connection: Connection) -> bool:
        """Whether it is as good as new; not when the server just ended it, or says so now."""
        try:
            connection.dialogue.say(b"RSET")
            reply = await connection.dialogue.reply()
        except (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPResponseException):
            return False
        except BaseException:
            connection.dialogue.close()
            raise
        connection.needs_reset = reply.code != _COMPLETED
        return not connection.needs_reset

    async def _open(self) -> Connection:
        server = self._server
        smtp = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.use_tls,
            start_tls=server.start_tls,
            local_hostname=self._local_hostname,
            timeout=None,  # the sender holds one clock over everything
        )
        await smtp.connect()
        try:
            if smtp.is_ehlo_or_helo_needed:
                await smtp.ehlo()
            return Connection(dialogue_over(smtp))
        except BaseException:
            smtp.close()
            raise

    def _keep(self, connection: Connection) -> None:
        connection.messages += 1
        worn_out = connection.messages >= self._limits.messages_per_connection
        if worn_out or not connection.dialogue.is_open:
            connection.dialogue.close()
            return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.append(connection)


def _is_reply(error: BaseException) -> bool:
    """Whether the server answered in full, so that the dialogue is still in step."""
    return isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0


async def _quit(dialogue: Dialogue) -> None:
    # A server that is gone needs no goodbye.
    with suppress(aiosmtplib.SMTPException, TimeoutError):
        async with asyncio.timeout(_GOODBYE):
            dialogue.say(b"QUIT")
            await dialogue.reply()
    dialogue.close()
