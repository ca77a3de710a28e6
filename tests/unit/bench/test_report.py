"""What is kept of a run, and what stands on the page."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
import pytest

from bench.about import About
from bench.experiment import Findings
from bench.figures import Profile, Row, Series, at_least, at_most
from bench.report import encoded, kept, together, with_report

ABOUT = About(
    made_on=date(2026, 11, 24),
    commit="0123456789",
    share=1.0,
    rounds=5,
    minutes=40,
    experiments=("speed", "memory"),
    cores=2,
    memory_gb=24,
    versions={"Python": "3.11.7", "Apache Kafka": "4.1.0"},
)
SPEED = Row(
    name="ours / theirs",
    value=12345.6,
    unit="events/s",
    beside="theirs",
    ratio=0.51234,
    spread=(0.49, 0.53),
    goal=at_least(0.5),
    counted="7 events; 5 rounds",
)
MEMORY = Row(name="resident", value=210.0, unit="MB", goal=at_most(200))
FOUND = {
    "speed": Findings([SPEED], (Series("claim", "rows", "ms", ((10.0, 7.0), (100.0, 7.5))),)),
    "memory": Findings([MEMORY]),
}
PAGE = "Before.\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nAfter.\n"
ORDER = ["memory", "speed", "starts"]


def _kept(about: About = ABOUT, found: Mapping[str, Findings] = FOUND) -> Any:
    return msgspec.json.decode(encoded(kept(about, found)))


def test_the_report_has_rows_lines_and_circumstances() -> None:
    found = _kept()
    assert [row["name"] for row in found["rows"]] == ["ours / theirs", "resident"]
    assert [row["met"] for row in found["rows"]] == [True, False]
    assert found["series"][0]["points"] == [[10, 7], [100, 7.5]]
    assert found["runs"][0]["commit"] == "0123456789"
    assert [row["experiment"] for row in found["rows"]] == ["speed", "memory"]


def test_the_page_has_the_table_between_its_marks() -> None:
    page = with_report(PAGE, _kept())
    assert page.splitlines() == [
        "Before.",
        "<!-- bench:begin -->",
        "## The figures",
        "",
        "| what | figure | beside | ratio | goal | met | counted |",
        "|---|---:|---|---:|---|---|---|",
        "| ours / theirs | 12,350 events/s | theirs | **0.512** (0.49 to 0.53) | at least 0.5 "
        "| yes | 7 events; 5 rounds |",
        "| resident | 210 MB |  |  | at most 200 | **no** |  |",
        "",
        "- `speed`, `memory`: 2026-11-24, commit 0123456789, 5 rounds, 40 minutes; 2 cores, 24 GB "
        "of memory. Python 3.11.7, Apache Kafka 4.1.0.",
        "<!-- bench:end -->",
        "After.",
    ]


def test_the_page_says_where_the_time_goes_the_largest_part_first() -> None:
    profile = Profile("the service", (("a little", 0.004), ("rules", 0.25), ("work", 0.746)), 5000)
    page = with_report(PAGE, _kept(found={"profile": Findings([], profiles=(profile,))}))
    lines = page.splitlines()
    begin = lines.index("### Where the time of the service goes")
    assert lines[begin + 2 : begin + 9] == [
        "| part | of its time |",
        "|---|---:|",
        "| work | 75% |",
        "| rules | 25% |",
        "| the rest | 0% |",
        "",
        "5,000 samples.",
    ]


def test_what_is_measured_anew_takes_the_place_of_what_was_there() -> None:
    again = msgspec.structs.replace(ABOUT, commit="fedcba9876", experiments=("speed",))
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
    again = msgspec.structs.replace(ABOUT, experiments=("starts",))
    found = together(_kept(), _kept(again, {"starts": Findings([MEMORY])}), ["starts", "speed"])
    assert [row["experiment"] for row in found["rows"]] == ["starts", "speed"]
    assert [list(run["experiments"]) for run in found["runs"]] == [["starts"], ["speed"]]


def test_a_run_of_a_part_of_the_load_says_so() -> None:
    part = msgspec.structs.replace(ABOUT, share=0.1)
    assert "**0.1 of the full load**" in with_report(PAGE, _kept(part))


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="bench:begin"):
        with_report("Nothing here.", _kept())
