"""All experiments by what they are about, in the order of the report."""

from collections.abc import Mapping
from itertools import chain
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
    storage,
    texts,
    traces,
)
from bench.experiment import Experiment

SUBJECTS: Final[Mapping[str, tuple[Experiment, ...]]] = {
    "Throughput beside others": (
        *order_events.EXPERIMENTS,
        *mail_speed.EXPERIMENTS,
        texts.EXPERIMENT,
        carts.EXPERIMENT,
    ),
    "Promptness": (promptness.EXPERIMENT, *campaign.EXPERIMENTS),
    "Cost against load": (
        big_table.EXPERIMENT,
        deadlines.EXPERIMENT,
        ledger_rows.EXPERIMENT,
        backlog.EXPERIMENT,
    ),
    "Traces": (traces.EXPERIMENT,),
    "Memory": (memory.EXPERIMENT,),
    "Open carts": (open_carts.EXPERIMENT,),
    "Starts and catching up": (starts.EXPERIMENT, catching_up.EXPERIMENT),
    "Replicas": (replicas.EXPERIMENT,),
    "Storage": (storage.EXPERIMENT,),
    "Where the time goes": (profile.EXPERIMENT,),
}
"""Each with a table of its own on the page."""
EXPERIMENTS: Final = tuple(chain.from_iterable(SUBJECTS.values()))
