"""What waits for its turn is looked at again when it waited for long."""

import asyncio
from collections.abc import Mapping, Sequence

from services.notifier.attempts import Claimed, Truth
from services.notifier.desk import Leased
from services.notifier.hand import FRESH, Hand
from tests.support.claims import claimed
from tests.support.notifier import MONDAY


class Ledger:
    """What it says, and how often it was asked."""

    def __init__(self, **truths: Truth) -> None:
        self._truths = truths
        self.asked: list[list[str]] = []

    async def look_again(self, notifications: Sequence[Claimed]) -> Mapping[str, Truth]:
        self.asked.append(sorted(one.id for one in notifications))
        await asyncio.sleep(0)
        return self._truths


def _leased(name: str, *, waited: float) -> Leased:
    at = asyncio.get_running_loop().time() - waited
    return Leased(claimed(id=name), at=at, looked_at=at)


async def test_what_was_just_claimed_is_not_looked_at_again() -> None:
    ledger = Ledger()
    hand = Hand(ledger.look_again)
    hand.put(_leased("a", waited=0.0))
    await hand.refresh(await hand.take())
    assert ledger.asked == []


async def test_all_that_wait_are_looked_at_with_the_first_that_waited_for_long() -> None:
    ledger = Ledger(a=Truth(), b=Truth(is_withdrawn=True))
    hand = Hand(ledger.look_again)
    for name in ("a", "b", "c"):
        hand.put(_leased(name, waited=2 * FRESH))
    taken = [await hand.take() for _ in range(2)]
    await asyncio.gather(*(hand.refresh(one) for one in taken))
    taken.append(await hand.take())
    await hand.refresh(taken[-1])
    assert ledger.asked == [["a", "c"], ["b"]]
    assert [one.claimed.is_withdrawn for one in taken] == [False, True, False]
    assert [one.is_lost for one in taken] == [False, False, True]


async def test_that_somebody_bought_meanwhile_is_known_of_what_waited_for_long() -> None:
    hand = Hand(Ledger(a=Truth(has_bought=True)).look_again)
    hand.put(_leased("a", waited=2 * FRESH))
    taken = await hand.take()
    await hand.refresh(taken)
    assert taken.claimed.has_bought
    assert not taken.claimed.is_withdrawn


async def test_that_somebody_wants_no_more_is_known_of_what_waited_for_long() -> None:
    hand = Hand(Ledger(a=Truth(opted_out_at=MONDAY)).look_again)
    hand.put(_leased("a", waited=2 * FRESH))
    taken = await hand.take()
    await hand.refresh(taken)
    assert taken.claimed.person.opted_out_at == MONDAY


async def test_what_nobody_began_can_be_given_back() -> None:
    hand = Hand(Ledger().look_again)
    for name in ("a", "b"):
        hand.put(_leased(name, waited=0.0))
    assert [one.claimed.id for one in hand.take_all()] == ["a", "b"]
    assert hand.take_all() == []
