"""The report of a run: what is printed, what is kept, and what stands on the page. The page's part
is pure."""

from collections.abc import Iterable, Mapping
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


def kept(about: About, findings: Findings) -> bytes:
    """The content of build/bench.json."""
    found = {
        "about": msgspec.to_builtins(about),
        "rows": [row.report() for row in findings.rows],
        "series": [series.report() for series in findings.series],
    }
    return msgspec.json.format(msgspec.json.encode(found)) + b"\n"


def shown(rows: Iterable[Row]) -> Table:
    """For people who watch."""
    table = Table(*_COLUMNS[:-1])
    for row in rows:
        *cells, _ = _cells(row.report())
        table.add_row(*(cell.replace("*", "") for cell in cells))
    return table


def with_report(page: str, report: Mapping[str, Any]) -> str:
    """The page with this report between its marks. Raises ValueError when the page has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no {BEGIN} and {END}.")
    about = msgspec.convert(report["about"], About)
    table = "\n".join(_lines(report["rows"]))
    return f"{before}{BEGIN}\n{about.sentence}\n\n{table}\n{END}{after}"


def _lines(rows: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|---|---:|---|---:|---|---|---|"
    for row in rows:
        yield f"| {' | '.join(_cells(row))} |"


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
