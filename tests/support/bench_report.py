"""A run of the benchmark and what it found, as several tests show it."""

from datetime import date

from bench.about import About
from bench.figures import Row, at_least, at_most

RUN = About(
    made_on=date(2026, 11, 24),
    commit="0123456789",
    share=1.0,
    rounds=5,
    minutes=40,
    experiments=("speed", "memory"),
    cores=2,
    memory_gb=24,
    versions={"Python": "3.11.7", "Apache Kafka": "4.1.0"},
)
SPEED = Row(
    name="ours / theirs",
    value=12345.6,
    unit="events/s",
    beside="theirs",
    ratio=0.51234,
    spread=(0.49, 0.53),
    goal=at_least(0.5),
    counted="7 events; 5 rounds",
)
MEMORY = Row(name="resident", value=210.0, unit="MB", goal=at_most(200), counted="9 orders")
