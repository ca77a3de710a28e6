"""A mail server that says what a test tells it to, and counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.notifier.channels import EmailSender, PoolLimits, SmtpServer

CUT = "cut"
"""Instead of an answer: the connection ends."""
SILENT = "silent"
"""Instead of an answer: nothing, and nothing more after it."""
GROUPS = "250-script\r\n250 PIPELINING"
"""What a server answers to EHLO that takes several commands at once."""
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
    unread: bytes = b""
    """What came at once with a command to which it is silent."""
    piece: int = 0
    """Octets that it says at a time; 0: all."""
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut_all(self) -> None:
        """Ends every connection."""
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        writer.write(f"{self.answers.get('connect', '220 script')}\r\n".encode())
        said = ""
        while line := await reader.readline():
            verb = line.decode().split()[0].upper()
            self.commands.append(line.decode().strip())
            said = self._answer_to(verb, said)
            if not await self._say(said, reader, writer):
                break
            if said.startswith("354"):
                body = await reader.read(1)
                if not body:
                    break  # nobody wants to hand it over any more
                self.bodies.append(body + await reader.readuntil(b"\r\n.\r\n"))
                if not await self._say(self._answer_to(BODY, said), reader, writer):
                    break
        writer.close()
        self._open.discard(writer)

    def _answer_to(self, verb: str, said: str) -> str:
        """`said`: its last answer over this connection."""
        if verb == "DATA" and verb not in self.answers and not said.startswith("2"):
            return "503 5.5.1 Nobody to send it to"
        return self.answers.get(verb, _USUAL.get(verb, "500 5.5.1 What?"))

    async def _say(
        self, answer: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the dialogue goes on."""
        if answer == SILENT:
            self.unread = await reader.read(1000) if self._takes_groups else b""
            await reader.read()
        if answer in {CUT, SILENT}:
            return False
        data = f"{answer}\r\n".encode()
        for start in range(0, len(data), self.piece or len(data)):
            writer.write(data[start : start + (self.piece or len(data))])
            if self.piece:
                await asyncio.sleep(0.001)
        return not answer.startswith("221")

    @property
    def _takes_groups(self) -> bool:
        return self.answers.get("EHLO") == GROUPS


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


@asynccontextmanager
async def sending_to(
    script: ScriptedServer, limits: PoolLimits | None = None, *, patience: float = 5.0
) -> AsyncIterator[EmailSender]:
    """A sender towards it, that waits for so many seconds."""
    sender = EmailSender(
        SmtpServer(host="127.0.0.1", port=script.port),
        local_hostname="notifier",
        limits=limits,
        timeout=patience,
    )
    yield sender
    await sender.close()
