"""Which version runs is shown under one name by all services."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry

from deploy.metrics import MAKERS, known_metrics
from headsup.build import describe_build


def test_the_service_and_its_version_are_shown() -> None:
    registry = CollectorRegistry()
    describe_build(registry, "notifier")
    labels = {"service": "notifier", "version": version("headsup")}
    assert registry.get_sample_value("headsup_build_info", labels) == 1


def test_all_services_show_it_under_the_same_name() -> None:
    showing = {each.service for each in known_metrics() if each.name == "headsup_build_info"}
    assert showing == set(MAKERS)
