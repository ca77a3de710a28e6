"""Runs experiments, some of them side by side, and says what came of each."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Final

from rich.console import Console

from headsup.contracts.channels import Channel
from tests.faults import report
from tests.faults.carts.stories import CartCast
from tests.faults.ground import Ground
from tests.faults.journeys import REACHED, Cast
from tests.faults.report import Result
from tests.faults.rows.row import NAMES, Row
from tests.faults.stage import Stage, world
from tests.faults.world import Measure, World

LOGS: Final = Path("build/faults")


@dataclass(slots=True)
class Runner:
    """Runs rows on one ground."""

    ground: Ground
    measure: Measure
    console: Console
    side_by_side: int
    results: dict[str, list[Result]] = field(default_factory=dict)
    kills: int = 0

    async def run(self, rows: Sequence[Row]) -> list[Result]:
        """Those that restart parts one after the other, then the others side by side."""
        for row in rows:
            if row.alone:
                await self._one(row)
        room = asyncio.Semaphore(self.side_by_side)

        async def wait_for_room(row: Row) -> None:
            async with room:
                await self._one(row)

        async with asyncio.TaskGroup() as group:
            for row in sorted(rows, key=lambda row: not row.waits):
                if not row.alone:
                    group.create_task(wait_for_room(row))
        return [each for row in rows for each in self.results[row.name]]

    async def _one(self, row: Row) -> None:
        began = time.monotonic()
        try:
            found = await self._act(row)
        except Exception as error:  # noqa: BLE001 - a row that breaks is red, and the others go on
            found = [report.failure(row.name, f"{type(error).__name__}: {error}")]
        self.results[row.name] = found
        for each in found:
            report.say(self.console, each, time.monotonic() - began)

    async def _act(self, row: Row) -> list[Result]:
        logs = LOGS / re.sub(r"[^A-Za-z0-9]+", "-", row.name)
        for old in logs.glob("*.log"):
            old.unlink()
        async with world(self.ground, self._stage(row), self.measure, logs) as here:
            if row.second_relay:
                here.fleet.settings = {**here.fleet.settings, **here.providers.second_relay}
            await row.act(here)
            await here.settle()
            self.kills += len(here.fleet.deaths)
            return await self._results(row, here)

    def _stage(self, row: Row) -> Stage:
        cast = Cast(orders=self.measure.of(*row.orders), audiences=row.audiences, plots=row.plots)
        stage = Stage(
            cast=cast,
            settings=row.settings,
            partitions=row.partitions,
            may_doubt=row.may_doubt,
            receipts=row.receipts,
            carts=self._carts(row),
            may_skip=row.may_skip,
        )
        if row.timed is None:
            return stage
        start, settings = row.timed()
        return replace(stage, start=start, settings={**row.settings, **settings})

    def _carts(self, row: Row) -> CartCast | None:
        if not row.carts:
            return None
        return CartCast(
            stories=self.measure.of(*row.orders),
            plots=row.carts,
            channels=row.channels,
            spread=timedelta(hours=self.measure.of(2, 9)),
        )

    async def _results(self, row: Row, here: World) -> list[Result]:
        parts: list[tuple[str, tuple[Channel, ...]]] = [(row.name, REACHED)]
        if row.may_doubt:
            parts = [(f"{row.name}, {NAMES[c]}", (c,)) for c in row.channels]
        found = []
        for name, channels in parts:
            verdict = await here.look(channels)
            ended = here.fleet.ended
            own = (*here.broken, *_in_words(ended))
            broken = (*verdict.broken, *own)
            verdict = replace(verdict, broken=(*broken, *_last_words(here)) if broken else ())
            published = here.load.published
            result = report.result(name, published, verdict, here.recovery(verdict))
            found.append(replace(result, ended=bool(ended)))
        return found


def _in_words(logs: Sequence[str]) -> list[str]:
    return [f"{len(logs)} processes ended by themselves, see {logs[0]}"] if logs else []


def _last_words(here: World) -> list[str]:
    """What the processes logged last: where a red row is looked into, only this may be left."""
    logs = sorted(here.fleet.logs.glob("*.log"))
    return [f"{log.name}: {line[:400]}" for log in logs for line in _lines(log)[-3:]]


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines()
