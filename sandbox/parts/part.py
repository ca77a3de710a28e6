"""What all parts have in common: they are started, stopped, and used in a `with`."""

import asyncio
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class Part(ABC):
    """Something that runs beside us. Starting and stopping block; `async with` does not."""

    @abstractmethod
    def start(self) -> None:
        """Start, and return when it can be used. Raises PartUnavailableError."""

    @abstractmethod
    def stop(self) -> None:
        """End it and wait for that; nothing to do when it does not run."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)
