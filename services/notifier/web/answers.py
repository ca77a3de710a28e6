"""Where an answer is given: `/answers/<request id>/<answer>/<signature>`.

To look at the page changes nothing: mail scanners and messengers fetch every address of a message
before anybody reads it. What counts is the button on it. Nothing is asked of the database before
the signature is seen to be ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup.contracts.channels import Channel
from headsup.contracts.replies import ANSWERS, Answer
from headsup.shops.profile import ShopProfile
from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.answers import PATH, TAKEN, AnswerLinks, Effect
from services.notifier.brought import NotTakenError
from services.notifier.receipt_metrics import Refused
from services.notifier.replies import Heard, LookUp, Replies, Said
from services.notifier.web.answer_page import Pages
from services.notifier.web.forms import MalformedError, read_body

_LONGEST_FORM: Final = 1_024
"""Octets of the button's form, which holds nothing."""
_BAD_REQUEST, _TOO_MANY_REQUESTS = 400, 429


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDesk:
    """What the page works with."""

    links: AnswerLinks
    replies: Replies
    pages: Pages
    shops: Mapping[str, ShopProfile]
    metrics: AnswerMetrics

    async def show(self, request: Request) -> Response:
        """GET: the question, and a button."""
        signed = self._signed(request)
        if signed is None:
            return self._gone(request)
        request_id, answer = signed
        try:
            heard = await self.replies.take(LookUp(request_id))
        except NotTakenError:
            return self.pages.later(_accepted(request))
        shop = self._shop(heard)
        if heard.asked is None or shop is None or heard.effect is Effect.TOO_OLD:
            return self._gone(request)
        if answer not in ANSWERS[heard.asked.question]:
            return self._gone(request)
        return self.pages.asking(heard.asked, answer, shop)

    async def give(self, request: Request) -> Response:
        """POST: the answer is given."""
        signed = self._signed(request)
        if signed is None:
            self.metrics.refused(Channel.EMAIL, Refused.FORGED)
            return self._gone(request)
        try:
            await read_body(request, _LONGEST_FORM)
            heard = await self.replies.take(Said(request_id=signed[0], answer=signed[1]))
        except MalformedError:
            self.metrics.refused(Channel.EMAIL, Refused.MALFORMED)
            return self.pages.refused(_accepted(request), _BAD_REQUEST)
        except NotTakenError:
            self.metrics.refused(Channel.EMAIL, Refused.NOT_TAKEN)
            return self.pages.later(_accepted(request), can_send=True)
        self.metrics.heard(heard, Channel.EMAIL)
        return self._told(request, heard)

    def _told(self, request: Request, heard: Heard) -> Response:
        shop = self._shop(heard)
        if heard.effect is Effect.TOO_OFTEN:
            return self.pages.refused(_accepted(request), _TOO_MANY_REQUESTS)
        if heard.asked is None or shop is None or heard.counts is None:
            return self._gone(request)
        if heard.effect not in TAKEN:
            return self._gone(request)
        return self.pages.thanks(heard.asked, heard.counts, shop)

    def _signed(self, request: Request) -> tuple[str, Answer] | None:
        request_id = request.path_params["request_id"]
        answer, signature = request.path_params["answer"], request.path_params["signature"]
        found = self.links.signed(request_id, answer, signature)
        return None if found is None else (request_id, found)

    def _shop(self, heard: Heard) -> ShopProfile | None:
        return self.shops.get(heard.asked.source) if heard.asked else None

    def _gone(self, request: Request) -> Response:
        return self.pages.gone(_accepted(request))


def answer_routes(desk: AnswerDesk) -> list[Route]:
    """The routes, for the application of the service."""
    return [
        Route(PATH, desk.show, methods=["GET"]),
        Route(PATH, desk.give, methods=["POST"]),
    ]


def _accepted(request: Request) -> str:
    return request.headers.get("accept-language", "")
