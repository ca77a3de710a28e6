"""Which version runs, as each service shows it."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Info


def describe_build(registry: CollectorRegistry, service: str) -> None:
    """Says which version this is: `headsup_build_info`, the same name in all services."""
    Info("headsup_build", "What runs here.", registry=registry).info(
        {"service": service, "version": version("headsup")}
    )
