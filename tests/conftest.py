"""What every test gets. The fixtures themselves are in `tests/fixtures/`."""

import gc
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.fixtures.environment",
    "tests.fixtures.parts",
    "tests.fixtures.secured",
    "tests.fixtures.texts",
    "tests.fixtures.topics",
]

_INTEGRATION = Path(__file__).parent / "integration"
_PARTS = {"broker", "postgres"}
_SLOW = (
    Path(__file__).parent / "browser",
    Path(__file__).parent / "pages",
    _INTEGRATION / "sandbox" / "test_demo.py",
)


def pytest_configure() -> None:
    """How long an example takes says how busy the machine is; `timeout` ends what hangs. CI tries
    the same examples every time, so that what it refuses can be seen again; elsewhere they differ.
    """
    settings.register_profile(
        "busy",
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=bool(os.environ.get("CI")),
    )
    settings.load_profile("busy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies in tests/integration or asks for a part, however indirectly, needs the parts. What
    starts a browser or the whole demo is slow."""
    for item in items:
        if _INTEGRATION in item.path.parents or _PARTS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.integration)
        if any(item.path.is_relative_to(place) for place in _SLOW):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """The collector need not walk over thousands of tests and all modules again and again."""
    gc.freeze()
