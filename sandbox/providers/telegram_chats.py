"""The chats of the stand-in for Telegram: what was sent into them, and buttons that are pressed.

core.telegram.org/bots/api#setwebhook and #callbackquery. Telegram comes again after any answer but
2xx; the stand-in comes once, and says how it was answered.
"""

import itertools
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

_KEPT: Final = 10_000
_TIMEOUT: Final = 15.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a bot wants to hear what happens, and the secret that it gave with it."""

    url: str
    secret: str = field(repr=False)


class Chats:
    """Keeps messages as the API gives them back. With a webhook, a bot hears of its buttons."""

    def __init__(self, webhook: Webhook | None = None) -> None:
        self._webhook = webhook
        self._messages: OrderedDict[tuple[int, int], dict[str, Any]] = OrderedDict()
        self._updates = itertools.count(1)
        self.waiting: set[str] = set()
        """Ids of presses that the bot has not acknowledged."""

    def keep(self, message: dict[str, Any]) -> None:
        """A message was sent."""
        self._messages[message["chat"]["id"], message["message_id"]] = message
        if len(self._messages) > _KEPT:
            self._messages.popitem(last=False)

    def message(self, chat_id: int, message_id: int) -> dict[str, Any] | None:
        """A message, as it is now."""
        return self._messages.get((chat_id, message_id))

    async def press(self, chat_id: int, message_id: int, data: str) -> int:
        """Somebody presses a button; the status with which the bot answers. Raises LookupError when
        there is no such button or no bot that listens, and httpx.TransportError."""
        message = self.message(chat_id, message_id)
        if message is None or self._webhook is None or data not in _pressable(message):
            raise LookupError("There is no such button.")
        number = next(self._updates)
        query_id = f"{chat_id}{number}"
        self.waiting.add(query_id)
        update = {
            "update_id": number,
            "callback_query": {
                "id": query_id,
                "from": {"id": chat_id, "is_bot": False, "first_name": "Customer"},
                "message": message,
                "chat_instance": str(chat_id),
                "data": data,
            },
        }
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._webhook.secret}
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            answer = await client.post(self._webhook.url, json=update, headers=headers)
        return answer.status_code


def _pressable(message: dict[str, Any]) -> set[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return {button["callback_data"] for row in rows for button in row if "callback_data" in button}
