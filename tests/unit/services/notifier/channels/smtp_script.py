"""A mail server that says what a test tells it to, and counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

CUT = "cut"
"""Instead of an answer: the connection ends."""
SILENT = "silent"
"""Instead of an answer: nothing."""
BODY = "."
"""The body, where others have a command."""

_USUAL = {
    "EHLO": "250-script\r\n250 8BITMIME",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 Go on",
    BODY: "250 2.0.0 OK",
    "RSET": "250 2.0.0 OK",
    "QUIT": "221 2.0.0 Bye",
}


@dataclass(slots=True)
class ScriptedServer:
    """Answers as usual, but for `answers`: by command, the greeting under "connect"."""

    port: int = 0
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut_all(self) -> None:
        """Ends every connection."""
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        writer.write(f"{self.answers.get('connect', '220 script')}\r\n".encode())
        while line := await reader.readline():
            verb = line.decode().split()[0].upper()
            self.commands.append(line.decode().strip())
            if not self._answer(verb, writer):
                break
            if verb == "DATA" and "DATA" not in self.answers:
                self.bodies.append(await reader.readuntil(b"\r\n.\r\n"))
                if not self._answer(BODY, writer):
                    break
        writer.close()
        self._open.discard(writer)

    def _answer(self, verb: str, writer: asyncio.StreamWriter) -> bool:
        answer = self.answers.get(verb, _USUAL.get(verb, "500 5.5.1 What?"))
        if answer == CUT:
            return False
        if answer != SILENT:
            writer.write(f"{answer}\r\n".encode())
        return verb != "QUIT"


@asynccontextmanager
async def scripted_server(**answers: str) -> AsyncIterator[ScriptedServer]:
    """Runs one on a free port of loopback."""
    script = ScriptedServer(answers=dict(answers))
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        script.cut_all()
        await server.wait_closed()
        await asyncio.sleep(0)
