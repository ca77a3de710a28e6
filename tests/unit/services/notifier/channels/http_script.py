"""A provider over HTTP that answers what a test tells it to, and keeps what it was asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.support.serving import serving


@dataclass(slots=True)
class ScriptedApi:
    """Gives its answers one after the other."""

    answers: list[Response]
    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        self.paths.append(request.url.path)
        self.queries.append(dict(request.query_params))
        self.headers.append(dict(request.headers))
        self.forms.append(dict(parse_qsl((await request.body()).decode(), keep_blank_values=True)))
        return self.answers.pop(0)


@asynccontextmanager
async def scripted_api(*answers: Response) -> AsyncIterator[ScriptedApi]:
    """Serves one on a free port of loopback."""
    api = ScriptedApi(list(answers))
    app = Starlette(routes=[Route("/{rest:path}", api.answer, methods=["GET", "POST"])])
    async with serving(app) as api.url:
        yield api
