"""`make journeys`: draws random lives of orders, plays them on simulated time, and judges them from
the customer's chair. Fails when anybody had to wonder, was told what is not so, or the same twice.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from multiprocessing import Pool
from typing import Final

from rich.console import Console

from tests.journeys import mutations, timeline
from tests.journeys.play import play
from tests.journeys.report import Figures, Judged, judge, judged, show, write

_MANY: Final = 10_000
_PROCESSES: Final = 2
_MOST_SHOWN: Final = 40


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.journeys", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="other seeds, other journeys")
    parser.add_argument("--journeys", type=int, default=_MANY, help="how many")
    parser.add_argument("--only", type=int, help="plays the journey of this number, and tells all")
    parser.add_argument("--mutations", action="store_true", help="breaks the rules on purpose")
    parsed = parser.parse_args(arguments)
    console = Console(soft_wrap=True, highlight=False)
    if parsed.only is not None:
        return _only(console, parsed.seed, parsed.only)
    if parsed.mutations:
        return mutations.run(console, parsed.seed)
    return _many(console, parsed.seed, parsed.journeys)


def _only(console: Console, seed: int, number: int) -> int:
    journey = play(seed, number)
    findings = judge(journey).findings
    for line in timeline.lines(journey, findings):
        console.print(line, markup=False)
    return 1 if findings else 0


def _many(console: Console, seed: int, journeys: int) -> int:
    figures, names, shown = Figures(), Counter[str](), 0
    for one in _judged(seed, journeys):
        figures.add(one)
        for finding in one.findings:
            names[f"{finding.fault}: {finding.name}"] += 1
            shown += 1
            if shown <= _MOST_SHOWN:
                console.print(f"journey {one.number}: {finding}", markup=False)
    for name, count in names.most_common():
        console.print(f"{count:6} {name}", markup=False)
    show(figures, console)
    write(figures)
    return 0 if figures.is_clean else 1


def _judged(seed: int, journeys: int) -> Iterator[Judged]:
    with Pool(_PROCESSES) as pool:
        yield from pool.imap(partial(judged, seed), range(journeys), chunksize=20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
