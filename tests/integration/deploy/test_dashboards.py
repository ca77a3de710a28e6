"""Every panel's query finds something in a Prometheus that scrapes the real services."""

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.fixtures.missing import missing
from tests.support.dashboards import MISHAPS, OUTAGE, Asked, Days, asked, days
from tests.support.eventually import eventually

SPEED = 4 * 3600.0
EMPTY = ("headsup_order_events_positions_gone_total",)
"""Has no series until Kafka forgets what order_events wanted to read, which is tried elsewhere."""
BOUGHT = "sum(headsup_carts_recovered_total) > 0"
REMINDED_AGAIN = "sum(increase(headsup_carts_reminded_total[7d])) > 0"
TOO_OLD = 'sum(headsup_notifier_attempts_total{state="expired"}) > 0'
NOT_LET_IN = 'sum(headsup_notifier_attempts_total{reason="bad_configuration"}) > 0'


async def unanswered(these: Days, queries: Sequence[Asked]) -> list[Asked]:
    """Those that find nothing."""
    return [each for each in queries if not await these.prometheus.finds(each.query)]


async def _all_answered(these: Days, queries: list[Asked]) -> bool:
    queries[:] = await unanswered(these, queries)
    return not queries


@pytest.mark.timeout(300)
async def test_every_query_of_every_panel_finds_something(tmp_path: Path) -> None:
    if shutil.which("prometheus") is None:
        missing("there is no prometheus: it is Debian's package of that name")
    queries = [each for each in asked() if not any(name in each.query for name in EMPTY)]
    assert len(queries) == len(list(asked())) - len(EMPTY)
    async with days(tmp_path, SPEED) as these:
        await eventually(partial(these.prometheus.finds, "sum(up) == 3"))
        these.breaks(*MISHAPS)
        these.tell()
        await these.rubbish()
        await eventually(partial(these.prometheus.finds, BOUGHT), seconds=90)
        these.tell()
        await eventually(partial(these.prometheus.finds, REMINDED_AGAIN), seconds=90)
        await these.bought_while_nobody_is_reminded()
        these.breaks(*OUTAGE)
        these.tell()
        await eventually(partial(these.prometheus.finds, TOO_OLD), seconds=60)
        await eventually(partial(these.prometheus.finds, NOT_LET_IN), seconds=60)
        these.breaks()
        try:
            await eventually(partial(_all_answered, these, queries), seconds=30)
        except AssertionError:
            assert queries == []
