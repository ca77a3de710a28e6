"""A connection that says nothing, or says it too slowly, or does not read our answers, is not
waited for; and when there are too many, whoever has kept us waiting longest makes room. Uvicorn
limits none of it by itself: its `timeout_keep_alive` ends with the first octet, what is not read it
keeps for ever, and its `limit_concurrency` refuses everybody alike, whoever asks how the service is
among them."""

import asyncio
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.h11_impl import H11Protocol


class Patience:
    """What one server puts up with. `seconds`: for the whole header of a request to arrive, counted
    from the connection, or from the answer before; and for what we answer to be read. `most`:
    connections at once; None: any number.
    """

    def __init__(self, seconds: float, most: int | None = None) -> None:
        self.seconds = seconds
        self.most = most
        self._waiting: dict[PatientProtocol, None] = {}
        self._open: dict[PatientProtocol, None] = {}

    def come(self, connection: "PatientProtocol", connections: int) -> None:
        """It is the last of so many. Whoever comes now may ask how we are, so room is made for
        them, and not by them: by whoever keeps us waiting longest, else by the oldest."""
        if self.most is not None and connections > self.most:
            for other in [*self._waiting, *self._open][:1]:
                self.go(other)
                other.transport.abort()
        self._open[connection] = None

    def go(self, connection: "PatientProtocol") -> None:
        """It is gone."""
        self.end(connection)
        self._open.pop(connection, None)

    def begin(self, connection: "PatientProtocol") -> None:
        """It has to send a header from now on, or to read."""
        self.end(connection)
        self._waiting[connection] = None

    def end(self, connection: "PatientProtocol") -> None:
        """It has done so."""
        self._waiting.pop(connection, None)


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with somebody at the door."""

    patience: Patience
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """It may speak now."""
        super().connection_made(transport)
        # None is left when writing goes on: who reads an octet now and then does not begin anew.
        transport.set_write_buffer_limits(high=HIGH_WATER_LIMIT, low=0)
        self.patience.come(self, len(self.connections))
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Part of a header, of a body, or of several of them."""
        super().data_received(data)
        if self.transport.is_closing():
            self._begin()  # it was no HTTP, and has to read that it was none
        self._end_if_busy()

    def pause_writing(self) -> None:
        """It does not read what we answer."""
        super().pause_writing()
        if self._timer is None:
            self._begin()

    def resume_writing(self) -> None:
        """It has read, or its system has, all of it: it may speak now."""
        super().resume_writing()
        self._begin()
        self._end_if_busy()

    def on_response_complete(self) -> None:
        """It may ask for something else; perhaps it has already."""
        if not self.flow.write_paused or self._timer is None:
            self._begin()
        super().on_response_complete()
        self._end_if_busy()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        super().connection_lost(exc)
        self._end()
        self.patience.go(self)

    def _unsupported_upgrade_warning(self) -> None:
        """Strangers ask for it, and are answered as if they had not: nothing that operators have
        to hear of."""

    def _begin(self) -> None:
        self._end()
        self.patience.begin(self)
        self._timer = self.loop.call_later(self.patience.seconds, self._too_long)

    def _too_long(self) -> None:
        """To close is to wait until all is read."""
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.timeout_keep_alive_handler()

    def _end_if_busy(self) -> None:
        is_busy = self.cycle is not None and not self.cycle.response_complete
        if is_busy and not self.flow.write_paused and not self.transport.is_closing():
            self._end()

    def _end(self) -> None:
        self.patience.end(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def protocol(patience: Patience) -> type[PatientProtocol]:
    """For a server of one's own: uvicorn makes one for each connection."""
    found: dict[str, Any] = {"patience": patience}
    return type("Protocol", (PatientProtocol,), found)
