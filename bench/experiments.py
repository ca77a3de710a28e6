"""All experiments, in the order of the report."""

from typing import Final

from bench import (
    backlog,
    big_table,
    campaign,
    carts,
    catching_up,
    deadlines,
    ledger_rows,
    mail_speed,
    memory,
    open_carts,
    order_events,
    profile,
    promptness,
    replicas,
    starts,
    texts,
)
from bench.experiment import Experiment

EXPERIMENTS: Final[tuple[Experiment, ...]] = (
    *order_events.EXPERIMENTS,
    *mail_speed.EXPERIMENTS,
    texts.EXPERIMENT,
    promptness.EXPERIMENT,
    *campaign.EXPERIMENTS,
    big_table.EXPERIMENT,
    deadlines.EXPERIMENT,
    ledger_rows.EXPERIMENT,
    memory.EXPERIMENT,
    backlog.EXPERIMENT,
    starts.EXPERIMENT,
    catching_up.EXPERIMENT,
    replicas.EXPERIMENT,
    carts.EXPERIMENT,
    open_carts.EXPERIMENT,
    profile.EXPERIMENT,
)
