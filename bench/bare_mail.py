"""The measure for the notifier: bare aiosmtplib that sends the same bytes over as many
connections."""

import asyncio
import sys
import time
from pathlib import Path

import aiosmtplib
import uvloop


async def _send(port: int, content: bytes, count: int) -> None:
    smtp = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, local_hostname="bench.example")
    await smtp.connect()
    for _ in range(count):
        await smtp.sendmail("orders@shop.example", ["somebody@example.com"], content)
    await smtp.quit()


async def main(port: int, content: bytes, count: int, connections: int) -> None:
    """Prints mails a second."""
    begun = time.monotonic()
    share = count // connections
    await asyncio.gather(*(_send(port, content, share) for _ in range(connections)))
    print(share * connections / (time.monotonic() - begun))


if __name__ == "__main__":
    mail = Path(sys.argv[2]).read_bytes()
    uvloop.run(main(int(sys.argv[1]), mail, int(sys.argv[3]), int(sys.argv[4])))
