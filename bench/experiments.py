"""All experiments, in the order of the report."""

from typing import Final

from bench import backlog, carts, open_carts
from bench.experiment import Experiment

EXPERIMENTS: Final[tuple[Experiment, ...]] = (
    backlog.EXPERIMENT,
    carts.EXPERIMENT,
    open_carts.EXPERIMENT,
)
