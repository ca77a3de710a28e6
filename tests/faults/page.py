"""The report of the last run on the page that people read: docs/reliability.md. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

from tests.faults.about import About
from tests.faults.report import Line
from tests.faults.rows.row import NAMES, Row

BEGIN: Final = "<!-- faults:begin -->"
END: Final = "<!-- faults:end -->"
_FIGURES: Final = Line.__struct_fields__[1:]
_NOT_RUN: Final = "–"


def lines_of(rows: Iterable[Row]) -> list[str]:
    """The names of all lines that these rows lead to."""
    return [name for row in rows for name in _names(row)]


def _names(row: Row) -> list[str]:
    if not row.may_doubt:
        return [row.name]
    return [f"{row.name}, {NAMES[channel]}" for channel in row.channels]


def with_report(page: str, about: About, lines: Sequence[Line], names: Sequence[str]) -> str:
    """The page with this report between its marks; what was not run is shown as not run. Raises
    ValueError when the page has no marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{about.sentence}\n\n{table(lines, names)}{END}{after}"


def table(lines: Sequence[Line], names: Sequence[str]) -> str:
    """A line for each name, in that order, and then for whatever else was run."""
    known = {line.name: line for line in lines}
    named = [*names, *(name for name in known if name not in names)]
    head = f"| | {' | '.join(_FIGURES)} |"
    body = [f"| {name} | {' | '.join(_figures(known.get(name)))} |" for name in named]
    return "\n".join([head, "|---|" + "---:|" * len(_FIGURES), *body]) + "\n"


def _figures(line: Line | None) -> list[str]:
    if line is None:
        return [_NOT_RUN] * len(_FIGURES)
    figures = [getattr(line, name) for name in _FIGURES]
    return [_NOT_RUN if figure is None else f"{figure:g}" for figure in figures]


def read_table(page: str) -> dict[str, dict[str, float]]:
    """The figures on a page by the names of the lines: of each what was run and looked at."""
    found: dict[str, dict[str, float]] = {}
    for line in page.partition(BEGIN)[2].partition(END)[0].splitlines():
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| ") or not name:
            continue
        figures = zip(_FIGURES, cells, strict=True)
        found[name] = {each: float(cell) for each, cell in figures if cell != _NOT_RUN}
    return found
