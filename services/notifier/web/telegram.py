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
from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.answers import Effect, pressed
from services.notifier.channels.base import SendError
from services.notifier.channels.telegram_buttons import Buttons
from services.notifier.receipt_metrics import Refused
from services.notifier.reception import NotTakenError
from services.notifier.rendered import Button
from services.notifier.replies import Heard, Replies, Said
from services.notifier.settings import TELEGRAM_PATH
from services.notifier.voices import Voices
from services.notifier.web.forms import MalformedError, read_body

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
        try:
            await self._pressed(update.update_id, update.callback_query)
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
                ref=f"telegram:{update_id}",
            )
            heard = await self.replies.take(said)
        self.metrics.heard(heard, Channel.TELEGRAM)
        try:
            await self._show(press, heard)
        except SendError as error:
            # The answer is written all the same.
            logs.logger().warning("a pressed button was not changed", code=error.code)

    async def _show(self, press: _Press, heard: Heard) -> None:
        """The button stops waiting, and what was chosen takes the place of all answers."""
        asked, answer = heard.asked, heard.answer
        counts = heard.effect in {Effect.HEARD, Effect.SAME}
        if press.message is None or asked is None or answer is None or not counts:
            await self.buttons.acknowledge(press.id, "")
            return
        _, texts = self.voices.of(asked.source).texts_in(asked.language)
        await self.buttons.acknowledge(press.id, texts.answer_page.heard)
        label = _CHOSEN + texts.answers[asked.question][answer]
        rows = ((Button(label=label, url="", press=press.data),), *_others(press.message))
        await self.buttons.show(press.message.chat.id, press.message.message_id, rows)

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
