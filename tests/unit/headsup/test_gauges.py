"""Gauges that show only what is ours."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from headsup.gauges import Shown


def test_what_is_not_ours_any_more_is_not_shown_any_more() -> None:
    registry = CollectorRegistry()
    shown = Shown(Gauge("lag", "Waits.", ("topic",), registry=registry))
    shown.show({"orders": 3, "payments": 1})
    shown.show({"orders": 2})
    assert registry.get_sample_value("lag", {"topic": "orders"}) == 2
    assert b"payments" not in generate_latest(registry)
    shown.show({"payments": 4})
    assert registry.get_sample_value("lag", {"topic": "payments"}) == 4
