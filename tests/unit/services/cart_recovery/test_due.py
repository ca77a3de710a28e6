"""When which cart is to be looked at."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.cart_recovery.due import SPAN, Due

KEYS = st.sampled_from([b"a", b"b", b"c", b"d"])
MOMENTS = st.integers(0, 50).map(lambda number: number * SPAN / 4)
NO_MOMENT = st.none()


def test_what_is_due_comes_with_the_earliest_first() -> None:
    due = Due()
    for key, moment in ((b"late", 30.0), (b"first", 10.0), (b"second", 20.0)):
        due.moved(1, key, None, moment)
    assert list(due.take(1, 20.0, 10)) == [b"first", b"second"]
    assert list(due.take(1, 20.0, 10)) == []
    assert list(due.take(1, 30.0, 10)) == [b"late"]


def test_it_does_not_matter_how_far_away_a_moment_is() -> None:
    due = Due()
    moments = [0.0, SPAN - 1, SPAN, SPAN + 1, 100 * SPAN, 100 * SPAN + 1]
    for moment in reversed(moments):
        due.put(0, b"%d" % moment, moment)
    for moment in moments:
        assert not due.is_due(0, moment - 0.5)
        assert list(due.take(0, moment, 10)) == [b"%d" % moment]
    assert len(due) == 0


def test_what_is_put_behind_the_present_is_due() -> None:
    due = Due()
    due.put(0, b"later", 9 * SPAN)
    assert not due.is_due(0, 5 * SPAN)
    due.put(0, b"before", SPAN)
    assert list(due.take(0, 5 * SPAN, 10)) == [b"before"]


def test_no_more_are_taken_than_asked_for() -> None:
    due = Due()
    due.rebuild((0, float(n), b"%d" % n) for n in range(5))
    assert list(due.take(0, 10.0, 2)) == [b"0", b"1"]
    assert due.is_due(0, 2.0)
    assert len(due) == 3


def test_partitions_know_nothing_of_each_other() -> None:
    due = Due()
    due.rebuild([(0, 10.0, b"a"), (1, 20.0, b"b")])
    assert list(due.take(1, 10.0, 10)) == []
    assert [due.is_due(number, 10.0) for number in (0, 1)] == [True, False]
    assert [due.is_due(number, 20.0) for number in (0, 1)] == [True, True]
    assert not due.is_due(7, 99.0)


def test_rebuilding_forgets_what_was_there() -> None:
    due = Due()
    due.moved(0, b"old", None, 1.0)
    due.rebuild([(0, 2.0, b"new")])
    assert list(due.take(0, 9.0, 9)) == [b"new"]


def test_what_moves_further_away_again_and_again_has_one_entry() -> None:
    due = Due()
    due.moved(0, b"a", None, 10.0)
    for moment in range(11, 100):
        due.moved(0, b"a", moment - 1.0, float(moment))
    assert len(due) == 1


class Looks(RuleBasedStateMachine):
    """The heap beside a table of when each key is to be looked at. Whoever takes a key looks into
    the table, as the desk does, and puts it back where it belongs."""

    def __init__(self) -> None:
        super().__init__()
        self.due = Due()
        self.moments: dict[tuple[int, bytes], float] = {}

    @rule(partition=st.integers(0, 1), key=KEYS, moment=MOMENTS | NO_MOMENT)
    def moves(self, partition: int, key: bytes, moment: float | None) -> None:
        place = partition, key
        self.due.moved(partition, key, self.moments.get(place), moment)
        self.moments.pop(place, None)
        if moment is not None:
            self.moments[place] = moment

    @rule(partition=st.integers(0, 1), now=MOMENTS, most=st.integers(1, 3))
    def looks(self, partition: int, now: float, most: int) -> None:
        for key in list(self.due.take(partition, now, most)):
            moment = self.moments.get((partition, key))
            if moment is None:
                continue
            if moment <= now:
                del self.moments[partition, key]
            else:
                self.due.put(partition, key, moment)

    @rule()
    def recovers(self) -> None:
        self.due.rebuild((p, moment, key) for (p, key), moment in self.moments.items())

    @invariant()
    def nothing_that_is_due_is_overlooked(self) -> None:
        for (partition, _), moment in self.moments.items():
            assert self.due.is_due(partition, moment)


TestLooks = Looks.TestCase


@given(st.lists(st.tuples(MOMENTS, KEYS)), MOMENTS)
def test_taking_gives_what_a_walk_over_all_would_give(
    entries: list[tuple[float, bytes]], now: float
) -> None:
    due = Due()
    for moment, key in entries:
        due.put(0, key, moment)
    wanted = sorted(key for moment, key in entries if moment <= now)
    assert sorted(due.take(0, now, len(entries) + 1)) == wanted
    assert len(due) == len(entries) - len(wanted)
