"""The page for people who help customers: `/support`. Orders are found by POST, so nothing about
anybody stands in an address, and everything is noted under the name of whoever looks."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from headsup import logs
from headsup.clock import Clock
from headsup.postgres import DATABASE_AWAY
from services.notifier.brought import NotTakenError
from services.notifier.receipt_metrics import Refused
from services.notifier.support_metrics import SupportMetrics
from services.notifier.support_rows import MOST_SHOWN, SupportRows
from services.notifier.supporting import Effect, Looked, Resend, Supporting
from services.notifier.trace import REQUESTS
from services.notifier.web.forms import MalformedError, read_form
from services.notifier.web.page import Paper
from services.notifier.web.support_login import Login
from services.notifier.web.support_words import BRAKE, said
from services.notifier.web_settings import SupportSettings

PATH: Final = "/support"
AGAIN: Final = "/support/again"
_BAD_REQUEST, _FORBIDDEN, _LATER = 400, 403, 503
_NOBODY: Final = "You are not logged in, or may not look here.\n"
_AWAY: Final = "This did not work just now."


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportDesk:
    """What the page works with."""

    login: Login
    rows: SupportRows
    supporting: Supporting
    metrics: SupportMetrics
    paper: Paper
    home: str
    """The path of the page, as the world has it."""
    clock: Clock

    async def show(self, request: Request) -> Response:
        """GET: where to search."""
        operator = self.login.operator(request)
        return self._page(operator) if operator else self._nobody()

    async def find(self, request: Request) -> Response:
        """POST: what goes by what was asked for."""
        posted = await self._posted(request)
        if isinstance(posted, Response):
            return posted
        operator, fields = posted
        asked = fields.get("asked", "").strip()
        if not asked:
            self.metrics.refused(Refused.MALFORMED)
            return self._page(operator, _BAD_REQUEST, note="Order, phone or mail: it is empty.")
        return await self._found(operator, asked)

    async def again(self, request: Request) -> Response:
        """POST: say it again. What was found stays in sight, with what came of it above."""
        posted = await self._posted(request)
        if isinstance(posted, Response):
            return posted
        operator, fields = posted
        resend = Resend(
            operator=operator,
            request_id=fields.get("request", ""),
            token=fields.get("once", ""),
            although_old=fields.get("although_old") == "yes",
            although_withdrawn=fields.get("although_withdrawn") == "yes",
        )
        if "\0" in resend.request_id or not resend.token:
            self.metrics.refused(Refused.MALFORMED)
            return self._page(operator, _BAD_REQUEST, note="The form is not complete.")
        asked = fields.get("asked", "").strip()
        try:
            done = await self.supporting.take(resend)
        except NotTakenError:
            self.metrics.refused(Refused.NOT_TAKEN)
            return self._page(operator, _LATER, note=_AWAY, asked=asked)
        self.metrics.asked_again(done.effect)
        if done.effect is not Effect.WITHDRAWN:
            return await self._found(operator, asked, said(done))
        anyway = {"request": resend.request_id, "asked": asked, "although_withdrawn": "yes"}
        if resend.although_old or done.is_old:
            anyway["although_old"] = "yes"
        return await self._found(operator, asked, said(done), anyway)

    async def _found(
        self, operator: str, asked: str, note: str = "", anyway: Mapping[str, str] | None = None
    ) -> Response:
        """What goes by it, which is noted. `note`: what was done before; it holds whether or not
        anything can be shown now. `anyway`: what to send for what was refused."""
        if not asked:
            return self._page(operator, note=note, anyway=anyway)
        try:
            cases = await self.rows.cases(asked, self.clock.now())
            await self.supporting.take(Looked(operator=operator, found=len(cases)))
        except (NotTakenError, *DATABASE_AWAY) as error:
            logs.logger().warning("an order cannot be shown to support", error=error)
            self.metrics.refused(Refused.NOT_TAKEN)
            status = 200 if note else _LATER
            return self._page(operator, status, note=note or _AWAY, asked=asked, anyway=anyway)
        self.metrics.looked()
        return self._page(
            operator, note=note, anyway=anyway, asked=asked, cases=cases, is_found=True
        )

    async def _posted(self, request: Request) -> tuple[str, dict[str, str]] | Response:
        """Who sent a form of ours, and what stands in it; or what they are told instead."""
        operator = self.login.operator(request)
        if operator is None or not self.login.is_from_our_page(request):
            return self._nobody()
        try:
            fields = await read_form(request)
        except MalformedError:
            self.metrics.refused(Refused.MALFORMED)
            return self._page(operator, _BAD_REQUEST, note="The form could not be read.")
        if not self.login.knows(fields.get("token", ""), operator, self.clock.now()):
            self.metrics.refused(Refused.FORGED)
            note = "This form is too old. Please send it anew."
            return self._page(operator, _FORBIDDEN, note=note)
        return operator, fields

    def _nobody(self) -> Response:
        self.metrics.refused(Refused.FORGED)
        return PlainTextResponse(_NOBODY, _FORBIDDEN)

    def _page(self, operator: str, status: int = 200, **page: object) -> Response:
        nothing: dict[str, object] = {
            "note": "",
            "anyway": None,
            "asked": "",
            "cases": (),
            "is_found": False,
        }
        response = self.paper.response(
            status,
            None,
            language="en",
            home=self.home,
            title="Find an order",
            operator=operator,
            token=self.login.token(operator, self.clock.now()),
            once=lambda: secrets.token_urlsafe(12),
            requests=REQUESTS,
            most=MOST_SHOWN,
            brake=BRAKE,
            **nothing | page,
        )
        # Without it a browser would not say that a form comes from here.
        response.headers["referrer-policy"] = "same-origin"
        return response


def support_routes(
    settings: SupportSettings | None, public_url: str | None, desk: "SupportParts"
) -> list[BaseRoute]:
    """The routes; none unless they are asked for."""
    if settings is None or public_url is None:
        return []
    parts = urlsplit(public_url)
    page = SupportDesk(
        login=Login(settings=settings, origin=f"{parts.scheme}://{parts.netloc}"),
        rows=desk.rows,
        supporting=desk.supporting,
        metrics=desk.metrics,
        paper=Paper("support", ("page", "order", "preferences", "support")),
        home=parts.path + PATH,
        clock=desk.clock,
    )
    return [
        Route(PATH, page.show, methods=["GET"]),
        Route(PATH, page.find, methods=["POST"]),
        Route(AGAIN, page.again, methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportParts:
    """What it is made of."""

    rows: SupportRows
    supporting: Supporting
    metrics: SupportMetrics
    clock: Clock
