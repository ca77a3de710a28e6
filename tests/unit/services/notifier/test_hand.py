"""What waits for its turn is looked at again when it waited for long."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from headsup.contracts.notifications import Reason
from services.notifier.attempts import Claimed, Truth
from services.notifier.decide import NOBODY
from services.notifier.desk import Leased
from services.notifier.hand import FRESH, Hand
from services.notifier.people import Person
from services.notifier.priorities import Priority
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


async def test_who_goes_first_is_taken_first_and_else_in_the_order_of_the_claims() -> None:
    hand = Hand(Ledger().look_again)
    for name, priority in (
        ("reminder", Priority.MARKETING),
        ("news", Priority.NEWS),
        ("urgent", Priority.URGENT),
        ("more news", Priority.NEWS),
    ):
        leased = _leased(name, waited=0.0)
        leased.claimed = replace(leased.claimed, priority=priority)
        hand.put(leased)
    taken = [(await hand.take()).claimed.id for _ in range(4)]
    assert taken == ["urgent", "news", "more news", "reminder"]


async def test_all_that_wait_are_looked_at_with_the_first_that_waited_for_long() -> None:
    ledger = Ledger(a=Truth(person=NOBODY), b=Truth(person=NOBODY, is_withdrawn=True))
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
    hand = Hand(Ledger(a=Truth(person=NOBODY, has_bought=True)).look_again)
    hand.put(_leased("a", waited=2 * FRESH))
    taken = await hand.take()
    await hand.refresh(taken)
    assert taken.claimed.has_bought
    assert not taken.claimed.is_withdrawn


async def test_that_somebody_wants_no_more_is_known_of_what_waited_for_long() -> None:
    hand = Hand(Ledger(a=Truth(person=Person(opted_out_at=MONDAY))).look_again)
    hand.put(_leased("a", waited=2 * FRESH))
    taken = await hand.take()
    await hand.refresh(taken)
    assert taken.claimed.person.opted_out_at == MONDAY


async def test_that_nothing_is_sent_there_any_more_is_known_of_what_waited_for_long() -> None:
    hand = Hand(Ledger(a=Truth(person=NOBODY, suppressed=Reason.OPTED_OUT)).look_again)
    hand.put(_leased("a", waited=2 * FRESH))
    taken = await hand.take()
    await hand.refresh(taken)
    assert taken.claimed.suppressed is Reason.OPTED_OUT


async def test_that_they_wrote_on_whatsapp_is_still_known_after_a_look() -> None:
    hand = Hand(Ledger(a=Truth(person=NOBODY)).look_again)
    leased = _leased("a", waited=2 * FRESH)
    talks = frozenset({"whatsapp:+380501234567"})
    leased.claimed = replace(leased.claimed, person=Person(talks=talks))
    hand.put(leased)
    taken = await hand.take()
    await hand.refresh(taken)
    assert taken.claimed.person.talks == talks


async def test_what_nobody_began_can_be_given_back() -> None:
    hand = Hand(Ledger().look_again)
    for name in ("a", "b"):
        hand.put(_leased(name, waited=0.0))
    assert [one.claimed.id for one in hand.take_all()] == ["a", "b"]
    assert hand.take_all() == []
