"""`python -m sandbox.beside`: the page and the providers' stand-ins, beside services that run
elsewhere on the machine's own clock, such as those of deploy/compose.yaml.

It is told what they are told, under the same names.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

import asyncpg
from aiokafka.errors import KafkaError

from headsup.settings import Environment, SettingsError
from sandbox.front import LOOPBACK, Front, Place, Secrets, standing
from sandbox.tempo import tempo

CANNOT_RUN = 2
_ITS_OWN_PACE = {"HEADSUP_CLOCK_SPEED": "1"}
_PORT = 8090


def main() -> int:
    """Runs until SIGTERM or Ctrl-C; the exit code."""
    try:
        place = place_from(Environment(os.environ))
        asyncio.run(_until_stopped(place))
    except (SettingsError, OSError, KafkaError, asyncpg.PostgresError) as problem:
        print(f"sandbox cannot run: {problem}", file=sys.stderr)  # noqa: T201 - for a person
        return CANNOT_RUN
    return 0


def place_from(environment: Environment) -> Place:
    """Where everything is. Raises SettingsError."""
    place = Place(
        kafka=environment.servers("KAFKA_BOOTSTRAP_SERVERS"),
        database=environment.url("DATABASE_URL", ("postgresql", "postgres")),
        notifier=environment.url("HEADSUP_PUBLIC_URL", ("http", "https")).rstrip("/"),
        tempo=tempo(datetime.now(UTC), _ITS_OWN_PACE),
        host=environment.text("HTTP_HOST", LOOPBACK),
        port=environment.port("HTTP_PORT", _PORT),
        secrets=Secrets(
            twilio=(environment.text("TWILIO_ACCOUNT_SID"), environment.text("TWILIO_AUTH_TOKEN")),
            twilio_from=environment.text("TWILIO_FROM"),
            telegram=environment.text("TELEGRAM_BOT_TOKEN"),
            telegram_secret=environment.text("HEADSUP_TELEGRAM_SECRET"),
        ),
    )
    environment.check()
    return place


async def _until_stopped(place: Place) -> None:
    """Ends in order, or with what stopped a part of it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with standing(place) as front:
        print(f"The page is at http://{place.host}:{front.port}", flush=True)  # noqa: T201
        await _stopped_or_broken(stop, front)


async def _stopped_or_broken(stop: asyncio.Event, front: Front) -> None:
    """Returns when it is told to stop. Raises what ended a watcher."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, *front.watchers}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for watcher in front.watchers:
        if watcher.done():
            watcher.result()


if __name__ == "__main__":
    sys.exit(main())
