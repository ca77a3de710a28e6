"""How much a measurement puts into a database."""

import pytest

from bench.databases import ROOM, ladder, that_fit


@pytest.mark.parametrize(
    ("top", "steps"),
    [
        (10_000, [10_000]),
        (200_000, [10_000, 100_000, 200_000]),
        (10_000_000, [10_000, 100_000, 1_000_000, 10_000_000]),
    ],
)
def test_the_load_grows_tenfold_up_to_all_of_it(top: int, steps: list[int]) -> None:
    assert ladder(top) == steps


def test_so_many_rows_as_the_disk_has_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = ROOM + 5_000

    monkeypatch.setattr("shutil.disk_usage", lambda _place: Usage)
    assert that_fit(3, 1_000) == 3
    assert that_fit(10_000_000, 1_000) == 5
