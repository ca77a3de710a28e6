"""`make bench`: measures in turn, shows a table, and keeps it in build/bench.json."""

import argparse
import asyncio
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

import msgspec
from rich.console import Console

from bench import report
from bench.about import about
from bench.contest import Size
from bench.experiment import Experiment, Findings
from bench.experiments import EXPERIMENTS
from bench.writing import REPORT, write_page

_SHORT: Final = Size(share=0.02, rounds=1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a little of it, in 90 seconds")
    parser.add_argument("--share", type=float, default=1.0, help="of the full load, such as 0.1")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", metavar="NAME", help="only these experiments")
    parser.add_argument("--list", action="store_true", help="name the experiments, run none")
    parser.add_argument(
        "--page", action="store_true", help="put the last report into docs/performance.md"
    )
    return parser.parse_args()


def _chosen(arguments: argparse.Namespace) -> list[Experiment]:
    names = {one.name for one in EXPERIMENTS}
    for unknown in set(arguments.only or ()) - names:
        sys.exit(f"There is no experiment {unknown!r}; there are {', '.join(sorted(names))}.")
    if arguments.only:
        return [one for one in EXPERIMENTS if one.name in arguments.only]
    return [one for one in EXPERIMENTS if one.is_in_short or not arguments.short]


async def _run(chosen: Sequence[Experiment], size: Size, console: Console) -> int:
    """Keeps the report after each experiment. Returns how many experiments broke."""
    began, findings = time.monotonic(), dict[str, Findings]()
    known = await about(size, commit=_commit())  # what is checked out may change meanwhile
    for number, experiment in enumerate(chosen, 1):

        def say(what: str, place: str = f"{number}/{len(chosen)} {experiment.name}") -> None:
            console.print(f"{time.monotonic() - began:6.0f} s  {place}: {what}", highlight=False)

        say("begins")
        try:
            findings[experiment.name] = await experiment.findings(size, say)
        except Exception:  # noqa: BLE001 - the others are measured; this one fails the run
            console.print_exception()
            continue
        minutes = round((time.monotonic() - began) / 60)
        run = msgspec.structs.replace(known, minutes=minutes, experiments=tuple(findings))
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_bytes(report.encoded(report.kept(run, findings)))
    rows = [row for found in findings.values() for row in found.rows]
    console.print(report.shown(rows, size))
    return len(chosen) - len(findings)


def _commit() -> str:
    """The commit that is checked out, with a + where files differ from it."""
    words = ("git", "describe", "--always", "--abbrev=10", "--dirty=+")
    found = subprocess.run(words, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown"


def main() -> None:
    """Measures and reports."""
    arguments = _arguments()
    console = Console(width=None if sys.stdout.isatty() else 200)
    if arguments.list:
        for one in EXPERIMENTS:
            console.print(one.name, highlight=False)
    elif arguments.page:
        write_page()
    else:
        # As Ctrl-C: it ends what it has started, and leaves no services behind.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it complains of new topics
        size = _SHORT if arguments.short else Size(arguments.share, arguments.rounds)
        broke = asyncio.run(_run(_chosen(arguments), size, console))
        if broke:
            sys.exit(f"{broke} of the experiments broke")


if __name__ == "__main__":
    main()
