"""`make faults`: prints a table, keeps build/faults.json, and fails when a promise is broken."""

import argparse
import asyncio
import logging
import sys
from typing import Final

from rich.console import Console

from tests.faults import mutations, report
from tests.faults.ground import ground
from tests.faults.rows import ROWS
from tests.faults.rows.row import Row
from tests.faults.run import Runner
from tests.faults.world import Measure

_SEED: Final = 20261124
_SIDE_BY_SIDE: Final = (6, 2)
"""In the short run rows mostly wait."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--short", action="store_true", help="fewer orders, fewer kills")
    parser.add_argument("--only", action="append", metavar="NAME", help="rows whose name has this")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--list", action="store_true", help="name the rows, and end")
    parser.add_argument("--markdown", action="store_true", help="print the last report, and end")
    parser.add_argument("--jobs", type=int, help="rows side by side")
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
        runner = Runner(here, measure, console, jobs)
        results = await runner.run(_chosen(arguments))
        report.keep(results)
        console.print(report.table(results))
        is_well = not any(each.broken for each in results)
        if not arguments.only:
            is_well = await mutations.show(here, measure, console, None) and is_well
        return is_well


def main() -> int:
    """The exit code."""
    arguments = _arguments()
    console = Console(width=160 if not sys.stdout.isatty() else None)
    if arguments.list:
        for row in _chosen(arguments):
            console.print(row.name, highlight=False)
        return 0
    if arguments.markdown:
        console.file.write(report.markdown(report.REPORT.read_bytes()))
        return 0
    for library in ("aiokafka", "asyncio", "mail.log", "uvicorn.error"):
        logging.getLogger(library).setLevel(logging.CRITICAL + 1)  # what they say is meant to be
    return 0 if asyncio.run(_run(arguments, console)) else 1


if __name__ == "__main__":
    sys.exit(main())
