"""The report of the last run on the page that people read: docs/reliability.md. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import msgspec

from tests.faults.about import About
from tests.faults.report import Line
from tests.faults.rows.row import NAMES, Row

BEGIN: Final = "<!-- faults:begin -->"
END: Final = "<!-- faults:end -->"
_FIGURES: Final = Line.__struct_fields__[1:]
_NOT_RUN: Final = "–"
_APART: Final = "†"
"""Marks what is of another run than the others."""


def lines_of(rows: Iterable[Row]) -> list[str]:
    """The names of all lines that these rows lead to."""
    return [name for row in rows for name in _names(row)]


def _names(row: Row) -> list[str]:
    if not row.may_doubt:
        return [row.name]
    return [f"{row.name}, {NAMES[channel]}" for channel in row.channels]


def with_report(page: str, about: About, lines: Sequence[Line], names: Sequence[str]) -> str:
    """The page with this report between its marks; what was not run is shown as not run. Of a part
    the lines take the place of older ones, and say that they are of another run. Raises ValueError
    when the page has no marks."""
    before, begin, rest = page.partition(BEGIN)
    shown, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no {BEGIN} and {END}.")
    if not about.is_part:
        return f"{before}{BEGIN}\n{about.sentence}\n\n{table(lines, names)}{END}{after}"
    sentence = shown.strip().partition("\n")[0]
    new = {line.name for line in lines}
    older = [line for line in _lines(read_table(page)) if line.name not in new]
    told = table([*older, *lines], names, new)
    return f"{before}{BEGIN}\n{sentence}\n\n{told}\n{_APART} {about.sentence}\n{END}{after}"


def table(
    lines: Sequence[Line], names: Sequence[str], apart: AbstractSet[str] = frozenset()
) -> str:
    """A line for each name, in that order, and then for whatever else was run. Those `apart` are
    marked."""
    known = {line.name: line for line in lines}
    named = [*names, *(name for name in known if name not in names)]
    head = f"| | {' | '.join(_FIGURES)} |"
    marked = {name: f"{name} {_APART}" if name in apart else name for name in named}
    body = [f"| {marked[name]} | {' | '.join(_figures(known.get(name)))} |" for name in named]
    return "\n".join([head, "|---|" + "---:|" * len(_FIGURES), *body]) + "\n"


def _figures(line: Line | None) -> list[str]:
    if line is None:
        return [_NOT_RUN] * len(_FIGURES)
    figures = [getattr(line, name) for name in _FIGURES]
    return [_NOT_RUN if figure is None else f"{figure:g}" for figure in figures]


def read_table(page: str) -> dict[str, dict[str, float]]:
    """The figures on a page by the names of the lines: of each what was run and looked at."""
    found: dict[str, dict[str, float]] = {}
    columns: list[str] = []
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| |"):
            columns = cells
        elif line.startswith("| "):
            figures = zip(columns, cells, strict=True)
            name = name.removesuffix(f" {_APART}")
            found[name] = {each: float(cell) for each, cell in figures if cell != _NOT_RUN}
    return found


def _lines(found: Mapping[str, Mapping[str, float]]) -> list[Line]:
    return [
        msgspec.convert({"name": name, **figures}, Line, strict=False)
        for name, figures in found.items()
        if figures
    ]
