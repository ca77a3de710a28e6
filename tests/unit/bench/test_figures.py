"""Rows, and the goals that they have."""

import msgspec
import pytest

from bench.contest import Contest, Contestant, Say, Size, hold
from bench.experiment import Experiment, Findings
from bench.figures import Goal, Row, Series, at_least, at_most, compared, times


@pytest.mark.parametrize(
    ("goal", "figure", "met"),
    [
        (at_least(0.5), 0.5, True),
        (at_least(0.5), 0.49, False),
        (at_most(1.3), 1.3, True),
        (at_most(1.3), 1.31, False),
    ],
)
def test_a_goal_is_met_up_to_its_limit(goal: Goal, figure: float, met: bool) -> None:
    assert goal.is_met_by(figure) is met


def test_a_goal_speaks_of_the_ratio_where_there_is_one() -> None:
    row = Row(
        name="ours", value=100.0, unit="events/s", ratio=0.4, goal=at_least(0.5), counted="7 events"
    )
    assert row.met is False
    alone = Row(name="ours", value=100.0, unit="MB", goal=at_most(200), counted="7 events")
    assert alone.met is True
    assert msgspec.structs.replace(alone, goal=None).met is None


def test_the_ratio_is_the_middle_of_the_ratios_of_the_rounds() -> None:
    """Not the ratio of the middles: a slow round was slow for both."""
    assert compared([10, 1, 30], [20, 2, 30]) == (0.5, (0.5, 1.0))


async def test_everybody_runs_in_every_round_and_not_always_in_the_same_order() -> None:
    ran: list[tuple[int, str]] = []

    def contestant(name: str, speed: float) -> Contestant:
        async def run(number: int) -> float:
            ran.append((number, name))
            return speed * (number + 1)

        return Contestant(name, run)

    told: list[str] = []
    both = [contestant("ours", 2.0), contestant("theirs", 4.0)]
    contest = await hold(both, Size(rounds=3), told.append, unit="events/s", counted="7 events")
    assert ran == [
        *((0, "ours"), (0, "theirs")),
        *((1, "theirs"), (1, "ours")),
        *((2, "ours"), (2, "theirs")),
    ]
    assert told[0] == "round 1 of 3: ours"
    row = contest.beside("ours", "theirs", goal=at_least(0.5))
    assert (row.value, row.ratio, row.met) == (4.0, 0.5, True)
    assert row.counted == "7 events; 3 rounds"


def test_a_report_has_what_a_reader_needs() -> None:
    row = Contest("MB", "idle", {"ours": [101.23456, 99.0]}).row("ours", goal=at_most(200))
    assert row.report() == {
        "name": "ours",
        "value": 100.1,
        "unit": "MB",
        "beside": "",
        "ratio": None,
        "spread": [99.0, 101.2],
        "goal": "at most 200",
        "met": True,
        "counted": "idle; 2 rounds",
    }


def test_a_series_has_its_points_with_as_many_digits_as_mean_something() -> None:
    series = Series("claim", "rows", "ms", ((1_000, 2.0), (1_000_000, 3.14159)))
    assert series.report() == {
        "name": "claim",
        "unit_x": "rows",
        "unit_y": "ms",
        "points": [[1_000, 2.0], [1_000_000, 3.142]],
    }


async def test_an_experiment_may_find_something_to_plot() -> None:
    row = Row(name="ours", value=1.0, unit="ms", counted="7 events")
    series = Series("ours", "rows", "ms", ((1, 1.0),))

    async def rows(_size: Size, _say: Say) -> list[Row]:
        return [row]

    async def both(_size: Size, _say: Say) -> Findings:
        return Findings([row], (series,))

    assert await Experiment("plain", rows).findings(Size(), print) == Findings([row])
    assert await Experiment("plotted", both).findings(Size(), print) == Findings([row], (series,))


def test_one_of_something_is_said_so() -> None:
    assert [times(number, "round") for number in (1, 5, 1000)] == [
        "1 round",
        "5 rounds",
        "1,000 rounds",
    ]
