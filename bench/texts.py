"""SMS a second to Twilio's stand-in, which takes a tenth of a second for each, beside what so many
calls at once allow."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import httpx
import msgspec

from bench.contest import Contestant, Say, Size, hold
from bench.experiment import Experiment
from bench.figures import Row, at_least
from bench.ground import Ground, Process, ground, running, until
from bench.load import emit, record
from bench.mails import requested, settings_of
from bench.offices import Office, office
from headsup.kafka.producer import Outgoing

LATENCY = 0.1
"""Seconds that the stand-in takes for a message."""
AT_ONCE = 16
"""Calls: what `HEADSUP_TWILIO_CONNECTIONS` is where nobody sets it."""
GOAL = 0.9
_MESSAGES = 1_600
_ALLOWED = f"{AT_ONCE} at once of {LATENCY:g} s each"
_OURS, _BARE = "notifier, SMS", "bare httpx, the same calls"


@dataclass(slots=True)
class _Scene:
    here: Ground
    texts: Office
    notifier: Process
    messages: int
    asked: int = 0
    """Numbers of those that were asked for."""


async def measure(size: Size, say: Say) -> list[Row]:
    """Asks for so many text messages in each round, and counts what the stand-in took."""
    messages = size.of(_MESSAGES, 160)
    async with ground() as here, office("bench.sms_office", str(LATENCY)) as texts:
        settings = settings_of(here, 1, 1) | {
            "TWILIO_API_URL": f"http://127.0.0.1:{texts.port}",
            "HEADSUP_TWILIO_CONNECTIONS": str(AT_ONCE),
        }
        async with running("services.notifier", settings) as notifier:
            await until(notifier.is_ready, True)
            scene = _Scene(here, texts, notifier, messages)
            await _ours(scene, 0)  # before it counts
            contest = await hold(
                [
                    Contestant(_OURS, partial(_ours, scene)),
                    Contestant(_BARE, partial(_bare, scene)),
                    Contestant(_ALLOWED, _allowed),
                ],
                size,
                say,
                unit="SMS/s",
                counted=f"{messages:,} messages a round, as the stand-in took them",
            )
    texts.expect_once()
    return [
        contest.beside(_OURS, _ALLOWED, goal=at_least(GOAL)),
        contest.beside(_BARE, _ALLOWED),
    ]


async def _allowed(_number: int) -> float:
    return AT_ONCE / LATENCY


async def _ours(scene: _Scene, _number: int) -> float:
    numbers = range(scene.asked, scene.asked + scene.messages)
    scene.asked += scene.messages
    await emit(scene.here.bootstrap_servers, _requests(numbers, scene.here.prefix))
    return await _speed(scene.texts, [_phone_of(number) for number in numbers])


async def _speed(texts: Office, phones: list[str]) -> float:
    """How many a second the stand-in took of these."""
    return pace([await texts.when(phone) for phone in phones])


def pace(moments: Sequence[float]) -> float:
    """How many a second were taken at these moments, from when the first AT_ONCE were: those are
    taken together, so to count from the first of them would make everybody too fast."""
    taken = sorted(moments)
    return (len(taken) - AT_ONCE) / (taken[-1] - taken[AT_ONCE - 1])


def _requests(numbers: range, prefix: str) -> Iterator[Outgoing]:
    """Confirmations for people who have nothing but a phone."""
    now = datetime.now(UTC)
    for number in numbers:
        asked = requested(number, now)
        whose = msgspec.structs.replace(asked.customer, email=None, phone=_phone_of(number))
        yield record(
            prefix, f"request-{number}", now, msgspec.structs.replace(asked, customer=whose)
        )


async def _bare(scene: _Scene, number: int) -> float:
    """Whether the stand-in is the limit: as many calls at once, and nothing else."""
    left = [f"+38050{number:02d}{index:05d}" for index in range(scene.messages)]
    phones = list(left)
    account, token = "AC" + "0" * 32, "unused"
    path = f"http://127.0.0.1:{scene.texts.port}/2010-04-01/Accounts/{account}/Messages.json"

    async def calls(client: httpx.AsyncClient) -> None:
        while left:
            form = {"To": left.pop(), "From": "+15005550006", "Body": "Замовлення підтверджено."}
            (await client.post(path, data=form, auth=(account, token))).raise_for_status()

    async with httpx.AsyncClient() as client:
        await asyncio.gather(*(calls(client) for _ in range(AT_ONCE)))
    return await _speed(scene.texts, phones)


def _phone_of(number: int) -> str:
    return f"+38067{number:07d}"


EXPERIMENT = Experiment("texts", measure)
