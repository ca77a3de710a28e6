"""What is kept of a run, and what stands on the page."""

from datetime import date

import msgspec
import pytest

from bench.about import About
from bench.experiment import Findings
from bench.figures import Row, Series, at_least, at_most
from bench.report import kept, with_report

ABOUT = About(
    made_on=date(2026, 11, 24),
    commit="0123456789",
    share=1.0,
    rounds=5,
    minutes=40,
    cores=2,
    memory_gb=24,
    versions={"Python": "3.11.7", "Apache Kafka": "4.1.0"},
)
ROWS = [
    Row(
        name="ours / theirs",
        value=12345.6,
        unit="events/s",
        beside="theirs",
        ratio=0.51234,
        spread=(0.49, 0.53),
        goal=at_least(0.5),
        counted="7 events; 5 rounds",
    ),
    Row(name="resident", value=210.0, unit="MB", goal=at_most(200)),
]
FOUND = Findings(ROWS, (Series("claim", "rows", "ms", ((10.0, 7.0), (100.0, 7.5))),))
PAGE = "Before.\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nAfter.\n"


def test_the_report_has_rows_lines_and_circumstances() -> None:
    found = msgspec.json.decode(kept(ABOUT, FOUND))
    assert [row["name"] for row in found["rows"]] == ["ours / theirs", "resident"]
    assert [row["met"] for row in found["rows"]] == [True, False]
    assert found["series"][0]["points"] == [[10, 7], [100, 7.5]]
    assert found["about"]["commit"] == "0123456789"


def test_the_page_has_the_table_between_its_marks() -> None:
    page = with_report(PAGE, msgspec.json.decode(kept(ABOUT, FOUND)))
    assert page.splitlines() == [
        "Before.",
        "<!-- bench:begin -->",
        "2026-11-24, commit 0123456789, 5 rounds, 40 minutes; 2 cores, 24 GB of memory. "
        "Python 3.11.7, Apache Kafka 4.1.0.",
        "",
        "| what | figure | beside | ratio | goal | met | counted |",
        "|---|---:|---|---:|---|---|---|",
        "| ours / theirs | 12,350 events/s | theirs | **0.512** (0.49 to 0.53) | at least 0.5 "
        "| yes | 7 events; 5 rounds |",
        "| resident | 210 MB |  |  | at most 200 | **no** |  |",
        "<!-- bench:end -->",
        "After.",
    ]


def test_a_run_of_a_part_of_the_load_says_so() -> None:
    part = msgspec.structs.replace(ABOUT, share=0.1)
    page = with_report(PAGE, msgspec.json.decode(kept(part, FOUND)))
    assert "**0.1 of the full load**" in page


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="bench:begin"):
        with_report("Nothing here.", msgspec.json.decode(kept(ABOUT, FOUND)))
