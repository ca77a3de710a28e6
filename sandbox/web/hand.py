"""The customer's hand: presses buttons, writes back, opens links. What it does goes the way that a
real customer's answer goes, through the providers' stand-ins."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import httpx

from headsup.clock import Clock, SystemClock
from headsup.contracts.channels import Channel
from headsup.contracts.replies import Answer
from sandbox.providers.faults import LONGEST_DELAY, Fault, FaultRule, FaultSwitch
from sandbox.providers.telegram_chats import Chats
from sandbox.providers.twilio_inbound import Inbound
from sandbox.providers.twilio_whatsapp import PREFIX
from sandbox.scenarios.model import Person, Presses, Story, Writes
from sandbox.web.shown import Message
from sandbox.web.stage import Stage

PATIENCE: Final = 10.0
"""Real seconds for which a story waits for a message that asks."""
_POLL: Final = 0.05
_TIMEOUT: Final = 15.0


class NoAnswerError(Exception):
    """Nobody asked, or nobody heard."""


@dataclass(frozen=True, slots=True)
class Hand:
    """Acts on what is on the stage."""

    stage: Stage
    chats: Chats
    inbound: Inbound | None = None
    """None: our number takes no messages."""
    faults: FaultSwitch | None = None
    clock: Clock = field(default_factory=SystemClock)

    async def do(self, story: Story, act: Answer | Writes | Presses) -> None:
        """Does what a story says. Raises NoAnswerError."""
        match act:
            case Writes():
                await self._write(story.person, act)
            case Presses():
                await self._press_newest(story, act.carries)
            case _:
                await self.answer(story.order, act)

    def turn_off(self, person: Person, seconds: float) -> None:
        """Their phone is off for so many real seconds: the next WhatsApp message comes then."""
        if self.faults is not None and person.whatsapp:
            late = FaultRule(
                channel=Channel.WHATSAPP,
                fault=Fault.LATE,
                to=person.whatsapp,
                times=1,
                delay_s=min(max(seconds, 0.0), LONGEST_DELAY),
            )
            self.faults.set(late)

    async def _write(self, person: Person, said: Writes) -> None:
        """People without such an address keep silent."""
        address = person.addresses.get(said.channel)
        if address is None:
            return
        if said.channel is Channel.TELEGRAM:
            await self.tell(int(address), said.text)
        else:
            prefix = PREFIX if said.channel is Channel.WHATSAPP else ""
            await self.write(prefix + address, said.text)

    async def _press_newest(self, story: Story, carries: str) -> None:
        chat = story.person.chat
        for message in reversed(self.stage.messages if chat else []):
            for button in (each for row in message.buttons for each in row):
                if message.to == chat and (button.press or "").startswith(carries):
                    await self._press(message, button.press or "")
                    return
        if chat:
            raise NoAnswerError("There is no such button.")

    async def press(self, message_id: str, data: str) -> None:
        """Presses a button under a message. Raises NoAnswerError."""
        message = next((m for m in self.stage.messages if m.id == message_id), None)
        if message is None or message.channel is not Channel.TELEGRAM:
            raise NoAnswerError("There is no such button.")
        await self._press(message, data)

    async def write(self, number: str, text: str) -> str | None:
        """Writes a text message to the shop. Returns what is answered at once, if anything is.
        Raises NoAnswerError."""
        if self.inbound is None:
            raise NoAnswerError("Nobody reads text messages here.")
        channel = Channel.WHATSAPP if number.startswith(PREFIX) else Channel.SMS
        owner = number.removeprefix(PREFIX)
        self.stage.wrote(channel, owner, text, self.clock.now())
        try:
            status, said = await self.inbound.exchange(number, text)
        except httpx.TransportError as error:
            raise NoAnswerError("The notifier does not answer.") from error
        _expect_success(status)
        if said is not None:
            self.stage.wrote(channel, owner, said, self.clock.now(), mine=False)
        return said

    async def tell(self, chat: int, text: str) -> None:
        """Writes to the bot. Raises NoAnswerError."""
        self.stage.wrote(Channel.TELEGRAM, str(chat), text, self.clock.now())
        try:
            _expect_success(await self.chats.write(chat, text))
        except (LookupError, httpx.TransportError) as error:
            raise NoAnswerError("The bot does not answer.") from error

    async def answer(self, order: str, answer: Answer) -> None:
        """Gives this answer to the newest message of the order that asks, as soon as there is one.
        Raises NoAnswerError."""
        try:
            async with asyncio.timeout(PATIENCE):
                # Once in a story: not worth an event of the stage's.
                while not (found := way_to(self.stage.messages, order, answer)):  # noqa: ASYNC110
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            raise NoAnswerError(f"Order {order} was not asked about.") from None
        message, way = found
        if way.startswith("http"):
            await self._follow(way)
        elif message.channel is Channel.TELEGRAM:
            await self._press(message, way)
        else:
            await self.write(message.to, way)

    async def _press(self, message: Message, data: str) -> None:
        try:
            status = await self.chats.press(int(message.to), int(message.provider_ref), data)
        except (LookupError, httpx.TransportError) as error:
            raise NoAnswerError("The button does nothing.") from error
        _expect_success(status)

    async def _follow(self, url: str) -> None:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
                _expect_success((await client.get(url)).status_code)
                _expect_success((await client.post(url)).status_code)
        except httpx.TransportError as error:
            raise NoAnswerError("The page does not answer.") from error


def way_to(messages: Iterable[Message], order: str, answer: Answer) -> tuple[Message, str] | None:
    """The newest message of an order that takes this answer, and what its button carries, where its
    link leads, or the word to write back. A button comes first: it is what a thumb finds first."""
    link = re.compile(rf"https?://\S+/answers/[^/\s]+/{answer}/[\w-]+")
    mine = [message for message in messages if message.order == order]
    for message in reversed(mine):
        for button in (each for row in message.buttons for each in row):
            if button.press is not None and button.press.endswith(f":{answer}"):
                return message, button.press
    for message in reversed(mine):
        if found := link.search(message.text):
            return message, found[0]
    is_by_sms = mine and all(message.channel is Channel.SMS for message in mine)
    return (mine[-1], answer.value) if is_by_sms else None


def _expect_success(status: int) -> None:
    if not httpx.codes.is_success(status):
        raise NoAnswerError(f"The notifier answered {status}.")
