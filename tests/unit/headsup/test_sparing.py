"""What takes long is done seldom."""

import pytest

from headsup.sparing import REST, Sparing


class Watch:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_look_that_took_a_second_is_made_again_after_fifty() -> None:
    watch = Watch()
    sparing = Sparing(monotonic=watch)
    assert sparing.may_look()
    with sparing.looking():
        watch.now += 1.0
    watch.now += REST - 0.1
    assert not sparing.may_look()
    watch.now += 0.1
    assert sparing.may_look()


def test_a_look_that_took_no_time_may_be_made_again_at_once() -> None:
    sparing = Sparing(monotonic=Watch())
    with sparing.looking():
        pass
    assert sparing.may_look()


def fail_after(watch: Watch, sparing: Sparing, seconds: float) -> None:
    with sparing.looking():
        watch.now += seconds
        raise TimeoutError


def test_a_look_that_failed_counts_as_well() -> None:
    watch = Watch()
    sparing = Sparing(monotonic=watch)
    with pytest.raises(TimeoutError):
        fail_after(watch, sparing, 30.0)
    assert not sparing.may_look()
