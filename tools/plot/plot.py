"""plot.py REPORT PICTURE: draws the lines of a report of `make bench`, cost against load, as SVG.

Runs in an environment of its own: nothing of ours needs a library for drawing.
"""

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

_LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Told apart by people who see few colours (Okabe and Ito)."""
_MARKS = "osD^vPX"


def main(report: Path, picture: Path) -> None:
    """Draws each line as a multiple of its cost at its least load: flat is what is wanted."""
    series = json.loads(report.read_bytes())["series"]
    mpl.rcParams |= {"svg.hashsalt": "headsup", "svg.fonttype": "none", "font.size": 10}
    figure, chart = plt.subplots(figsize=(9, 6.5))
    for number, one in enumerate(series):
        _draw(chart, one, number)
    chart.set_xscale("log")
    chart.set_ylim(bottom=0, top=max(2.0, chart.get_ylim()[1]))
    chart.set_xlabel("how many there are")
    chart.set_ylabel("cost, as a multiple of the cost where there are few")
    chart.grid(visible=True, alpha=0.3)
    chart.legend(fontsize=9, loc="upper center", bbox_to_anchor=(0.5, -0.12), frameon=False)
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})


def _draw(chart: Any, one: dict[str, Any], number: int) -> None:
    loads, costs = zip(*one["points"], strict=True)
    label = f"{one['name']} ({costs[0]:g} to {costs[-1]:g} {one['unit_y']}), by {one['unit_x']}"
    mark, colour = _MARKS[number % len(_MARKS)], _LINES[number % len(_LINES)]
    multiples = [cost / costs[0] for cost in costs]
    chart.plot(loads, multiples, marker=mark, color=colour, label=label)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
