"""Which version runs is shown under one name by all services."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry

from deploy.metrics import MAKERS, known_metrics
from headsup.build import describe_build
from tests.support.each import each


def test_the_service_and_its_version_are_shown() -> None:
    registry = CollectorRegistry()
    describe_build(registry, "notifier")
    labels = {"service": "notifier", "version": version("headsup")}
    assert registry.get_sample_value("headsup_build_info", labels) == 1


def test_it_says_since_when_it_runs() -> None:
    registry = CollectorRegistry()
    describe_build(registry, "notifier")
    assert registry.get_sample_value("headsup_start_time_seconds", {"service": "notifier"})


@each("name", ["headsup_build_info", "headsup_start_time_seconds"])
def test_all_services_show_it_under_the_same_name(name: str) -> None:
    showing = {each.service for each in known_metrics() if each.name == name}
    assert showing == set(MAKERS)
