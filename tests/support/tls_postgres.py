"""TLS in front of the embedded PostgreSQL, which has none of its own: it answers as a server with
`ssl=on` does, and passes everything else on."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator

from tests.support.certificates import Pair

_ASKED = struct.Struct("!II")
_SSL_REQUEST = (8, 80877103)
_CHUNK = 65_536


class Front:
    """Listens on loopback. Without a certificate it says that it has no TLS."""

    def __init__(self, socket: str, shows: Pair | None) -> None:
        self._socket = socket
        self._context: ssl.SSLContext | None = None
        self.encrypted = 0
        """Connections over TLS."""
        self.plain = 0
        """Connections that came in plain."""
        if shows is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(shows.certificate, shows.key)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            hello = await reader.readexactly(_ASKED.size)
            if _ASKED.unpack(hello) == _SSL_REQUEST:
                writer.write(b"N" if self._context is None else b"S")
                await writer.drain()
                if self._context is not None:
                    await writer.start_tls(self._context)
                    self.encrypted += 1
                hello = await reader.readexactly(_ASKED.size)
            if self._context is None or writer.get_extra_info("ssl_object") is None:
                self.plain += 1
            await self._pass_on(hello, reader, writer)
        writer.close()

    async def _pass_on(
        self, hello: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        inner, out = await asyncio.open_unix_connection(self._socket)
        out.write(hello)
        ways = [asyncio.create_task(_pump(*way)) for way in ((reader, out), (inner, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        out.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()


@contextlib.asynccontextmanager
async def fronted(socket: str, shows: Pair | None) -> AsyncIterator[tuple[Front, int]]:
    """One that runs meanwhile, and its port."""
    front = Front(socket, shows)
    server = await asyncio.start_server(front._serve, "127.0.0.1", 0)
    try:
        yield front, server.sockets[0].getsockname()[1]
    finally:
        server.close()
