"""How often somebody may come: per address of theirs, and per page. What guesses codes or floods is
told to wait; a crowd behind one address of a mobile network is not, and whoever wants no more
messages is heard whatever others do. Every answer bears the headers that keep a page to itself."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import ceil
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from headsup import logs
from headsup.clock import SystemClock
from services.notifier.stopping import PATH as STOP_PATH
from services.notifier.voices import Voices
from services.notifier.web.customer_pages import CustomerPages

TOO_MANY: Final = 429
MOST_KEPT: Final = 50_000
"""Addresses and pages that are counted at once. When more come, all are counted anew: what we
remember of strangers must not fill us up."""
WEBHOOKS: Final = "/webhooks/"
_LOGGED_IN: Final = "/support"
"""The same address for everybody who works there."""
_STOPS: Final = STOP_PATH.partition("{")[0]
_NOT_FOUND: Final = 404
_FORWARDED: Final = "x-forwarded-for"
_SITE_BITS: Final = 56
"""Of IPv6 what stands for one site: within it an owner changes addresses at will (RFC 6177,
section 2), so a guesser with a network of their own is one, or few."""
_HEADERS: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}
_HSTS: Final = "max-age=31536000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Requests of a minute."""

    per_address: int = 3_000
    """Behind it may be a mobile network, or an ingress that does not say who comes."""
    not_found: int = 100
    """From one address, to what is not there: guesses. Then all from there waits."""
    per_provider: int = 6_000
    """From one address to the webhooks, whose callers are few and come in crowds."""
    per_page: int = 60
    """To one address of ours; whoever presses a button in anger comes ten times."""


class _Pages(CustomerPages):
    def __init__(self, voices: Voices) -> None:
        super().__init__(
            voices, ask=lambda texts: texts.answer_page.again, send=lambda texts: texts.stop.link
        )


class Guarded:
    """An application in front of which somebody counts. `proxies`: how many of ours stand between
    the world and us, each of which adds to X-Forwarded-For where a request came from."""

    def __init__(
        self,
        app: ASGIApp,
        voices: Voices,
        *,
        proxies: int = 0,
        is_https: bool = True,
        figures: Figures = Figures(),
    ) -> None:
        self._app = app
        self._pages = _Pages(voices)
        self._proxies = proxies
        self._headers = _HEADERS | ({"strict-transport-security": _HSTS} if is_https else {})
        self._has_warned = False
        self._storage = MemoryStorage()
        self._limiter = FixedWindowRateLimiter(self._storage)
        self._per_address = RateLimitItemPerMinute(figures.per_address, namespace="address")
        self._not_found = RateLimitItemPerMinute(figures.not_found, namespace="guess")
        self._per_provider = RateLimitItemPerMinute(figures.per_provider, namespace="provider")
        self._per_page = RateLimitItemPerMinute(figures.per_page, namespace="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        status = 0

        async def headed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        self._warn(scope)
        wait = await self._wait(scope)
        answer = self._app if wait is None else self._refusal(scope, wait)
        await answer(scope, receive, headed)
        if status == _NOT_FOUND and _may_guess(scope):
            await self._limiter.hit(self._not_found, client_of(scope, self._proxies))

    async def _wait(self, scope: Scope) -> float | None:
        """Seconds until somebody may come again; None: they may now."""
        if len(self._storage.storage) > MOST_KEPT:
            await self._storage.reset()
        who = client_of(scope, self._proxies)
        if _may_guess(scope) and not await self._limiter.test(self._not_found, who):
            return await self._left(self._not_found, who)
        for limit, key in self._counted(scope, who):
            if not await self._limiter.hit(limit, key):
                return await self._left(limit, key)
        return None

    async def _left(self, limit: RateLimitItem, key: str) -> float:
        window = await self._limiter.get_window_stats(limit, key)
        return max(1.0, window.reset_time - SystemClock().now().timestamp())

    def _counted(self, scope: Scope, who: str) -> Sequence[tuple[RateLimitItem, str]]:
        if scope["path"].startswith(WEBHOOKS):
            return [(self._per_provider, who)]
        if scope["path"].startswith(_LOGGED_IN):
            return [(self._per_address, who)]
        # Not the path itself: it opens a page, and is kept here.
        page = sha256(scope["path"].encode("utf-8", "surrogateescape")).hexdigest()
        if is_stop(scope):
            return [(self._per_page, page)]
        return [(self._per_address, who), (self._per_page, page)]

    def _warn(self, scope: Scope) -> None:
        if self._proxies or self._has_warned or _FORWARDED not in Headers(scope=scope):
            return
        self._has_warned = True
        logs.logger().warning(
            "requests come through a proxy that is not trusted: all who come through it are"
            " counted as one, and share a quarter of the places that there are at once",
            setting="HEADSUP_TRUSTED_PROXIES",
        )

    def _refusal(self, scope: Scope, wait: float) -> Response:
        accepted = Headers(scope=scope).get("accept-language", "")
        response = self._pages.refused(accepted, TOO_MANY)
        response.headers["retry-after"] = str(ceil(wait))
        return response


def client_of(scope: Scope, proxies: int) -> str:
    """Where a request came from, as far as it can be known: only what our own proxies added to
    X-Forwarded-For is believed, and that stands last."""
    client = scope.get("client")
    address = str(client[0]) if client else ""
    if proxies:
        hops = ",".join(Headers(scope=scope).getlist(_FORWARDED)).split(",")
        if len(hops) >= proxies and hops[-proxies].strip():
            address = _without_port(hops[-proxies].strip())
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), _SITE_BITS), strict=False))
    return str(found)


def _without_port(address: str) -> str:
    """Some proxies write one: `192.0.2.1:5678`, `[2001:db8::1]:443`."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def is_stop(scope: Scope) -> bool:
    """Somebody wants no more messages, perhaps by the mail program's own button (RFC 8058), which
    comes once and shows nobody an answer."""
    return bool(scope["method"] == "POST" and scope["path"].startswith(_STOPS))


def _may_guess(scope: Scope) -> bool:
    """Whether it is an address with a code in it, and not one at which all is sure to be heard."""
    return not (scope["path"].startswith((WEBHOOKS, _LOGGED_IN)) or is_stop(scope))
