"""Which version runs, and since when, as each service shows it."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge, Info


def describe_build(registry: CollectorRegistry, service: str) -> None:
    """Says which version this is, and that it starts now: `headsup_build_info` and
    `headsup_start_time_seconds`, the same names in all services."""
    Info("headsup_build", "What runs here.", registry=registry).info(
        {"service": service, "version": version("headsup")}
    )
    started = Gauge(
        "headsup_start_time_seconds", "When it started.", ("service",), registry=registry
    )
    started.labels(service).set_to_current_time()
