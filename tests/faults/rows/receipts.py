"""What providers say later, while the notifier that they say it to is killed."""

from collections import Counter
from dataclasses import replace
from typing import Any

import asyncpg

from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule
from sandbox.scenarios.model import SHOP, channels_of
from tests.faults import evidence
from tests.faults.journeys import REACHED, Message, Teller
from tests.faults.receipts import Reports
from tests.faults.rows.row import Row
from tests.faults.world import World

_REPORTS = (
    (Fault.REPORTS_LOST, 0.2),
    (Fault.REPORTS_REPEATED, 0.4),
    (Fault.REPORTS_IN_DISORDER, 0.5),
)
_MOST_AFTER_READY = 1.0


def _kept(tell: Teller) -> None:
    """All of it is to be told: nothing replaces anything."""
    tell.says(tell.placed(shop.PaymentState.PAID), Kind.ORDER_CONFIRMED)
    tell.refunds()


def _sent_back(tell: Teller) -> None:
    """The same, and something is told by two channels at once."""
    tell.says(tell.placed(shop.PaymentState.PAID), Kind.ORDER_CONFIRMED)
    tell.takes_back()


async def _reported(world: World) -> None:
    """Reports are lost, repeated and in disorder; some calls end without an answer."""
    await world.begin()
    rules = [(Fault.ACCEPT_THEN_SILENCE, 0.2), *_REPORTS]
    world.providers.faults.set(
        *(
            FaultRule(channel=Channel.SMS, fault=fault, probability=p, seed=world.measure.seed)
            for fault, p in rules
        )
    )
    await _killed(world, world.measure.of(2, 12))
    for fault, _ in rules:
        world.expect_fired(fault, [Channel.SMS])
    world.over()
    await world.settle()
    assert world.providers.reports is not None
    await _compare(world, world.providers.reports)


async def _killed(world: World, times: int) -> None:
    async def act(_number: int) -> None:
        await world.strike(_MOST_AFTER_READY)
        world.fleet.kill("notifier-a")

    await world.in_rounds(times, act, over=2.0, when_ready="notifier-a")
    world.expect_strikes(times)


async def _compare(world: World, reports: Reports) -> None:
    """Each text message by the name that came with it, which is not read from its words."""
    entries = {entry.id: entry for entry in (await evidence.gather(world.plot)).entries}
    heard = evidence.heard(world.providers.inbox.messages())
    named = {one.ref: reports.texted[one.ref].notification for one in heard}
    for notification, count in Counter(named.values()).items():
        if count > 1:
            world.broken.append(f"{notification} is {count} text messages")
    for one in heard:
        entry = entries.get(named[one.ref])
        if entry is None or entry.message != one.message or entry.provider_ref != one.ref:
            world.broken.append(f"{one.ref} is not what its callback says")
        elif reports.texted[one.ref].told and entry.state != "delivered":
            world.broken.append(f"{entry.id} was delivered, and is {entry.state}")
    if not any(texted.told for texted in reports.texted.values()):
        world.broken.append("no report was taken")


async def _returned(world: World) -> None:
    """Every second customer's mail comes back. What it said goes by their next channel."""
    bad = {
        journey.person.email: journey
        for number, journey in enumerate(world.journeys)
        if journey.person.email and number // 2 % 2
    }
    _expect_no_mail(world, set(bad))
    rules = [FaultRule(channel=Channel.EMAIL, fault=Fault.BOUNCE, to=to) for to in bad]
    world.providers.faults.set(*rules)
    await world.begin()
    await _killed(world, world.measure.of(2, 12))
    world.over()
    await world.settle()
    rows = await _rows(world, "SELECT source, address FROM notifier.suppressions")
    suppressed = {(row["source"], row["address"]) for row in rows}
    world.broken += [
        "an address whose mail came back is still written to"
        for to in bad
        if (SHOP, f"{Channel.EMAIL}:{to}") not in suppressed
    ]
    assert world.providers.post is not None
    if {one.recipient for one in world.providers.post.returned} != set(bad):
        world.broken.append("not every bad address was written to")


def _expect_no_mail(world: World, bad: set[str | None]) -> None:
    """Who has a bad address is told as if they had none."""
    due: set[Message] = set()
    for journey in world.journeys:
        who = journey.person
        reached = replace(who, email=None) if who.email in bad else who
        due |= {
            Message(statement, channel)
            for statement in journey.lasting
            for channel in channels_of(statement.kind, reached)
        }
    world.expected = replace(world.expected, due=frozenset(due), may=frozenset())


async def _rows(world: World, query: str) -> list[Any]:
    connection = await asyncpg.connect(world.plot.database)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


ROWS = (
    Row(
        name="reports lost, repeated, in disorder",
        act=_reported,
        audiences=((Channel.SMS,),),
        orders=(24, 200),
        may_doubt=True,
        receipts=True,
    ),
    Row(
        name="mails come back, notifier killed",
        act=_returned,
        audiences=((Channel.EMAIL,), REACHED, (Channel.EMAIL, Channel.SMS)),
        plots=(_kept, _sent_back),
        orders=(24, 200),
        may_doubt=True,
        receipts=True,
    ),
)
