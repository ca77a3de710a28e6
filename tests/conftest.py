"""What every test gets. The fixtures themselves are in `tests/fixtures/`."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.fixtures.environment", "tests.fixtures.parts", "tests.fixtures.topics"]

_INTEGRATION = Path(__file__).parent / "integration"
_PARTS = {"broker", "postgres"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What lies in tests/integration or asks for a part, however indirectly, needs the parts."""
    for item in items:
        if _INTEGRATION in item.path.parents or _PARTS & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.integration)
