"""A database that can be away for one process, and there for another."""

from typing import Any

import asyncpg


class Gate:
    """Stands before a pool. While it is shut, nothing gets through."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self.is_shut = False

    def __getattr__(self, name: str) -> Any:
        if self.is_shut:
            raise ConnectionRefusedError
        return getattr(self._pool, name)
