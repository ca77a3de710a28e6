"""The sandbox's stand-in for Twilio as a process of its own, which says when it took which message.

python -m bench.sms_office 0.1      # its port, then a line for each message; 0.1 s for each
"""

import asyncio
import sys
import time
from datetime import UTC, datetime

import uvloop
from starlette.applications import Starlette

from headsup.contracts.channels import Channel
from headsup.http import serving
from sandbox.providers import twilio
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Arrival, Inbox, Received


class _Said(Inbox):
    """Says what came."""

    def add(self, arrival: Arrival) -> Received:
        print(time.monotonic(), arrival.to, flush=True)
        return super().add(arrival)


def _now() -> datetime:
    return datetime.now(UTC)


async def main(delay: float) -> None:
    """Serves until it is stopped."""
    faults = FaultSwitch()
    if delay:
        faults.set(FaultRule(channel=Channel.SMS, fault=Fault.DELAY, delay_s=delay))
    routes = twilio.routes(_Said(_now, capacity=100), faults, clock=_now)
    async with serving(Starlette(routes=routes), "127.0.0.1", 0) as port:
        print(port, flush=True)
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[1])))
