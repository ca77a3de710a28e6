"""From the shop's event until the provider took the message while a campaign of marketing runs.

Orders come at their own pace, whatever becomes of them: the time of each counts from when it was
due, so one that had to wait for others is no quicker for it. The campaign comes as cart_recovery
asks for it, so many reminders a second; and, harder, all of it at one moment, as no service of ours
does.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, islice
from statistics import quantiles

import msgspec

from bench.contest import Say, Size
from bench.experiment import Experiment
from bench.figures import Row, at_most
from bench.ground import Ground, Process, ground, running, until
from bench.load import PATIENCE, emit, record
from bench.mails import settings_of
from bench.offices import Office, office
from bench.open_carts import where_it_is_noon
from bench.promptness import MARK, WARM_UP, address_of, mail_order, p99
from bench.shoppers import customer, lines, url
from headsup.contracts.base import Customer, Item, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import CartFlow, Content, NotificationRequested
from headsup.contracts.registry import Topic
from headsup.contracts.shop import Consent, CustomerUpdated
from headsup.kafka.producer import Outgoing, Producer

LONGEST = 2.0
"""Seconds for 99 of 100."""
OTHERS = "GC Notify's own goal: 90 % in 10 s, 99 % in 60 s"
_MESSAGES = 100_000
_RATE = 10.0
"""Orders a second."""
_MOST = 2_000
"""Orders. Those that are due when the campaign is over do not count."""
PACE = 500
"""Reminders a second: `HEADSUP_REMINDERS_A_SECOND` where nobody sets it."""
_PORTIONS = 10
"""A second."""
_SENT = "headsup_notifier_attempts_total"


@dataclass(frozen=True, slots=True)
class _Scene:
    here: Ground
    mails: Office
    notifier: Process
    messages: int
    pace: int | None
    """Reminders a second; None: all at once."""

    async def sent(self) -> float:
        """Messages of the campaign and others."""
        return await self.notifier.metric(_SENT, state="sent")


async def measure(size: Size, say: Say, pace: int | None = PACE) -> list[Row]:
    """Asks for the messages of the campaign, and places orders while they go out."""
    messages = size.of(_MESSAGES, 2_000)
    async with AsyncExitStack() as parts:
        here = await parts.enter_async_context(ground())
        mails = await parts.enter_async_context(office("bench.post_office", MARK))
        settings = settings_of(here, mails.port, 4) | {
            "HEADSUP_PUBLIC_URL": "https://notify.shop.example",
            "HEADSUP_ANSWER_KEY": "k" * 40,
        }
        await parts.enter_async_context(running("services.order_events", here.settings))
        notifier = await parts.enter_async_context(running("services.notifier", settings))
        scene = _Scene(here, mails, notifier, messages, pace)
        say(f"{messages:,} people agree to marketing")
        await emit(here.bootstrap_servers, people(messages, here.prefix))
        await _orders(scene, range(WARM_UP), asyncio.Event())
        known = "SELECT count(*) FROM notifier.people"
        await until(lambda: here.query(known), messages, every=0.5)
        say(f"the campaign: {messages:,} reminders; orders, {_RATE:g} a second")
        begun = time.monotonic()
        taken, went = await _meanwhile(scene)
        mails.expect_once()
        return _rows(scene, taken, went, time.monotonic() - begun)


async def _meanwhile(scene: _Scene) -> tuple[list[float], int]:
    """The seconds of each order, and how much of the campaign went out meanwhile."""
    before = await scene.sent()
    over = asyncio.Event()
    async with asyncio.TaskGroup() as beside:  # a campaign that is not asked for ends all of it
        asking = beside.create_task(_ask(scene))
        watching = beside.create_task(_watch(scene, before + scene.messages, over))
        taken = await _orders(scene, range(WARM_UP, WARM_UP + _MOST), over)
        went = await scene.sent() - before - len(taken)
        for task in (watching, asking):
            task.cancel()
    if went <= 0:
        raise RuntimeError("nothing of the campaign went out while orders came")
    return taken, min(int(went), scene.messages)


async def _ask(scene: _Scene) -> None:
    """Asks for the campaign."""
    asked = reminders(scene.messages, scene.here.prefix)
    if scene.pace is None:
        await emit(scene.here.bootstrap_servers, asked)
        return
    producer = Producer(scene.here.bootstrap_servers, name="bench", patience=PATIENCE)
    await producer.start()
    begun = time.monotonic()
    for number in count():
        portion = list(islice(asked, scene.pace // _PORTIONS))
        if not portion:
            break
        await producer.publish(portion)
        await asyncio.sleep(begun + (number + 1) / _PORTIONS - time.monotonic())
    await producer.stop()


async def _watch(scene: _Scene, total: float, over: asyncio.Event) -> None:
    """Says when all of the campaign went out."""
    await until(scene.sent, total, every=0.5)
    over.set()


async def _orders(scene: _Scene, numbers: range, over: asyncio.Event) -> list[float]:
    """Seconds from when each was due until its mail was taken."""
    producer = Producer(scene.here.bootstrap_servers, name="bench", patience=PATIENCE)
    await producer.start()
    begun, under_way = time.monotonic(), []
    try:
        for place, number in enumerate(numbers):
            due = begun + place / _RATE
            await asyncio.sleep(due - time.monotonic())
            if over.is_set():
                break
            order = mail_order(scene.here.prefix, number)
            under_way.append(asyncio.create_task(_one(producer, order, scene, number, due)))
        return list(await asyncio.gather(*under_way))
    finally:
        await producer.stop()


async def _one(
    producer: Producer, order: Outgoing, scene: _Scene, number: int, due: float
) -> float:
    await producer.publish([order])
    return await scene.mails.when(address_of(number)) - due


def _rows(scene: _Scene, taken: list[float], went: int, seconds: float) -> list[Row]:
    how = f"asked for at {scene.pace} a second" if scene.pace else "asked for at once"
    counted = (
        f"{len(taken):,} orders at {_RATE:g} a second, from when each was due; {scene.messages:,} "
        f"reminders {how}, {went:,} went out meanwhile, {went / seconds:.0f} a second"
    )
    name = "event to provider accepted while a campaign runs"
    name += "" if scene.pace else ", all of it asked for at once"
    return [
        Row(
            name=f"{name}, p99",
            value=p99(taken),
            unit="s",
            beside=OTHERS,
            spread=(min(taken), max(taken)),
            goal=at_most(LONGEST),
            counted=counted,
        ),
        Row(
            name=f"{name}, p90",
            value=quantiles(taken, n=10, method="inclusive")[8],
            unit="s",
            beside=OTHERS,
            counted=counted,
        ),
    ]


def _person(index: int) -> Customer:
    """Somebody of whom the shop knows a mail address, and for whom it is day."""
    zone = where_it_is_noon(datetime.now(UTC))
    return msgspec.structs.replace(customer(index), phone=None, time_zone=zone)


def people(many: int, prefix: str) -> Iterator[Outgoing]:
    """So many customers who agreed to marketing."""
    now = datetime.now(UTC)
    agreed = Consent(
        channel=Channel.EMAIL,
        message_class=MessageClass.MARKETING,
        granted=True,
        at=now - timedelta(days=30),
        source="checkout",
    )
    for index in range(many):
        person = _person(index)
        known = CustomerUpdated(
            customer_id=person.id,
            name=person.name,
            language=person.language,
            time_zone=person.time_zone,
            consents=(agreed,),
        )
        yield record(prefix, f"person-{index}", now, known)


def reminders(many: int, prefix: str) -> Iterator[Outgoing]:
    """Reminders of their carts, all asked for at once."""
    now = datetime.now(UTC)
    for index in range(many):
        items = tuple(
            Item(name=line.name, quantity=line.quantity, price=line.price) for line in lines(index)
        )
        request = NotificationRequested(
            kind=Kind.CART_ABANDONED,
            cart=CartFlow(cart_id=f"cart-{index}", flow="bench", step=1, touched_at=now),
            customer=_person(index),
            content=Content(
                items=items, total=Money(amount="2499.00", currency="UAH"), cart_url=url(index)
            ),
            happened_at=now,
            expires_at=now + timedelta(days=1),
        )
        yield record(prefix, f"reminder-{index}", now, request, Topic.REMINDERS)


EXPERIMENTS = (
    Experiment("campaign", measure),
    Experiment("campaign-at-once", partial(measure, pace=None)),
)
