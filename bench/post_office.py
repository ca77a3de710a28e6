"""A mail server that takes everything, keeps nothing, and says when it took which mail: on
aiosmtpd, and a process of its own.

    python -m bench.post_office l-      # its port, then a line for each mail to an address with l-
"""

import asyncio
import sys
import time

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session


class _Counter:
    """Says what of interest came."""

    def __init__(self, begins: str) -> None:
        self._begins = begins

    async def handle_DATA(  # noqa: N802  aiosmtpd calls it so
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        for address in envelope.rcpt_tos:
            if address.startswith(self._begins):
                print(time.monotonic(), address, flush=True)
        return "250 2.0.0 OK"


async def main(begins: str) -> None:
    """Serves until it is stopped."""
    loop = asyncio.get_running_loop()
    counter = _Counter(begins)
    server = await loop.create_server(
        lambda: SMTP(counter, hostname="bench.example", enable_SMTPUTF8=True, loop=loop),
        *("127.0.0.1", 0),
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
