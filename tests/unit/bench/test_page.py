"""What stands on the page."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.about import About
from bench.experiment import Findings
from bench.experiments import SUBJECTS
from bench.figures import Profile, Row, at_most
from bench.page import with_report
from bench.report import encoded, kept
from tests.support import bench_report
from tests.support.bench_report import MEMORY, RUN

SPEED_RUN = msgspec.structs.replace(RUN, share=0.25, rounds=1, minutes=0, experiments=("speed",))
MEMORY_RUN = msgspec.structs.replace(
    SPEED_RUN, commit="fedcba9876", share=1.0, rounds=5, minutes=40, experiments=("memory", "peak")
)
SPEED = msgspec.structs.replace(bench_report.SPEED, counted="7 events; 1 round")
THEIRS = Row(name="theirs", value=24100, unit="events/s", counted="7 events; 1 round")
PEAK = Row(name="at its peak", value=212.0, unit="MB", counted="9 orders")
FAST_START = Row(name="start", value=1.0, unit="s", goal=at_most(1.5), counted="from exec on")
PAGE = "Before.\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nAfter.\n"
DOCS = Path(__file__).parents[3] / "docs"
OUR_PAGE = (DOCS / "performance.md").read_text(encoding="utf-8")
OURS = msgspec.json.decode((DOCS / "performance.json").read_bytes())
WHAT = {"Throughput": ["speed"], "Memory": ["memory", "peak"], "Starts": ["starts"]}
RUNS_HEAD = [
    "| experiment | of the full load | rounds | minutes | commit | date |",
    "|---|---:|---:|---:|---|---|",
]


def _report(*runs: About, **found: Findings) -> Any:
    one, *others = runs or (SPEED_RUN,)
    report = msgspec.json.decode(encoded(kept(one, found)))
    return {**report, "runs": [*report["runs"], *map(msgspec.to_builtins, others)]}


def _lines(report: Any) -> list[str]:
    return with_report(PAGE, report, WHAT).splitlines()


def test_the_page_has_a_table_for_each_subject_between_its_marks() -> None:
    found = {
        "peak": Findings([PEAK]),
        "memory": Findings([MEMORY]),
        "speed": Findings([SPEED, THEIRS]),
    }
    assert _lines(_report(MEMORY_RUN, SPEED_RUN, **found)) == [
        "Before.",
        "<!-- bench:begin -->",
        "## The figures",
        "",
        "Goals met: 1 of 2. Judged at a part of the full load: 1. Those that are not met say "
        "**no**, and [what is not reached](#what-is-not-reached-and-why) says why.",
        "",
        "Not measured for this page: `starts`.",
        "",
        "### Throughput",
        "",
        "| what | figure | beside | ratio | goal | met | counted |",
        "| --- | ---: | --- | ---: | --- | --- | --- |",
        "| ours | 12,350\u00a0events/s | theirs | **0.512** (0.49 to 0.53) "
        "| at\u00a0least\u00a00.5 | yes | **0.25 of the full load**: 7 events; 1 round |",
        "| theirs | 24,100\u00a0events/s |  |  |  |  | as above |",
        "",
        "### Memory",
        "",
        "| what | figure | goal | met | counted |",
        "| --- | ---: | --- | --- | --- |",
        "| resident | 210\u00a0MB | at\u00a0most\u00a0200 | **no** | 9 orders |",
        "| at its peak | 212\u00a0MB |  |  | as above |",
        "",
        "### The runs",
        "",
        "On 2 cores, 24 GB of memory; Python 3.11.7, Apache Kafka 4.1.0:",
        "",
        *RUNS_HEAD,
        "| `speed` | **0.25** | 1 | under 1 | 0123456789 | 2026-11-24 |",
        "| `memory`, `peak` | all | 5 | 40 | fedcba9876 | 2026-11-24 |",
        "<!-- bench:end -->",
        "After.",
    ]


def test_where_all_goals_are_met_no_others_are_spoken_of() -> None:
    assert "Goals met: 1 of 1." in _lines(_report(MEMORY_RUN, peak=Findings([FAST_START])))


def test_of_goals_at_a_part_of_the_load_it_is_said_how_many_there_are() -> None:
    lines = _lines(_report(SPEED_RUN, MEMORY_RUN, speed=Findings([SPEED])))
    assert "Goals met: 1 of 1. Judged at a part of the full load: 1." in lines


def test_what_was_not_measured_is_named() -> None:
    both = msgspec.structs.replace(MEMORY_RUN, experiments=("memory", "starts"))
    assert "Not measured for this page: `speed`, `peak`." in _lines(_report(both))
    everything = msgspec.structs.replace(both, experiments=("speed", "memory", "peak", "starts"))
    assert not [line for line in _lines(_report(everything)) if "Not measured" in line]


def test_runs_on_other_versions_stand_apart() -> None:
    other = msgspec.structs.replace(MEMORY_RUN, versions={"Python": "3.13.1"})
    lines = _lines(_report(other, SPEED_RUN))
    begin = lines.index("### The runs")
    assert lines[begin + 1 : -2] == [
        "",
        "On 2 cores, 24 GB of memory; Python 3.13.1:",
        "",
        *RUNS_HEAD,
        "| `memory`, `peak` | all | 5 | 40 | fedcba9876 | 2026-11-24 |",
        "",
        "On 2 cores, 24 GB of memory; Python 3.11.7, Apache Kafka 4.1.0:",
        "",
        *RUNS_HEAD,
        "| `speed` | **0.25** | 1 | under 1 | 0123456789 | 2026-11-24 |",
    ]


def test_the_same_count_at_another_load_is_not_as_above() -> None:
    part = msgspec.structs.replace(MEMORY_RUN, share=0.1, experiments=("peak",))
    whole = msgspec.structs.replace(MEMORY_RUN, experiments=("memory",))
    lines = _lines(_report(part, whole, memory=Findings([MEMORY]), peak=Findings([PEAK])))
    assert "| at its peak | 212\u00a0MB |  |  | **0.1 of the full load**: 9 orders |" in lines


def test_an_experiment_that_there_is_no_more_is_not_among_the_runs() -> None:
    gone = msgspec.structs.replace(MEMORY_RUN, experiments=("gone",))
    assert _lines(_report(gone, SPEED_RUN)) == _lines(_report(SPEED_RUN))


def test_the_page_says_where_the_time_goes_the_largest_part_first() -> None:
    parts = (("a little", 0.004), ("rules", 0.25), ("work", 0.746))
    profile = Profile("the service", parts, 5000, "7 events at once")
    lines = _lines(_report(speed=Findings([], profiles=(profile,))))
    begin = lines.index("### Where the time of the service goes")
    assert lines[begin + 2 : begin + 9] == [
        "| part | of its time |",
        "|---|---:|",
        "| work | 75% |",
        "| rules | 25% |",
        "| the rest | under 1% |",
        "",
        "5,000 samples, of 7 events at once.",
    ]


def _missed(report: Any) -> set[tuple[str, float]]:
    """Goal and figure of what is not reached."""
    rows = [row for row in report["rows"] if row["met"] is False]
    return {(row["goal"].split()[-1], row["ratio"] or row["value"]) for row in rows}


def _explained(page: str) -> set[tuple[str, str]]:
    """Goal and figure, as the page names them: (goal 0.7, here 0.41 and 0.65)."""
    _, _, text = page.partition("## What is not reached, and why")
    text, _, _ = text.partition("\n## ")
    found = re.findall(r"\(goal ([\d.]+)[^,)]*, here ([^)]+)\)", text)
    return {(goal, number) for goal, here in found for number in re.findall(r"[\d.]+", here)}


def _is_said_as(figure: float, words: str) -> bool:
    digits = len(words.partition(".")[2])
    return f"{figure:.{digits}f}" == words


def test_our_page_explains_each_goal_that_is_missed_and_no_other_by_its_figure() -> None:
    missed, explained = _missed(OURS), _explained(OUR_PAGE)
    matches = [
        (goal, figure, words)
        for goal, figure in missed
        for named, words in explained
        if goal == named and _is_said_as(figure, words)
    ]
    assert {(goal, figure) for goal, figure, _ in matches} == missed
    assert {(goal, words) for goal, _, words in matches} == explained


def test_our_page_shows_what_is_kept_beside_it() -> None:
    subjects = {name: [one.name for one in those] for name, those in SUBJECTS.items()}
    assert with_report(OUR_PAGE, OURS, subjects) == OUR_PAGE


def test_no_two_experiments_have_the_same_name() -> None:
    names = [one.name for those in SUBJECTS.values() for one in those]
    assert len(set(names)) == len(names)


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="bench:begin"):
        with_report("Nothing here.", _report(), WHAT)
