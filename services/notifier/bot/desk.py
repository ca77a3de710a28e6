"""Where updates of Telegram's are heard, whoever brings them: the webhook, or a loop that asks.

Answers to our questions and the button that stops marketing go the way of all such answers; the
rest is the bot's. Whoever brings an update waits until what it changes is written and committed.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.contracts.replies import ANSWERS, Answer
from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.answers import TAKEN, Asked, Effect, press_of, pressed, ref_of_press
from services.notifier.bot.flood import Flood
from services.notifier.bot.meaning import Meant, meaning_of
from services.notifier.bot.metrics import BotMetrics
from services.notifier.bot.queue import BotQueue, Broken
from services.notifier.bot.updates import Came, Key, Member, Nothing, Pressed, Wrote
from services.notifier.brought import BrokenError
from services.notifier.channels.base import SendError
from services.notifier.channels.telegram_buttons import Buttons, Rows
from services.notifier.render.asking import in_rows
from services.notifier.render.texts import LanguageTexts
from services.notifier.rendered import Button
from services.notifier.replies import Heard, Replies, Said
from services.notifier.voices import Voices
from services.notifier.web.stop_button import StopButton

_CHOSEN: Final = "✓ "
_STOP, _BLOCKED, _BACK = "stop", "blocked", "back"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramDesk:
    """What it works with."""

    replies: Replies
    bot: BotQueue
    buttons: Buttons
    voices: Voices
    answers: AnswerMetrics
    metrics: BotMetrics
    stop: StopButton | None
    """None: there is no marketing."""
    flood: Flood = field(default_factory=lambda: Flood(time.monotonic))

    async def hear(self, came: Came | Nothing) -> None:
        """Something came. Raises NotTakenError; then Telegram comes again. What something of ours
        breaks on must not: Telegram would hold back all that comes after it, of everybody."""
        if isinstance(came, Nothing):
            self.metrics.came("other", "ignored")
            return
        end = None
        if self.flood.is_too_much(came.chat):
            end = self._end(came)
            if end is None or self.flood.was_heard(came.chat, end):
                self.metrics.came(type(came).__name__.lower(), "flood")
                return
        try:
            await self._heard(came)
        except BrokenError:
            await self._broken(came)  # and comes to nothing: said again, it is heard again
        else:
            if end is not None:
                self.flood.heard(came.chat, end)

    def _end(self, came: Came) -> str | None:
        """What is heard in the worst flood: that somebody wants no more messages there, blocked the
        bot, or let it in again. None: it is something else."""
        if isinstance(came, Member):
            return _BLOCKED if came.has_left else _BACK
        if not isinstance(came, Wrote):
            return None
        texts = (self.voices.common.texts_in(code)[1] for code in self.voices.common.languages)
        meaning = meaning_of(came.text, (each.bot.phrases for each in texts))
        return _STOP if meaning.meant is Meant.STOP else None

    async def _broken(self, came: Came) -> None:
        try:
            done = await self.bot.take(Broken(came))
        except BrokenError as error:  # nothing more can be done for them
            logs.logger().error("an update was given up", error=error)
            self.metrics.came(type(came).__name__.lower(), "given_up")
            return
        self.metrics.came(type(came).__name__.lower(), done.result)
        self.bot.bell.set()
        if isinstance(came, Pressed):
            await self._respond(came, "")

    async def _heard(self, came: Came) -> None:
        if not isinstance(came, Pressed):
            await self._bot(came)
        elif self.stop and (number := self.stop.links.pressed(came.data)) is not None:
            await self._stopped(self.stop, number, came)
        elif (found := pressed(came.data)) is not None:
            await self._answered(came, *found)
        else:
            await self._respond(came, await self._bot(came))

    async def _bot(self, came: Came) -> str:
        """What is shown to whoever pressed a button."""
        done = await self.bot.take(came)
        self.metrics.came(type(came).__name__.lower(), done.result)
        self.bot.bell.set()
        return done.toast

    async def _answered(self, came: Pressed, request_id: str, answer: Answer) -> None:
        """An answer to a question of ours, or what looks like one."""
        said = Said(
            request_id=request_id,
            answer=answer,
            chat=str(came.chat),
            ref=ref_of_press(came.update_id),
        )
        heard = await self.replies.take(said)
        self.answers.heard(heard, Channel.TELEGRAM)
        if heard.asked is None or heard.effect is Effect.UNKNOWN:
            await self._respond(came, await self._bot(came))
        else:
            await self._respond(came, self._said(heard.asked, heard), self._marked(heard))

    async def _stopped(self, stop: StopButton, number: int, came: Pressed) -> None:
        stopped = await stop.pressed(number, str(came.chat))
        if stopped.message is None:
            await self._respond(came, await self._bot(came))
            return
        button = stop.marked(stopped, _CHOSEN)
        await self._respond(came, stop.said(stopped), last=[(button,)] if button else [])

    async def _respond(self, came: Pressed, text: str, first: Rows = (), last: Rows = ()) -> None:
        """The button stops waiting, and what counts is marked. Of a message that Telegram no longer
        shows us, nothing is changed."""
        # One after the other, whatever becomes of the first: a press that Telegram had to bring
        # again is too old to be acknowledged, and the buttons still show what was chosen.
        try:
            await self.buttons.acknowledge(came.query_id, text)
        except SendError as error:
            self._not_changed(error)
        if came.message_id is None or not came.keys or not (first or last):
            return
        rows = (*first, *_others(came.keys), *last)
        try:
            await self.buttons.show(came.chat, came.message_id, rows)
        except SendError as error:
            self._not_changed(error)

    def _not_changed(self, error: SendError) -> None:
        """What was said is written all the same."""
        logs.logger().warning("a pressed button was not changed", code=error.code)

    def _said(self, asked: Asked, heard: Heard) -> str:
        """Who is not heard is told so."""
        words = self._texts(asked).answer_page
        return words.heard if heard.effect in TAKEN else words.ask

    def _marked(self, heard: Heard) -> Rows:
        """The answers. The others stay: one may change one's mind, and a thumb slips."""
        asked, counts = heard.asked, heard.counts
        if asked is None or counts is None or heard.effect not in TAKEN:
            return ()
        labels = self._texts(asked).answers[asked.question]
        answers = [
            Button(
                label=f"{_CHOSEN if answer is counts else ''}{labels[answer]}",
                url="",
                press=press_of(asked.request_id, answer),
            )
            for answer in ANSWERS[asked.question]
        ]
        return in_rows(answers)

    def _texts(self, asked: Asked) -> LanguageTexts:
        return self.voices.of(asked.source).texts_in(asked.language)[1]


def _others(keys: Sequence[Sequence[Key]]) -> tuple[tuple[Button, ...], ...]:
    """The buttons that lead somewhere, and the one that calls a person: they stay."""
    rows = (
        tuple(
            Button(label=key.text, url=key.url or "", press=key.press)
            for key in row
            if key.url is not None or key.calls_a_person
        )
        for row in keys
    )
    return tuple(row for row in rows if row)
