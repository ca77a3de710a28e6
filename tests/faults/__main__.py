"""`make faults`: prints a table, keeps build/faults.json, and fails when a promise is broken."""

import argparse
import asyncio
import logging
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace
from rich.console import Console

from tests.faults import about, mutations, page, report
from tests.faults.ground import ground
from tests.faults.rows import ROWS
from tests.faults.rows.row import Row
from tests.faults.run import Runner
from tests.faults.versions import runnable, what_is_missing
from tests.faults.world import Measure

_SEED: Final = 20261124
_PAGE: Final = Path("docs/reliability.md")
_INTERRUPTED: Final = 130
"""What shells say of Ctrl-C."""
_LEAST_KILLS: Final = 200
"""Kills that the long run promises."""
_SIDE_BY_SIDE: Final = (6, 2)
"""In the short run rows mostly wait."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer orders, fewer kills")
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="only rows with this in their name"
    )
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--list", action="store_true", help="name the rows, run none")
    parser.add_argument(
        "--markdown",
        action="store_true",
        help="write the last report, or what was run of it, into docs/reliability.md, and end",
    )
    parser.add_argument("--jobs", type=int, help="so many rows side by side")
    parser.add_argument("--mutate", choices=[each.name for each in mutations.MUTATIONS])
    parser.add_argument("--mutations", action="store_true", help="only show that rows can be red")
    return parser.parse_args()


def _chosen(arguments: argparse.Namespace) -> list[Row]:
    rows = [row for row in ROWS if not (arguments.short and row.only_long)]
    if arguments.only:
        rows = [row for row in rows if any(part in row.name for part in arguments.only)]
    return rows


async def _run(arguments: argparse.Namespace, console: Console) -> bool:
    measure = Measure(is_long=not arguments.short, seed=arguments.seed)
    jobs = arguments.jobs or _SIDE_BY_SIDE[measure.is_long]
    async with ground() as here:
        if arguments.mutate or arguments.mutations:
            return await mutations.show(here, measure, console, arguments.mutate)
        runner, began = Runner(here, measure, console, jobs), time.monotonic()
        rows = _chosen(arguments)
        if left_out := len(rows) - len(runnable(rows)):
            console.print(f"{left_out} experiments are left out: {what_is_missing()}")
        results = await runner.run(runnable(rows))
        broken = sum(bool(each.broken) for each in results)
        report.keep(results)
        known = await about.about(
            here,
            is_long=measure.is_long,
            seed=measure.seed,
            seconds=time.monotonic() - began,
            kills=runner.kills,
            broken=broken,
        )
        about.keep(replace(known, is_part=bool(arguments.only)))
        console.print(report.table(results))
        if arguments.only:
            return not broken
        is_shown = await mutations.show(here, measure, console, None)
        is_enough = _enough_kills(runner.kills, measure, console)
        report.complain(console, results)
        return is_shown and not broken and is_enough


def _enough_kills(kills: int, measure: Measure, console: Console) -> bool:
    console.print(f"{kills} kills", highlight=False)
    return kills >= measure.of(1, _LEAST_KILLS)


def main() -> int:
    """The exit code."""
    arguments = _arguments()
    console = Console(width=160 if not sys.stdout.isatty() else None)
    if arguments.list:
        for row in _chosen(arguments):
            console.print(row.name, highlight=False)
        return 0
    if arguments.markdown:
        known = msgspec.json.decode(about.ABOUT.read_bytes(), type=about.About)
        text = _PAGE.read_text(encoding="utf-8")
        text = page.with_report(text, known, report.last(), page.lines_of(ROWS))
        _PAGE.write_text(text, encoding="utf-8")
        return 0
    for library in ("aiokafka", "asyncio", "mail.log", "uvicorn.error"):
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)  # what they say is meant to be
    try:
        return 0 if asyncio.run(_run(arguments, console)) else 1
    except KeyboardInterrupt:
        console.print("Ended early; no report was written.")
        return _INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
