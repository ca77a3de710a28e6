"""Updates of Telegram's that nobody can read, and links to a chat that are nobody's. A thousand
mean ones that can be read stand in `test_genuine_mean_inputs`."""

from collections.abc import AsyncIterator
from typing import Final

import pytest

from tests.support.answering import Answering, answering, customer_of
from tests.support.notifier import Rig

HALF_A_PAIR: Final = (
    b'{"update_id":1,"message":{"message_id":1,"chat":{"id":5,"type":"private"},"text":"\\ud800"}}'
)


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    rig.settings = answering(rig.settings, by_button=True)
    async with customer_of(rig) as made:
        yield made


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b"null", b"[" * 60_000, b"0" * 131_073, HALF_A_PAIR]
)
async def test_what_nobody_can_read_is_counted_and_holds_up_nothing(
    customer: Answering, body: bytes
) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": "telegrams-own-secret"}
    answer = await customer.client.post("/webhooks/telegram", content=body, headers=headers)
    assert answer.status_code == 200
    assert customer.counted("telegram", "malformed") == 1


@pytest.mark.parametrize("code", ["", "x", "A" * 24, "А" * 24, "../../x", "%00", "A" * 5_000])
async def test_a_page_of_nobodys_link_shows_nothing(customer: Answering, code: str) -> None:
    for ask in (customer.looks, customer.follows):
        assert (await ask(f"/t/{code}")).status_code in {404, 405}
