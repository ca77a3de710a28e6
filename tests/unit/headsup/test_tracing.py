"""Traces that nobody wants cost nothing, and change nothing."""

import subprocess
import sys
from dataclasses import replace

import pytest

import headsup
from headsup.kafka.producer import MemoryPublisher, Outgoing
from headsup.settings import SettingsError, TracingSettings
from headsup.tracing import OFF, carrying, tracing
from tests.support.each import each

RECORD = Outgoing("topic", b"key", b"value", (("content-type", b"x"),), partition=3)


async def test_without_a_collector_nothing_is_recorded() -> None:
    async with tracing(TracingSettings(), "a service") as off:
        assert off is OFF
        assert not off.is_on


async def test_what_is_disabled_records_nothing_wherever_it_would_be_sent() -> None:
    settings = TracingSettings(endpoint="http://127.0.0.1:1", is_disabled=True)
    async with tracing(settings, "a service") as off:
        assert off is OFF


def test_where_nothing_is_recorded_records_stay_as_they_are() -> None:
    records, publisher = [RECORD], MemoryPublisher()
    with OFF.process(records, group="group") as step:
        assert step.carried(records) is records
        assert step.context is None
    assert OFF.publisher(publisher) is publisher
    assert carrying(RECORD, None) is RECORD


def test_a_context_that_was_kept_takes_the_place_of_another() -> None:
    before = carrying(RECORD, "00-a-b-01 shop=1,other=2 3")
    after = carrying(before, "00-c-d-01")
    assert before.headers == (
        ("content-type", b"x"),
        ("traceparent", b"00-a-b-01"),
        ("tracestate", b"shop=1,other=2 3"),
    )
    assert after.headers == (("content-type", b"x"), ("traceparent", b"00-c-d-01"))
    assert replace(after, headers=RECORD.headers) == RECORD


async def test_without_opentelemetry_a_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(headsup, "spans", raising=False)
    monkeypatch.setitem(sys.modules, "headsup.spans", None)
    settings = TracingSettings(endpoint="http://127.0.0.1:1")
    with pytest.raises(SettingsError, match=r"install headsup\[tracing\]"):
        async with tracing(settings, "a service"):
            pass


@each("service", ["order_events", "cart_recovery", "notifier"])
def test_a_service_loads_nothing_of_opentelemetry_until_it_records(service: str) -> None:
    script = f"import sys, services.{service}.wiring; print(*sys.modules)"
    words = [sys.executable, "-c", script]
    loaded = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    assert f"services.{service}.wiring" in loaded
    assert [name for name in loaded if name.startswith(("opentelemetry", "headsup.spans"))] == []
