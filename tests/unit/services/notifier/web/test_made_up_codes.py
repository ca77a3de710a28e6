"""A code that is nobody's opens nothing, and asks the database nothing."""

import random
import string
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.applications import Starlette

from headsup.orders import MemoryOrderBook
from services.notifier.page_rows import PageRows
from services.notifier.web.page_routes import Library, page_routes
from tests.support.notifier import PUBLIC
from tests.support.settings_read import read_settings

ALPHABET = string.ascii_letters + string.digits + "-_=+.%\\'\"<>;\0\n яї☎"
MOST = 1_000


class Untouched:
    """A pool that nobody may ask."""

    def acquire(self, **_: Any) -> Any:
        raise AssertionError("somebody asked the database")


@pytest.mark.parametrize("page", ["o", "w"])
async def test_a_thousand_made_up_codes_open_nothing(page: str) -> None:
    pool: Any = Untouched()
    library = Library(rows=PageRows(pool), book=MemoryOrderBook())
    app = Starlette(routes=page_routes(read_settings(), library))
    chance = random.Random(7)  # noqa: S311 - guards nothing
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        for _ in range(MOST):
            letters = chance.choices(ALPHABET, k=chance.choice((1, 23, 24, 24, 24, 25, 300)))
            code = quote("".join(letters), safe="")
            response = await client.get(f"http://x/{page}/{code}?lang={code[:9]}")
            assert response.status_code == 404, code
