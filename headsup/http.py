"""The small web side of a service: /metrics, /livez, /readyz, and what it adds itself."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from headsup.health import Health
from headsup.patience import Patience, protocol


class CannotListenError(OSError):
    """The port cannot be had. `strerror` says so, and names the setting."""


def application(
    health: Health, registry: CollectorRegistry, routes: Sequence[BaseRoute] = ()
) -> Starlette:
    """The web application of a service."""
    return Starlette(
        routes=[
            Route("/metrics", _metrics(registry)),
            Route("/livez", _verdict(health.not_live)),
            Route("/readyz", _verdict(health.not_ready)),
            *routes,
        ]
    )


def _metrics(registry: CollectorRegistry) -> Callable[[Request], Response]:
    def endpoint(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return endpoint


def _verdict(problems: Callable[[], list[str]]) -> Callable[[Request], Response]:
    def endpoint(_request: Request) -> Response:
        found = problems()
        return JSONResponse({"ok": not found, "problems": found}, status_code=503 if found else 200)

    return endpoint


class _Server(uvicorn.Server):
    """A server that leaves signals to the service around it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """What is put up with from the world."""

    connections: int | None = None
    """At once; when more come, whoever has kept us waiting longest is cut off. None: as many as
    come."""
    header_seconds: float = 10.0
    """For all headers of a request to arrive, and for what we answer to be read; then the
    connection is closed."""
    header_octets: int = 16_384
    """Of all headers of a request and its address."""
    setting: str = "HTTP_PORT"
    """Which one names the port."""


_ENDS: Final = frozenset({b"content-length", b"transfer-encoding"})


def _guarded(app: ASGIApp, most: int) -> ASGIApp:
    """Heads that arrive whole are not measured by h11: 431 (RFC 6585, section 5). And it takes a
    body that says in two ways where it ends; a proxy before us may go by the other one, and take
    what is left for somebody else's request: 400, and the end (RFC 9112, section 6.1)."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        octets = len(scope["raw_path"]) + len(scope["query_string"])
        octets += sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if octets > most:
            status = 431
        elif _ENDS.issubset(name for name, _ in scope["headers"]):
            status = 400
        else:
            await app(scope, receive, send)
            return
        await Response(status_code=status, headers={"connection": "close"})(scope, receive, send)

    return guarded


@contextlib.asynccontextmanager
async def serving(
    app: ASGIApp, host: str, port: int, strangers: Strangers = Strangers()
) -> AsyncIterator[int]:
    """Serves `app` while the block runs; yields the port, which the system chose if it was 0.

    Raises CannotListenError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named: asyncio then sets TCP_NODELAY, without which the body of each answer
    # waits for the acknowledgement of its head, some 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, UnicodeError) as error:  # the latter: a name that can be none
        listener.close()
        raise CannotListenError(
            getattr(error, "errno", None), f"{strangers.setting} {port} on {host} cannot be used"
        ) from error
    config = uvicorn.Config(
        _guarded(app, strangers.header_octets),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        http=protocol(Patience(strangers.header_seconds, strangers.connections)),
        ws="none",
        h11_max_incomplete_event_size=strangers.header_octets,
        proxy_headers=False,  # anybody can write them
        server_header=False,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event
            await asyncio.sleep(0.005)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await task
        listener.close()
