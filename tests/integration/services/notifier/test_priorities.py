"""What cannot wait goes first, marketing last, and no shop takes more than its share."""

import asyncio
from collections.abc import Sequence

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.claims import CLAIM_DUE, Claims, Haul, Terms
from services.notifier.priorities import Priority
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, requested
from tests.support.sealing import IN_CLEAR

REQUESTS = """
    INSERT INTO notifier.requests (id, source, order_id, customer_id, kind, request, expires_at,
                                   decided_at, decision)
    SELECT $1 || n, $2, $1 || n, 'C', kind, request, expires_at, decided_at, decision
    FROM notifier.requests, generate_series(1, $3::integer) AS n WHERE id = 'r1'
"""
NOTIFICATIONS = """
    INSERT INTO notifier.notifications
           (id, request_id, route, channel, address, language, planned_at, state, changed_at,
            source, order_id, over_at, priority, due_at)
    SELECT $1 || n || '.0', $1 || n, 0, channel, address, language, planned_at, 'planned',
           changed_at, $2, $1 || n, over_at, $4, now() - interval '1 minute'
    FROM notifier.notifications, generate_series(1, $3::integer) AS n WHERE id = 'r1.0'
"""


async def pile_up(rig: Rig, name: str, shop: str, count: int, priority: Priority) -> None:
    """So many messages of a shop that are due."""
    await rig.pool.execute(REQUESTS, name, shop, count)
    await rig.pool.execute(NOTIFICATIONS, name, shop, count, priority)


async def with_one_sent(rig: Rig) -> None:
    """A message that others are made like."""
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENT})


async def haul(rig: Rig, most: int, priority: Priority = Priority.NEWS) -> Haul:
    """What is claimed."""
    terms = Terms(
        channel=Channel.EMAIL,
        senders=("primary",),
        can_be_asked=False,
        now=MONDAY,
        lease=60.0,
        priority=priority,
    )
    return await Claims(rig.pool).claim(terms, most)


async def claimed(rig: Rig, most: int, priority: Priority = Priority.NEWS) -> Sequence[str]:
    """The shops of what is claimed."""
    return [one.source for one in (await haul(rig, most, priority)).claimed]


@IN_CLEAR
async def test_a_shop_with_thousands_waiting_takes_no_more_than_one_with_three(rig: Rig) -> None:
    await with_one_sent(rig)
    await pile_up(rig, "large", "https://large.example", 2000, Priority.NEWS)
    await pile_up(rig, "small", "https://small.example", 3, Priority.NEWS)
    taken = await claimed(rig, 10)
    assert taken.count("https://small.example") == 3
    assert taken.count("https://large.example") == 5
    assert len(await claimed(rig, 10)) == 10, "alone, it may have all of it"


@IN_CLEAR
async def test_each_priority_is_claimed_for_itself(rig: Rig) -> None:
    await with_one_sent(rig)
    for priority in Priority:
        await pile_up(rig, priority.name, f"https://{priority}.example", 2, priority)
    for priority in Priority:
        assert set(await claimed(rig, 10, priority)) == {f"https://{priority}.example"}


@IN_CLEAR
async def test_news_overtakes_the_marketing_that_waits(rig: Rig) -> None:
    await with_one_sent(rig)
    await pile_up(rig, "many", "https://shop.example", 400, Priority.MARKETING)
    rig.senders.email.hold()
    async with rig.running():

        async def all_senders_busy() -> bool:
            return rig.senders.email.held >= rig.settings.providers.connections[Channel.EMAIL]

        await eventually(all_senders_busy)
        await rig.emit(requested("r2"), requested("r3", kind=Kind.ORDER_CONFIRMED, order_id="A-9"))

        async def are_at_hand() -> bool:
            taken = "SELECT count(*) FROM notifier.notifications WHERE state = 'sending'"
            news = f"{taken} AND id IN ('r2.0', 'r3.0')"
            return int(await rig.pool.fetchval(news)) == 2

        await eventually(are_at_hand)
        rig.senders.email.release()

        async def all_gone() -> bool:
            waiting = "SELECT count(*) FROM notifier.notifications WHERE state <> 'sent'"
            return not await rig.pool.fetchval(waiting)

        await eventually(all_gone)
    sent = [message.notification_id for message in rig.senders.email.sent][1:]
    assert len(sent) == 402
    assert max(sent.index("r2.0"), sent.index("r3.0")) < 10


async def test_a_claim_costs_the_same_however_much_of_other_shops_and_priorities_waits(
    rig: Rig,
) -> None:
    await with_one_sent(rig)
    await rig.pool.execute("ALTER TABLE notifier.notifications SET (autovacuum_enabled = false)")
    for number in range(20):
        await pile_up(rig, f"m{number}-", f"https://{number}.example", 300, Priority.MARKETING)
    await pile_up(rig, "news", "https://7.example", 3, Priority.NEWS)
    values = "'email', 10, 60, now(), true, false, '{primary}', false, 1"
    async with rig.pool.acquire() as connection:
        await connection.execute(f"PREPARE looked_at AS {CLAIM_DUE}")
        await asyncio.sleep(0)
        query = f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE looked_at ({values})"
        plan = "\n".join(row[0] for row in await connection.fetch(query))
    assert plan.count("using notifications_by_priority") == 4
    assert "Rows Removed by Filter: 6" not in plan


@IN_CLEAR
async def test_nothing_goes_before_what_is_urgent_where_one_shop_has_much_of_it(rig: Rig) -> None:
    await with_one_sent(rig)
    await pile_up(rig, "much", "https://shop.example", 400, Priority.URGENT)
    await pile_up(rig, "one", "https://small.example", 1, Priority.URGENT)
    await pile_up(rig, "news", "https://shop.example", 400, Priority.NEWS)
    rig.senders.email.hold()
    async with rig.running():
        await rig.until_called(rig.senders.email)
        rows = await rig.pool.fetch(
            "SELECT priority, count(*) FROM notifier.notifications"
            " WHERE state = 'sending' GROUP BY priority"
        )
        assert [row["priority"] for row in rows] == [Priority.URGENT]
        rig.senders.email.release()


async def test_a_claim_says_whether_a_shop_may_have_more(rig: Rig) -> None:
    await with_one_sent(rig)
    await pile_up(rig, "large", "https://large.example", 7, Priority.NEWS)
    await pile_up(rig, "small", "https://small.example", 3, Priority.NEWS)
    first = await haul(rig, 10)
    assert (first.size, first.has_more) == (8, True)
    rest = await haul(rig, 10)
    assert (rest.size, rest.has_more) == (2, False)
