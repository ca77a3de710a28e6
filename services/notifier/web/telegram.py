"""What Telegram tells our bot: `POST /webhooks/telegram`.

core.telegram.org/bots/api#setwebhook: the secret that was given with the address comes back in a
header of every call. Telegram calls again, for a while, after any answer but 2xx, and holds back
what came after, of everybody; so of what comes with the secret only what did not arrive and what
cannot be written now is refused, and what nobody can read is counted.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup import logs
from headsup.contracts.channels import Channel
from services.notifier.bot.desk import TelegramDesk
from services.notifier.bot.updates import NoUpdateError, read
from services.notifier.brought import NotTakenError
from services.notifier.receipt_metrics import Refused
from services.notifier.settings import TELEGRAM_PATH
from services.notifier.web.forms import CALL_PATIENCE, CutOffError, MalformedError, read_body

HEADER: Final = "x-telegram-bot-api-secret-token"
LARGEST_UPDATE: Final = 131_072
"""Octets. It holds the whole message under which a button was pressed, with every entity in it."""
_STATUSES: Final[Mapping[Refused, int]] = {
    Refused.FORGED: 403,
    Refused.MALFORMED: 400,
    Refused.NOT_TAKEN: 503,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramHook:
    """What the route works with."""

    secret: str = field(repr=False)
    desk: TelegramDesk

    async def take(self, request: Request) -> Response:
        """An update."""
        given = request.headers.get(HEADER, "")
        if not hmac.compare_digest(given.encode("latin-1"), self.secret.encode()):
            return self._refused(Refused.FORGED)
        try:
            came = read(await read_body(request, LARGEST_UPDATE, seconds=CALL_PATIENCE))
        except CutOffError:
            return self._refused(Refused.MALFORMED)
        except (MalformedError, NoUpdateError) as error:
            logs.logger().error(
                "an update of Telegram's cannot be read", error=type(error).__name__
            )
            self.desk.answers.refused(Channel.TELEGRAM, Refused.MALFORMED)
            return Response()
        try:
            await self.desk.hear(came)
        except NotTakenError:
            return self._refused(Refused.NOT_TAKEN)
        return Response()

    def _refused(self, result: Refused) -> Response:
        self.desk.answers.refused(Channel.TELEGRAM, result)
        return Response(status_code=_STATUSES[result])


def telegram_route(hook: TelegramHook) -> Route:
    """The route, for the application of the service."""
    return Route(TELEGRAM_PATH, hook.take, methods=["POST"])
