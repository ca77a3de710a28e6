"""What is kept of a run, and what is shown of it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from bench.about import About
from bench.contest import Size
from bench.experiment import Findings
from bench.figures import Row, Series
from bench.report import cells, encoded, kept, shown, together
from tests.support.bench_report import MEMORY, RUN, SPEED

FOUND = {
    "speed": Findings([SPEED], (Series("claim", "rows", "ms", ((10.0, 7.0), (100.0, 7.5))),)),
    "memory": Findings([MEMORY]),
}
ORDER = ["memory", "speed", "starts"]


def _kept(about: About = RUN, found: Mapping[str, Findings] = FOUND) -> Any:
    return msgspec.json.decode(encoded(kept(about, found)))


def test_the_report_has_rows_lines_and_circumstances() -> None:
    found = _kept()
    assert [row["name"] for row in found["rows"]] == ["ours / theirs", "resident"]
    assert [row["met"] for row in found["rows"]] == [True, False]
    assert found["series"][0]["points"] == [[10, 7], [100, 7.5]]
    assert found["runs"][0]["commit"] == "0123456789"
    assert [row["experiment"] for row in found["rows"]] == ["speed", "memory"]


def test_what_is_measured_anew_takes_the_place_of_what_was_there() -> None:
    again = msgspec.structs.replace(RUN, commit="fedcba9876", experiments=("speed",))
    faster = msgspec.structs.replace(SPEED, ratio=0.9)
    found = together(_kept(), _kept(again, {"speed": Findings([faster])}), ORDER)
    assert [(row["experiment"], row["ratio"]) for row in found["rows"]] == [
        ("memory", None),
        ("speed", 0.9),
    ]
    assert found["series"] == []
    assert [(run["commit"], list(run["experiments"])) for run in found["runs"]] == [
        ("fedcba9876", ["speed"]),
        ("0123456789", ["memory"]),
    ]


def test_an_experiment_that_there_is_no_more_leaves_the_page() -> None:
    again = msgspec.structs.replace(RUN, experiments=("starts",))
    found = together(_kept(), _kept(again, {"starts": Findings([MEMORY])}), ["starts", "speed"])
    assert [row["experiment"] for row in found["rows"]] == ["starts", "speed"]
    assert [list(run["experiments"]) for run in found["runs"]] == [["starts"], ["speed"]]


def test_what_is_shown_says_at_which_part_of_the_load_it_was_measured() -> None:
    part, whole = shown([SPEED], Size(0.1, 1)), shown([SPEED], Size())
    assert (part.caption, whole.caption) == (
        "0.1 of the full load, 1 round",
        "the full load, 5 rounds",
    )


def test_the_name_of_who_stands_beside_is_said_once() -> None:
    alone = msgspec.structs.replace(SPEED, name="in / out", beside="", ratio=None)
    names = [cells(row.report())[0] for row in (SPEED, alone)]
    assert names == ["ours", "in / out"]


def test_one_message_is_said_so() -> None:
    said = (
        Row(name="said", value=value, unit="messages", counted="7 events") for value in (1.0, 4.0)
    )
    assert [cells(row.report())[1] for row in said] == ["1 message", "4 messages"]
