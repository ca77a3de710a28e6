"""What a start need not wait for is not loaded by it."""

import subprocess
import sys

import pytest


def loaded_by(module: str) -> set[str]:
    """The modules that there are in a fresh interpreter once it has imported this one."""
    script = f"import sys, {module}; print(*sys.modules)"
    words = [sys.executable, "-c", script]
    return set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())


@pytest.fixture(scope="module")
def by_the_notifier() -> set[str]:
    return loaded_by("services.notifier.wiring")


@pytest.mark.parametrize(
    "module",
    [
        pytest.param("dkim", id="mail is signed where there are keys"),
        pytest.param("aiosmtpd", id="returned mails are taken where there is a port for them"),
    ],
)
def test_what_is_not_needed_yet_is_not_loaded(module: str, by_the_notifier: set[str]) -> None:
    assert module not in by_the_notifier


def test_who_looks_orders_up_does_not_load_how_they_are_decided() -> None:
    loaded = loaded_by("services.order_events.order_book")

    assert "services.order_events.order_views" in loaded
    assert not loaded & {"services.order_events.rules.table", "services.order_events.decide"}
