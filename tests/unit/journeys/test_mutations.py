"""The oracle can fail: whatever is broken on purpose turns the figure red that is meant to show
it."""

import pytest

from tests.journeys.mutations import MUTATIONS, found_by


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_oracle_finds_out_that(name: str) -> None:
    assert found_by(name, seed=1) is not None
