"""From the shop's event until the provider took the message, one event at a time, through both
services."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median, quantiles

import msgspec

from bench.contest import Say, Size
from bench.experiment import Experiment
from bench.figures import Row, at_most
from bench.ground import Ground, ground, running
from bench.load import PATIENCE, placed, record
from bench.mails import settings_of
from bench.offices import Office, office
from headsup.contracts.shop import OrderPlaced
from headsup.kafka.producer import Outgoing, Producer

MEDIAN_MS, P99_MS = 20.0, 100.0
WARM_UP = 30
"""Events of each channel before those that count."""
_EVENTS = 500
_PAUSE = 0.02
"""Seconds between two events at most: how long is left to chance, so that no event comes in step
with anything."""
MARK = "l-"
"""Mail addresses of the orders that are measured begin so."""


@dataclass(frozen=True, slots=True)
class Channels:
    """Where orders are confirmed to."""

    mails: Office
    texts: Office


async def measure(size: Size, say: Say) -> list[Row]:
    """Places one order after the other, by turns of somebody who has a mail address and of somebody
    who has a phone, and waits for each one's message."""
    events = size.of(_EVENTS, 100)
    async with (
        ground() as here,
        office("bench.post_office", MARK) as mails,
        office("bench.sms_office", "0") as texts,
    ):
        settings = settings_of(here, mails.port, 4) | {
            "TWILIO_API_URL": f"http://127.0.0.1:{texts.port}"
        }
        async with (
            running("services.order_events", here.settings),
            running("services.notifier", settings),
        ):
            say(f"{WARM_UP} orders before it counts")
            await _one_by_one(here, Channels(mails, texts), range(WARM_UP))
            say(f"{events} orders of each channel, one at a time")
            found = await _one_by_one(
                here, Channels(mails, texts), range(WARM_UP, WARM_UP + events)
            )
    for each in (mails, texts):
        each.expect_once()
    return [row for channel, taken in found.items() for row in _rows(channel, taken)]


def _rows(channel: str, taken: Sequence[float]) -> list[Row]:
    milliseconds = [seconds * 1000 for seconds in taken]
    name = f"event to provider accepted, {channel}"
    counted = f"{len(taken)} orders, one at a time, after {WARM_UP}"
    return [
        Row(
            name=f"{name}, median",
            value=median(milliseconds),
            unit="ms",
            spread=(min(milliseconds), max(milliseconds)),
            goal=at_most(MEDIAN_MS),
            counted=counted,
        ),
        Row(
            name=f"{name}, p99",
            value=p99(milliseconds),
            unit="ms",
            goal=at_most(P99_MS),
            counted=counted,
        ),
    ]


def p99(values: Sequence[float]) -> float:
    """What 99 of 100 do not exceed."""
    return quantiles(values, n=100, method="inclusive")[98]


async def _one_by_one(here: Ground, offices: Channels, numbers: range) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {"mail": [], "SMS": []}
    chance = random.Random(numbers.start)  # noqa: S311 - no secret
    producer = Producer(here.bootstrap_servers, name="bench", patience=PATIENCE)
    await producer.start()
    try:
        for number in numbers:
            mail = mail_order(here.prefix, number)
            taken["mail"].append(await _one(producer, mail, offices.mails, address_of(number)))
            await asyncio.sleep(_PAUSE * chance.random())
            text = _text_order(here.prefix, number)
            taken["SMS"].append(await _one(producer, text, offices.texts, _phone_of(number)))
            await asyncio.sleep(_PAUSE * chance.random())
    finally:
        await producer.stop()
    return taken


async def _one(producer: Producer, order: Outgoing, taker: Office, address: str) -> float:
    begun = time.monotonic()
    await producer.publish([order])
    return await taker.when(address) - begun


def address_of(number: int) -> str:
    """Where the order of this number is confirmed to."""
    return f"{MARK}{number}@example.com"


def mail_order(prefix: str, number: int) -> Outgoing:
    """The event of an order of somebody who has no phone."""
    now = datetime.now(UTC)
    return record(prefix, f"mail-{number}", now, placed(f"L-{number}", now, phone=None))


def _text_order(prefix: str, number: int) -> Outgoing:
    """Of somebody who has nothing but a phone."""
    now = datetime.now(UTC)
    order = placed(f"T-{number}", now, phone=_phone_of(number))
    assert isinstance(order, OrderPlaced)  # noqa: S101 - for mypy
    customer = msgspec.structs.replace(order.customer, email=None)
    order = msgspec.structs.replace(order, customer=customer)
    return record(prefix, f"text-{number}", now, order)


def _phone_of(number: int) -> str:
    return f"+38067{number:07d}"


EXPERIMENT = Experiment("promptness", measure, is_in_short=True)
