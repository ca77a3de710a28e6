"""A stop link lasts as long as its message, and opens nothing that is over."""

import re
from collections.abc import AsyncIterator

import pytest

from services.notifier.attempts import State
from services.notifier.scoped_links import PreferenceLinks
from tests.support.answering import Answering, customer_of
from tests.support.eventually import eventually
from tests.support.marketing import DAY, agrees, asks_for_a_review
from tests.support.notifier import KEY, PUBLIC, Rig


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    async with customer_of(rig) as made:
        yield made


async def test_an_old_stop_link_is_heard_and_opens_nothing_more(
    rig: Rig, customer: Answering
) -> None:
    links = PreferenceLinks(PUBLIC, KEY)
    async with rig.running():
        await rig.emit(agrees())
        await eventually(rig.knows_somebody)
        await rig.emit(asks_for_a_review("r1"))
        await rig.until({"r1.0": State.SENT})
        stop = str(rig.senders.email.sent[-1].stop_url)
        row = await rig.pool.fetchrow("SELECT seq, planned_at FROM notifier.notifications")
        assert row is not None
        own = links.code_of(row["seq"], row["planned_at"])
        rig.clock.move(PreferenceLinks.LIFETIME - DAY)
        assert set(re.findall(r"/p/([\w-]+)", (await customer.follows(stop)).text)) == {own}
        rig.clock.move(DAY * 3)
        heard = await customer.follows(stop)
    assert heard.status_code == 200
    assert "/p/" not in heard.text
