"""What waits for its turn is looked at again when it waited for long."""

import asyncio
from collections.abc import Mapping, Sequence

from services.notifier.attempts import Claimed
from services.notifier.desk import Leased
from services.notifier.hand import FRESH, Hand
from tests.support.claims import claimed


class Truth:
    """What the ledger says, and how often it was asked."""

    def __init__(self, **withdrawn: bool) -> None:
        self._withdrawn = withdrawn
        self.asked: list[list[str]] = []

    async def look_again(self, notifications: Sequence[Claimed]) -> Mapping[str, bool]:
        self.asked.append(sorted(one.id for one in notifications))
        await asyncio.sleep(0)
        return self._withdrawn


def _leased(name: str, *, waited: float) -> Leased:
    at = asyncio.get_running_loop().time() - waited
    return Leased(claimed(id=name), at=at, looked_at=at)


async def test_what_was_just_claimed_is_not_looked_at_again() -> None:
    truth = Truth()
    hand = Hand(truth.look_again)
    hand.put(_leased("a", waited=0.0))
    await hand.refresh(await hand.take())
    assert truth.asked == []


async def test_all_that_wait_are_looked_at_with_the_first_that_waited_for_long() -> None:
    truth = Truth(a=False, b=True)
    hand = Hand(truth.look_again)
    for name in ("a", "b", "c"):
        hand.put(_leased(name, waited=2 * FRESH))
    taken = [await hand.take() for _ in range(2)]
    await asyncio.gather(*(hand.refresh(one) for one in taken))
    taken.append(await hand.take())
    await hand.refresh(taken[-1])
    assert truth.asked == [["a", "c"], ["b"]]
    assert [one.claimed.is_withdrawn for one in taken] == [False, True, False]
    assert [one.is_lost for one in taken] == [False, False, True]


async def test_what_nobody_began_can_be_given_back() -> None:
    hand = Hand(Truth().look_again)
    for name in ("a", "b"):
        hand.put(_leased(name, waited=0.0))
    assert [one.claimed.id for one in hand.take_all()] == ["a", "b"]
    assert hand.take_all() == []
