"""The ports of the web side: one for operators, and one for the world, or one for both."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from headsup import http, logs
from headsup.health import Health
from services.notifier.settings import NotifierSettings
from services.notifier.voices import Voices
from services.notifier.web.customer_pages import CustomerPages
from services.notifier.web.limiter import WEBHOOKS, Guarded, client_of, is_stop

_AGAIN: Final = "10"
"""Seconds until somebody may try again for whom there was no room."""
_ACCEPT_LANGUAGE: Final = "accept-language"
_BROKEN: Final = 500
INSIDE: Final = frozenset({"/metrics", "/livez", "/readyz"})
"""For operators, who are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How many of the world are let in at once."""

    connections: int = 1_000
    requests: int = 500
    """For pages and stops."""
    webhooks: int = 400
    """For providers, who have a room of their own: neither fills the other's. Fewer together than
    connections, so that there is always one that is only waited for, and can make room for whoever
    asks how we are."""
    share: float = 0.25
    """Of each room, which one client can have at most, as `limiter.client_of` tells them apart.
    Through a proxy that is not trusted all come as one and have this share together."""
    header_seconds: float = 10.0


class OnePort:
    """What is for operators and what is for the world, behind the same port."""

    def __init__(self, inside: ASGIApp, outside: ASGIApp) -> None:
        self._inside = inside
        self._outside = outside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        app = self._inside if scope.get("path") in INSIDE else self._outside
        await app(scope, receive, send)


class Room:
    """So many requests of the world at once, and of each client a share of them; whoever comes then
    is asked to come again, at once and without work, so that others are answered meanwhile. Who
    wants no more messages needs only a place, whatever others do who seem to be the same client."""

    def __init__(self, app: ASGIApp, settings: NotifierSettings, most: int, share: float) -> None:
        self._app = app
        self._pages = _pages(settings.voices)
        self._proxies = settings.web.proxies
        self._most = most
        self._most_of_one = max(1, int(most * share))
        self._inside: Counter[str] = Counter()
        self._is_full = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        who = client_of(scope, self._proxies)
        has_share = self._inside[who] < self._most_of_one or is_stop(scope)
        if self._inside.total() >= self._most or not has_share:
            self._warn()
            await self._later(scope)(scope, receive, send)
            return
        self._inside[who] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= Counter((who,))  # and forgets who has none inside
            self._is_full = self._is_full and self._inside.total() > self._most_of_one // 2

    def _later(self, scope: Scope) -> Response:
        response = self._pages.later(Headers(scope=scope).get(_ACCEPT_LANGUAGE, ""))
        response.headers["retry-after"] = _AGAIN
        return response

    def _warn(self) -> None:
        """Once, until there was much room again."""
        if not self._is_full:
            self._is_full = True
            logs.logger().warning("too many requests at once: some are refused", most=self._most)


def _pages(voices: Voices) -> CustomerPages:
    return CustomerPages(
        voices, ask=lambda texts: texts.stop.ask, send=lambda texts: texts.stop.link
    )


def application(routes: Sequence[BaseRoute], voices: Voices) -> Starlette:
    """The routes, and a page in the reader's language wherever they end. An address that is not
    quite ours leads nowhere: to redirect, one would have to believe the Host header, and the code
    in the address would go wherever that says."""
    pages = _pages(voices)

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
        accepted = request.headers.get(_ACCEPT_LANGUAGE, "")
        response = pages.gone(accepted)
        response.status_code = error.status_code
        response.headers.update(error.headers or {})
        return response

    def broken(request: Request, _: Exception) -> Response:
        """Ours; whoever reads the log sees it as well."""
        response = pages.later(request.headers.get(_ACCEPT_LANGUAGE, ""))
        response.status_code = _BROKEN
        return response

    app = Starlette(
        routes=list(routes), exception_handlers={HTTPException: refused, Exception: broken}
    )
    app.router.redirect_slashes = False
    return app


def outside(
    settings: NotifierSettings, routes: Sequence[BaseRoute], crowd: Crowd = Crowd()
) -> ASGIApp:
    """What the world may call."""
    is_https = (settings.public_url or "").startswith("https://")
    app = application(routes, settings.voices)
    pages = Room(app, settings, crowd.requests, crowd.share)
    webhooks = Room(app, settings, crowd.webhooks, crowd.share)

    async def rooms(scope: Scope, receive: Receive, send: Send) -> None:
        room = webhooks if scope["path"].startswith(WEBHOOKS) else pages
        await room(scope, receive, send)

    return Guarded(
        rooms,
        settings.voices,
        proxies=settings.web.proxies,
        is_https=is_https,
    )


def _strangers(crowd: Crowd, setting: str = "HTTP_PORT") -> http.Strangers:
    return http.Strangers(
        connections=crowd.connections, header_seconds=crowd.header_seconds, setting=setting
    )


@contextlib.asynccontextmanager
async def serving(
    settings: NotifierSettings,
    health: Health,
    registry: CollectorRegistry,
    routes: Sequence[BaseRoute],
    crowd: Crowd = Crowd(),
) -> AsyncIterator[None]:
    """Serves while the block runs. Raises CannotListenError."""
    common, public_port = settings.common, settings.web.public_port
    inside, world = http.application(health, registry), outside(settings, routes, crowd)
    async with contextlib.AsyncExitStack() as ports:
        if public_port is None:
            app = OnePort(inside, world)
            await ports.enter_async_context(
                http.serving(app, common.http_host, common.http_port, _strangers(crowd))
            )
        else:
            strangers = _strangers(crowd, setting="HEADSUP_PUBLIC_PORT")
            await ports.enter_async_context(
                http.serving(inside, common.http_host, common.http_port)
            )
            await ports.enter_async_context(
                http.serving(world, common.http_host, public_port, strangers)
            )
        yield
