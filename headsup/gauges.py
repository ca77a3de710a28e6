"""Gauges of what comes and goes: what is no longer ours is no longer shown."""

from collections.abc import Mapping

from prometheus_client import Gauge


class Shown:
    """A gauge of one label, such as a topic. A value of which nobody speaks any more is taken out:
    it would stand still for ever, on a replica that has given its partitions away."""

    def __init__(self, gauge: Gauge) -> None:
        self._gauge = gauge
        self._shown: frozenset[str] = frozenset()

    def show(self, values: Mapping[str, float]) -> None:
        """Shows these, and nothing else."""
        for gone in self._shown - values.keys():
            self._gauge.remove(gone)
        for name, value in values.items():
            self._gauge.labels(name).set(value)
        self._shown = frozenset(values)
