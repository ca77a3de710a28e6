"""All experiments, in the order of the report."""

from typing import Final

from bench import backlog, carts, mail_speed, open_carts, order_events
from bench.experiment import Experiment

EXPERIMENTS: Final[tuple[Experiment, ...]] = (
    *order_events.EXPERIMENTS,
    *mail_speed.EXPERIMENTS,
    backlog.EXPERIMENT,
    carts.EXPERIMENT,
    open_carts.EXPERIMENT,
)
