"""The report has the columns that were agreed, in its file and in its table."""

import msgspec

from tests.faults.oracle import Verdict
from tests.faults.report import Line, markdown, result

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
NAMES = ["name", "events", "due", "once", "lost", "twice", "copies", "disorder", "recovery_s"]


def test_a_row_has_exactly_the_agreed_columns() -> None:
    line = result("a row", 50, VERDICT, 1.26).line
    written = msgspec.json.decode(msgspec.json.encode(line))
    assert list(written) == NAMES
    assert list(written.values()) == ["a row", 50, 7, 6, 1, 2, 3, 4, 1.3]


def test_the_table_has_a_line_for_each_row() -> None:
    rows = [result(name, 50, VERDICT, 0.0).line for name in ("one", "two")]
    head, _, *lines = markdown(msgspec.json.encode(rows)).splitlines()
    assert head == f"| {' | '.join(NAMES)} |"
    assert lines[1] == "| two | 50 | 7 | 6 | 1 | 2 | 3 | 4 | 0.0 |"
    assert list(Line.__struct_fields__) == NAMES
