"""The report of a run: what is printed, and what is kept."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from rich.table import Table

from bench.about import About
from bench.contest import Size
from bench.experiment import Findings
from bench.figures import Row, short, times

COLUMNS: Final = ("what", "figure", "beside", "ratio", "goal", "met")
_MET: Final = {True: "yes", False: "**no**", None: ""}
_APART: Final = 1000
"""From here on a figure has commas."""
_ONE: Final = {"mails": "mail", "messages": "message", "updates": "update"}
"""Of the units that are words."""

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


def shown(rows: Iterable[Row], size: Size) -> Table:
    """For people who watch; it says at which part of the load this was measured."""
    load = "the full load" if size.is_full else f"{size.share:g} of the full load"
    table = Table(*COLUMNS, caption=f"{load}, {times(size.rounds, 'round')}")
    for row in rows:
        table.add_row(*(cell.replace("*", "") for cell in cells(row.report())))
    return table


def cells(row: Mapping[str, Any]) -> list[str]:
    """What stands under each of the columns. A name is not said twice: "ours / theirs" is "ours",
    beside "theirs"."""
    least, most = row["spread"] or (None, None)
    ratio = "" if row["ratio"] is None else f"**{row['ratio']:.3g}**"
    if ratio and least is not None and least != most:
        ratio += f" ({least:.3g} to {most:.3g})"
    return [
        row["name"].partition(" / ")[0] if row["beside"] else row["name"],
        _figure(row["value"], row["unit"]),
        row["beside"],
        ratio,
        row["goal"] or "",
        _MET[row["met"]],
    ]


def _figure(value: float, unit: str) -> str:
    value = short(value)
    number = f"{value:,.0f}" if value >= _APART else f"{value:g}"
    return f"{number} {_ONE.get(unit, unit) if value == 1 else unit}"
