"""The report of a run: what is printed, what is kept, and what stands on the page. The page's part
is pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from rich.table import Table

from bench.about import About
from bench.experiment import Findings
from bench.figures import Row, short

BEGIN: Final = "<!-- bench:begin -->"
END: Final = "<!-- bench:end -->"
_MET: Final = {True: "yes", False: "**no**", None: ""}
_COLUMNS: Final = ("what", "figure", "beside", "ratio", "goal", "met", "counted")
_APART: Final = 1000
"""From here on a figure has commas."""
_LEAST_PART: Final = 0.01
"""Of a profile: smaller parts stand together as the rest."""

Report = Mapping[str, Any]
"""What is kept of one run or, put together, of several. Each row, line and profile names its
experiment; each of `runs` says under what circumstances it made which experiments."""
_OF_EXPERIMENTS: Final = ("rows", "series", "profiles")


def kept(about: About, findings: Mapping[str, Findings]) -> Report:
    """What a run found, by the names of the experiments."""
    return {
        "runs": [msgspec.to_builtins(about)],
        **{
            part: [
                {"experiment": name, **one.report()}
                for name, found in findings.items()
                for one in getattr(found, part)
            ]
            for part in _OF_EXPERIMENTS
        },
    }


def encoded(report: Report) -> bytes:
    """The content of the file."""
    return msgspec.json.format(msgspec.json.encode(report)) + b"\n"


def together(older: Report, newer: Report, order: Sequence[str]) -> Report:
    """The newer report, and of the older one the experiments that the newer one has not; in this
    order of experiments, without those that there are no more."""
    fresh = {name for run in newer["runs"] for name in run["experiments"]}
    stays = set(order) - fresh
    runs = [
        {**run, "experiments": names}
        for run in older["runs"]
        if (names := [name for name in run["experiments"] if name in stays])
    ]
    return {
        "runs": [*newer["runs"], *runs],
        **{
            part: sorted(
                [*newer[part], *(one for one in older[part] if one["experiment"] in stays)],
                key=lambda one: order.index(one["experiment"]),
            )
            for part in _OF_EXPERIMENTS
        },
    }


def shown(rows: Iterable[Row]) -> Table:
    """For people who watch."""
    table = Table(*_COLUMNS[:-1])
    for row in rows:
        *cells, _ = _cells(row.report())
        table.add_row(*(cell.replace("*", "") for cell in cells))
    return table


def with_report(page: str, report: Report) -> str:
    """The page with this report between its marks. Raises ValueError when the page has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no {BEGIN} and {END}.")
    lines = "\n".join(_lines(report))
    return f"{before}{BEGIN}\n{lines}\n{END}{after}"


def _lines(report: Report) -> Iterator[str]:
    yield from (
        "## The figures",
        "",
        f"| {' | '.join(_COLUMNS)} |",
        "|---|---:|---|---:|---|---|---|",
    )
    for row in report["rows"]:
        yield f"| {' | '.join(_cells(row))} |"
    yield ""
    for run in report["runs"]:
        yield f"- {msgspec.convert(run, About).sentence}"
    for profile in report["profiles"]:
        yield from _of_profile(profile)


def _of_profile(profile: Mapping[str, Any]) -> Iterator[str]:
    yield from ("", f"### Where the time of {profile['name']} goes", "")
    yield from ("| part | of its time |", "|---|---:|")
    rest = 0.0
    for part in profile["parts"]:
        if part["share"] < _LEAST_PART:
            rest += part["share"]
        else:
            yield f"| {part['name']} | {part['share']:.0%} |"
    if rest:
        yield f"| the rest | {rest:.0%} |"
    yield from ("", f"{profile['samples']:,} samples.")


def _cells(row: Mapping[str, Any]) -> list[str]:
    least, most = row["spread"] or (None, None)
    ratio = "" if row["ratio"] is None else f"**{row['ratio']:.3g}**"
    if ratio and least is not None and least != most:
        ratio += f" ({least:.3g} to {most:.3g})"
    return [
        row["name"],
        f"{_number(row['value'])} {row['unit']}",
        row["beside"],
        ratio,
        row["goal"] or "",
        _MET[row["met"]],
        row["counted"],
    ]


def _number(value: float) -> str:
    value = short(value)
    return f"{value:,.0f}" if value >= _APART else f"{value:g}"
