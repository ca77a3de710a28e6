"""What stands on the page: a table for each subject, the runs, and where the time goes. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, compress, pairwise
from typing import Any, Final

import msgspec

from bench.about import About
from bench.report import COLUMNS, Report, cells

BEGIN: Final = "<!-- bench:begin -->"
END: Final = "<!-- bench:end -->"
_COLUMNS: Final = (*COLUMNS, "counted")
_RULES: Final = ("---", "---:", "---", "---:", "---", "---", "---")
_KEPT_TOGETHER: Final = {"figure": 1, "goal": 2}
"""So many blanks of these do not break a line: a number stands beside its unit."""
_RUNS_HEAD: Final = (
    "| experiment | of the full load | rounds | minutes | commit | date |",
    "|---|---:|---:|---:|---|---|",
)
_PROFILE_HEAD: Final = ("| part | of its time |", "|---|---:|")
_WHY: Final = "[what is not reached](#what-is-not-reached-and-why)"
_LEAST_PART: Final = 0.01
"""Of a profile: smaller parts stand together as the rest."""

Subjects = Mapping[str, Sequence[str]]
"""Headings, and the experiments below each, in the order of the page."""


def with_report(page: str, report: Report, subjects: Subjects) -> str:
    """The page with this report between its marks. Raises ValueError when the page has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no {BEGIN} and {END}.")
    lines = "\n".join(_lines(report, subjects))
    return f"{before}{BEGIN}\n{lines}\n{END}{after}"


def _lines(report: Report, subjects: Subjects) -> Iterator[str]:
    runs = [msgspec.convert(run, About) for run in report["runs"]]
    loads = {name: run.share for run in runs for name in run.experiments}
    yield from ("## The figures", "", _goals(report["rows"], loads))
    if missing := [f"`{n}`" for n in chain.from_iterable(subjects.values()) if n not in loads]:
        yield from ("", f"Not measured for this page: {', '.join(missing)}.")
    for subject, names in subjects.items():
        rows = [row for name in names for row in report["rows"] if row["experiment"] == name]
        if rows:
            yield from ("", f"### {subject}", "", *_of_rows(rows, loads))
    yield from _of_runs(runs, list(chain.from_iterable(subjects.values())))
    for profile in report["profiles"]:
        yield from _of_profile(profile)


def _goals(rows: Sequence[Mapping[str, Any]], loads: Mapping[str, float]) -> str:
    """How many goals there are, how many are met, and how many of them only at less than they
    speak of."""
    judged = [row for row in rows if row["met"] is not None]
    met = sum(row["met"] for row in judged)
    said = [f"Goals met: {met} of {len(judged)}."]
    if part := sum(loads[row["experiment"]] < 1 for row in judged):
        said.append(f"Judged at a part of the full load: {part}.")
    if met < len(judged):
        said.append(f"Those that are not met say **no**, and {_WHY} says why.")
    return " ".join(said)


def _of_rows(rows: Sequence[Mapping[str, Any]], loads: Mapping[str, float]) -> Iterator[str]:
    """Their table, without columns in which nothing stands. What was counted is said once where it
    is the same for one row after the other."""
    counted = [_counted(row["counted"], loads[row["experiment"]]) for row in rows]
    said = ["as above" if one and one == above else one for above, one in pairwise(("", *counted))]
    table = [(*cells(row), last) for row, last in zip(rows, said, strict=True)]
    filled = [any(column) for column in zip(*table, strict=True)]
    for line in (_COLUMNS, _RULES, *map(_unbroken, table)):
        yield f"| {' | '.join(compress(line, filled))} |"


def _counted(what: str, load: float) -> str:
    return what if load >= 1 else f"**{load:g} of the full load**: {what}"


def _unbroken(line: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        cell.replace(" ", "\u00a0", _KEPT_TOGETHER.get(column, 0))
        for column, cell in zip(_COLUMNS, line, strict=True)
    )


def _of_runs(runs: Sequence[About], order: Sequence[str]) -> Iterator[str]:
    """In the order of the figures; what they ran on is said once for all that ran on it."""
    tables: dict[str, list[tuple[list[str], About]]] = {}
    for run in runs:
        if names := [name for name in order if name in run.experiments]:
            tables.setdefault(run.ground, []).append((names, run))
    if tables:
        yield from ("", "### The runs")
    for ground, those in tables.items():
        yield from ("", f"On {ground}:", "", *_RUNS_HEAD)
        for names, run in sorted(those, key=lambda one: order.index(one[0][0])):
            said = ", ".join(f"`{name}`" for name in names)
            load = "all" if run.share >= 1 else f"**{run.share:g}**"
            minutes = run.minutes or "under 1"
            yield (
                f"| {said} | {load} | {run.rounds} | {minutes} | {run.commit} "
                f"| {run.made_on.isoformat()} |"
            )


def _of_profile(profile: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"### Where the time of {profile['name']} goes", "", *_PROFILE_HEAD)
    rest = 0.0
    for part in profile["parts"]:
        if part["share"] < _LEAST_PART:
            rest += part["share"]
        else:
            yield f"| {part['name']} | {part['share']:.0%} |"
    if rest:
        yield f"| the rest | {f'{rest:.0%}' if rest >= _LEAST_PART else 'under 1%'} |"
    yield from ("", f"{profile['samples']:,} samples, of {profile['counted']}.")
