"""When a replica takes it that another one has its name."""

import pytest
from aiokafka.errors import KafkaError, for_code

from headsup.settings import SettingsError
from services.cart_recovery import driver
from services.cart_recovery.place import ENOUGH, WITHIN, Place


def looked(*members: str, name: str | None = "one", every: float = 5.0) -> tuple[Place, float]:
    """Every few seconds; and the time of the last look."""
    place = Place(name)
    for number, member in enumerate(members):
        place.look(member, number * every)
    return place, (len(members) - 1) * every


def test_whoever_keeps_its_place_loses_nothing() -> None:
    place, now = looked("", "a", "a", "a")
    assert place.lost(now) == 0
    assert place.problem(None, now) is None


@pytest.mark.parametrize(
    ("members", "lost"), [("ab", 1), (["a", ""], 1), (["a", "", "", "b"], 1), ("abc", 2)]
)
def test_whoever_was_a_stranger_once_or_twice_goes_on(members: list[str], lost: int) -> None:
    """It may have been frozen."""
    place, now = looked(*members)
    assert place.lost(now) == lost
    assert place.problem(None, now) is None


def test_whoever_is_a_stranger_again_and_again_ends_with_a_sentence() -> None:
    place, now = looked(*"abcd")
    assert place.lost(now) == ENOUGH
    problem = place.problem(None, now)
    assert isinstance(problem, SettingsError)
    assert problem.problems[0].startswith(
        "HEADSUP_INSTANCE: Kafka did not know us under the name one for the 3rd time in 10 minutes"
    )
    assert place.lost(now + WITHIN) == 0
    assert place.problem(None, now + WITHIN) is None


def test_whoever_is_a_stranger_for_the_third_time_knows_it_before_it_joins_again() -> None:
    """Joining would throw out the other one, which has been one twice, and would end as well."""
    place, now = looked("a", "", "b", "", "c")
    assert not place.is_left(now)
    place.look("", now)
    assert place.is_left(now)


def test_whoever_is_told_that_it_is_fenced_ends_at_once() -> None:
    """aiokafka hands on the words alone."""
    driver.understand_fencing()
    assert driver.FencedInstanceIdError is for_code(82)
    place, now = looked("a")
    assert isinstance(place.problem(KafkaError(repr(for_code(82)())), now), SettingsError)


@pytest.mark.parametrize("members", ["a", "abcd"])
def test_any_other_error_stays_what_it_is(members: str) -> None:
    place, now = looked(*members)
    error = KafkaError("something")
    assert place.problem(error, now) is error


def test_a_replica_without_a_name_has_no_place_to_lose() -> None:
    place, now = looked(*"abcdef", name=None)
    assert place.lost(now) == 0
