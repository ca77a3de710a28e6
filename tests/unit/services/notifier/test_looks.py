"""Which looks for something due are worth it."""

from services.notifier.looks import POLL, Looks
from services.notifier.priorities import Priority

NOW = 1_000.0


def looked() -> Looks:
    looks = Looks()
    looks.begin([3, 3, 3])
    looks.found_nothing(Priority.URGENT, NOW)
    return looks


def test_all_are_worth_it_at_first() -> None:
    assert all(Looks().is_worth(priority, NOW) for priority in Priority)


def test_where_nothing_was_nobody_looks_again_at_once() -> None:
    assert not looked().is_worth(Priority.URGENT, NOW + POLL / 2)


def test_what_another_replica_wrote_is_seen_after_a_while() -> None:
    assert looked().is_worth(Priority.URGENT, NOW + POLL)


def test_nothing_of_one_says_nothing_of_another() -> None:
    assert looked().is_worth(Priority.NEWS, NOW)


def test_a_ring_makes_the_look_worth_it() -> None:
    looks = looked()
    looks.begin([4, 3, 3])
    assert looks.is_worth(Priority.URGENT, NOW)


def test_a_ring_for_another_says_nothing_of_it() -> None:
    looks = looked()
    looks.begin([3, 4, 3])
    assert not looks.is_worth(Priority.URGENT, NOW)


def test_a_turn_without_a_ring_changes_nothing() -> None:
    looks = looked()
    looks.begin([3, 3, 3])
    assert not looks.is_worth(Priority.URGENT, NOW)


def test_the_next_look_is_after_the_oldest_of_them() -> None:
    looks = looked()
    looks.found_nothing(Priority.NEWS, NOW + 0.2)
    assert looks.left(NOW + 0.25) == POLL - 0.25
    assert Looks().left(NOW) == POLL


def test_who_waits_never_waits_for_no_time() -> None:
    assert looked().left(NOW + POLL) == POLL
