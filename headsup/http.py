"""The small web side of a service: /metrics, /livez, /readyz, and what it adds itself."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence

import uvicorn
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from headsup.health import Health


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


@contextlib.asynccontextmanager
async def serving(app: Starlette, host: str, port: int) -> AsyncIterator[int]:
    """Serves `app` while the block runs; yields the port, which the system chose if it was 0.

    Raises CannotListenError.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListenError(
            error.errno, f"HTTP_PORT {port} on {host} cannot be used"
        ) from error
    config = uvicorn.Config(
        app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=2
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
