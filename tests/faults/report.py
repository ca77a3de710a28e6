"""The report: a table for people, and build/faults.json."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from tests.faults.oracle import Verdict

REPORT: Final = Path("build/faults.json")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the report."""

    name: str
    events: int
    due: int
    once: int
    lost: int
    twice: int
    copies: int
    disorder: int
    recovery_s: float
    after_purchase: int | None = None
    """None where there are no carts."""


@dataclass(frozen=True, slots=True)
class Result:
    """A row, and the promises that were broken in it."""

    line: Line
    broken: tuple[str, ...]
    ended: bool = False
    """A process ended by itself: no promise to a customer, but somebody has to look."""


def result(name: str, events: int, verdict: Verdict, recovery: float) -> Result:
    """A verdict as a row."""
    line = Line(
        name=name,
        events=events,
        due=verdict.due,
        once=verdict.once,
        lost=verdict.lost,
        twice=verdict.twice,
        copies=verdict.copies,
        disorder=verdict.disorder,
        recovery_s=round(recovery, 1),
        after_purchase=verdict.after_purchase,
    )
    return Result(line, verdict.broken)


def failure(name: str, what: str) -> Result:
    """A row that came to no end. Its zeros must not be taken for good ones."""
    line = Line(
        name=f"{name}: came to no end",
        events=0,
        due=0,
        once=0,
        lost=0,
        twice=0,
        copies=0,
        disorder=0,
        recovery_s=0.0,
    )
    return Result(line, (what,))


def keep(results: Sequence[Result]) -> None:
    """Writes the rows."""
    REPORT.parent.mkdir(exist_ok=True)
    lines = [each.line for each in results]
    REPORT.write_bytes(msgspec.json.format(msgspec.json.encode(lines)) + b"\n")


def say(console: Console, each: Result, seconds: float) -> None:
    """A row as soon as it is there."""
    line, mark = each.line, "[red]RED[/]" if each.broken else "[green]ok[/]"
    console.print(
        f"{mark:>3} {line.name}: {line.once} of {line.due} once, lost {line.lost}, "
        f"twice {line.twice}, copies {line.copies}, disorder {line.disorder}, "
        f"{_after_purchase(line)}recovered in {line.recovery_s:g} s ({seconds:.0f} s)",
        highlight=False,
    )
    for complaint in each.broken:
        console.print(f"    {complaint}", style="red", highlight=False, markup=False)


def _after_purchase(line: Line) -> str:
    return "" if line.after_purchase is None else f"after a purchase {line.after_purchase}, "


def complain(console: Console, results: Sequence[Result]) -> None:
    """The broken promises once more, where the end of a long log shows them."""
    for each in results:
        for complaint in each.broken:
            what = f"RED {each.line.name}: {complaint}"
            console.print(what, style="red", highlight=False, markup=False)


def table(results: Sequence[Result]) -> Table:
    """All rows."""
    shown = Table(title="What was lost, and what came twice")
    shown.add_column("")
    for name in Line.__struct_fields__[1:]:
        shown.add_column(name, justify="right")
    for each in results:
        values = [str(getattr(each.line, name)) for name in Line.__struct_fields__[1:]]
        shown.add_row(each.line.name, *values, style="red" if each.broken else None)
    return shown


def last() -> list[Line]:
    """The rows of the last report."""
    return msgspec.json.decode(REPORT.read_bytes(), type=list[Line])
