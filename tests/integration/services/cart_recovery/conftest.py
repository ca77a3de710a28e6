"""What the tests of cart_recovery on a real broker share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.cart_recovery import Carts, carts_on


@pytest.fixture
async def carts(bootstrap_servers: str, topics: str, tmp_path: Path) -> AsyncIterator[Carts]:
    async with carts_on(bootstrap_servers, topics, tmp_path) as carts:
        yield carts
