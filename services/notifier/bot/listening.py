"""How the bot comes to hear anything: it tells Telegram where to call, once at the start; or, at
home where nobody can call, it asks. Never both: who asks ends the calls first."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.health import Health
from headsup.waiting import wait
from services.notifier.bot.desk import TelegramDesk
from services.notifier.bot.updates import ALLOWED, NoUpdateError, number_of, read
from services.notifier.brought import NotTakenError
from services.notifier.channels.base import SendError
from services.notifier.channels.telegram_updates import Updates
from services.notifier.receipt_metrics import Refused

PAUSE: Final = 5.0
"""Seconds after which is tried again what Telegram did not take."""
LONGEST_PAUSE: Final = 300.0
LITTLE: Final = 0.1

Commands = Mapping[str, Mapping[str, str]]
"""By language; under the empty one those for everybody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """Tells Telegram where to call, until it knows. Nothing waits for it: a start of ours must not
    depend on Telegram, and what it was told before still holds."""

    updates: Updates
    url: str
    secret: str = field(repr=False)
    commands: Commands
    pause: float = PAUSE

    async def run(self, stop: asyncio.Event) -> None:
        """Until it is told, or `stop` is set."""
        pause = self.pause
        while not stop.is_set():
            try:
                await self.updates.call(self.url, self.secret, ALLOWED)
                await offer(self.updates, self.commands)
            except SendError as error:
                logs.logger().error("Telegram was not told where to call", code=error.code)
                await wait(stop, pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                logs.logger().info("Telegram calls us")
                return


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """Asks what happened, one replica alone. What was told counts as heard when it is committed."""

    updates: Updates
    desk: TelegramDesk
    commands: Commands
    health: Health

    async def run(self, stop: asyncio.Event) -> None:
        """Asks until `stop` is set."""
        offset, is_told = 0, False
        while not stop.is_set():
            self.health.turned("polling")
            try:
                if not is_told:
                    await self.updates.call_nobody()
                    await offer(self.updates, self.commands)
                    is_told = True
                offset = await self.turn(offset, stop)
            except (SendError, NotTakenError) as error:
                logs.logger().error("the bot could not be asked", error=error)
                await wait(stop, PAUSE)

    async def turn(self, offset: int, stop: asyncio.Event) -> int:
        """Hears what there is; from where to go on. Raises SendError and NotTakenError: what was
        heard before comes again then, and changes nothing."""
        asked_from = offset
        asking = asyncio.ensure_future(self.updates.next(offset, ALLOWED))
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                return offset
            found = asking.result()
        finally:
            for task in (asking, stopping):
                task.cancel()
        for body in found:
            try:
                came = read(body)
            except NoUpdateError:
                offset = max(offset, self._passed_over(body))
                continue
            await self.desk.hear(came)
            offset = max(offset, came.update_id + 1)
        if offset == asked_from:
            await wait(stop, PAUSE if found else LITTLE)
        return offset

    def _passed_over(self, body: bytes) -> int:
        """From where to go on after an update that nobody can read: asked for again, it would come
        for ever. One without a number is passed over with the next that has one."""
        logs.logger().error("an update of Telegram's cannot be read")
        self.desk.answers.refused(Channel.TELEGRAM, Refused.MALFORMED)
        number = number_of(body)
        return 0 if number is None else number + 1


async def offer(updates: Updates, commands: Commands) -> None:
    """Has the commands listed in every language. Raises SendError."""
    for language, each in commands.items():
        await updates.offer(each, language)
