"""The event loop of our services: uvloop, with one error in the form that libraries expect."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvloop


class EventLoop(uvloop.Loop):
    """Says of a connection that is gone what asyncio says: that the connection is gone.

    uvloop says "RuntimeError" to who writes into one that was closed a moment ago. aiokafka (0.14)
    expects an OSError there, and takes the other for a fault in its own coordination: then the
    consumer is over, and with it the process, because a broker was started again.
    """

    async def create_connection(
        self, protocol_factory: Callable[[], Any], *args: Any, **options: Any
    ) -> tuple[Any, Any]:
        """As uvloop does. Who reads and writes streams gets a transport that says so."""
        transport, protocol = await super().create_connection(protocol_factory, *args, **options)
        if isinstance(protocol, asyncio.StreamReaderProtocol):
            return _Transport(transport), protocol
        return transport, protocol


class _Transport:
    """All that uvloop's is, but for the error."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        try:
            self._transport.write(data)
        except RuntimeError as error:
            if not self._transport.is_closing():
                raise
            raise ConnectionResetError("the connection was closed meanwhile") from error
