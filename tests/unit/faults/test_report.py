"""The report has the columns that were agreed, in its file and in its table."""

import msgspec

from tests.faults.oracle import Verdict
from tests.faults.report import failure, result

VERDICT = Verdict(
    due=7,
    once=6,
    lost=1,
    twice=2,
    copies=3,
    disorder=4,
    broken=("never came",),
    unfinished=True,
    last_at=None,
)
NAMES = [
    *("name", "events", "due", "once", "lost", "twice", "copies", "disorder", "recovery_s"),
    "after_purchase",
]


def test_a_row_has_exactly_the_agreed_columns() -> None:
    line = result("a row", 50, VERDICT, 1.26).line
    written = msgspec.json.decode(msgspec.json.encode(line))
    assert list(written) == NAMES
    assert list(written.values()) == ["a row", 50, 7, 6, 1, 2, 3, 4, 1.3, None]


def test_a_row_that_came_to_no_end_does_not_look_well() -> None:
    found = failure("a row", "TimeoutError")
    assert found.broken == ("TimeoutError",)
    assert found.line.name == "a row: came to no end"
