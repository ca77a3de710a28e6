"""What Telegram tells our bot: `POST /webhooks/telegram`, so far only that a button was pressed.

core.telegram.org/bots/api#setwebhook: the secret that was given with the address comes back in a
header of every call. Telegram calls again, for a while, after any answer but 2xx.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.contracts.replies import ANSWERS
from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.answers import TAKEN, Asked, Effect, press_of, pressed, ref_of_press
from services.notifier.brought import NotTakenError
from services.notifier.channels.base import SendError
from services.notifier.channels.telegram_buttons import Buttons, Rows
from services.notifier.receipt_metrics import Refused
from services.notifier.render.asking import in_rows
from services.notifier.render.texts import LanguageTexts
from services.notifier.rendered import Button
from services.notifier.replies import Heard, Replies, Said
from services.notifier.settings import TELEGRAM_PATH
from services.notifier.voices import Voices
from services.notifier.web.forms import MalformedError, read_body
from services.notifier.web.stop_button import StopButton

HEADER: Final = "x-telegram-bot-api-secret-token"
LARGEST_UPDATE: Final = 131_072
"""Octets. It holds the whole message under which a button was pressed, with every entity in it."""
_CHOSEN: Final = "✓ "
_STATUSES: Final[Mapping[Refused, int]] = {
    Refused.FORGED: 403,
    Refused.MALFORMED: 400,
    Refused.NOT_TAKEN: 503,
}


class _Key(msgspec.Struct, frozen=True):
    text: str
    url: str | None = None
    callback_data: str | None = None


class _Markup(msgspec.Struct, frozen=True):
    inline_keyboard: tuple[tuple[_Key, ...], ...] = ()


class _Chat(msgspec.Struct, frozen=True):
    id: int


class _Message(msgspec.Struct, frozen=True):
    message_id: int
    chat: _Chat
    reply_markup: _Markup = _Markup()


class _Press(msgspec.Struct, frozen=True):
    id: str
    data: str = ""
    message: _Message | None = None


class _Update(msgspec.Struct, frozen=True):
    update_id: int
    callback_query: _Press | None = None


_updates = msgspec.json.Decoder(_Update)


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramDesk:
    """What the route works with."""

    secret: str = field(repr=False)
    replies: Replies
    buttons: Buttons
    voices: Voices
    metrics: AnswerMetrics
    stop: StopButton

    async def take(self, request: Request) -> Response:
        """An update."""
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode("latin-1"), self.secret.encode()):
            return self._refused(Refused.FORGED)
        try:
            update = _updates.decode(await read_body(request, LARGEST_UPDATE))
        except (MalformedError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return self._refused(Refused.MALFORMED)
        if update.callback_query is None:
            return self._refused(Refused.IGNORED)
        press = update.callback_query
        number = self.stop.links.pressed(press.data)
        try:
            if number is not None:
                await self._stopped(number, press)
            else:
                await self._pressed(update.update_id, press)
        except NotTakenError:
            return self._refused(Refused.NOT_TAKEN)
        return Response()

    async def _pressed(self, update_id: int, press: _Press) -> None:
        """Raises NotTakenError; then the button waits on, and Telegram comes again."""
        found = pressed(press.data)
        heard = Heard(Effect.UNKNOWN)
        if found is not None and press.message is not None:
            said = Said(
                request_id=found[0],
                answer=found[1],
                chat=str(press.message.chat.id),
                ref=ref_of_press(update_id),
            )
            heard = await self.replies.take(said)
        self.metrics.heard(heard, Channel.TELEGRAM)
        await self._respond(press, self._said(heard), self._marked(heard))

    async def _stopped(self, number: int, press: _Press) -> None:
        """Raises NotTakenError, likewise."""
        chat = str(press.message.chat.id) if press.message else ""
        stopped = await self.stop.pressed(number, chat)
        button = self.stop.marked(stopped, _CHOSEN)
        await self._respond(press, self.stop.said(stopped), last=[(button,)] if button else [])

    async def _respond(self, press: _Press, text: str, first: Rows = (), last: Rows = ()) -> None:
        """The button stops waiting, and what counts is marked. Of a message that Telegram no longer
        shows us, nothing is changed."""
        # One after the other, whatever becomes of the first: a press that Telegram had to bring
        # again is too old to be acknowledged, and the buttons still show what was chosen.
        try:
            await self.buttons.acknowledge(press.id, text)
        except SendError as error:
            self._not_changed(error)
        message = press.message
        if message is None or not message.reply_markup.inline_keyboard or not (first or last):
            return
        rows = (*first, *_others(message), *last)
        try:
            await self.buttons.show(message.chat.id, message.message_id, rows)
        except SendError as error:
            self._not_changed(error)

    def _not_changed(self, error: SendError) -> None:
        """What was said is written all the same."""
        logs.logger().warning("a pressed button was not changed", code=error.code)

    def _said(self, heard: Heard) -> str:
        """Who is not heard is told so."""
        if heard.asked is None or heard.effect is Effect.UNKNOWN:
            return ""
        words = self._texts(heard.asked).answer_page
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

    def _refused(self, result: Refused) -> Response:
        self.metrics.refused(Channel.TELEGRAM, result)
        return Response(status_code=_STATUSES.get(result, 200))


def _others(message: _Message) -> tuple[tuple[Button, ...], ...]:
    """The buttons that lead somewhere, which stay."""
    rows = (
        tuple(Button(label=key.text, url=key.url) for key in row if key.url is not None)
        for row in message.reply_markup.inline_keyboard
    )
    return tuple(row for row in rows if row)


def telegram_route(desk: TelegramDesk) -> Route:
    """The route, for the application of the service."""
    return Route(TELEGRAM_PATH, desk.take, methods=["POST"])
