"""The page, and the API behind it."""

import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from headsup.clock import Clock, SystemClock
from headsup.contracts import envelope
from headsup.contracts.envelope import EventRefusedError
from headsup.contracts.shop import AgentWrote, ConversationHandedBack
from sandbox.providers.faults import FaultSwitch, parse_rules
from sandbox.providers.inbox import Inbox
from sandbox.providers.twilio_whatsapp import PREFIX
from sandbox.scenarios.model import Person
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.player import Publisher
from sandbox.scenarios.stories import SCENARIOS
from sandbox.web.breakage import described
from sandbox.web.hand import Hand, NoAnswerError
from sandbox.web.headers import MAIL_POLICY, SafeHeaders
from sandbox.web.hub import Hub
from sandbox.web.moved import into_demo_time
from sandbox.web.runs import Run, Runs
from sandbox.web.shown import as_json
from sandbox.web.stage import Stage

_STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """What the page works with."""

    clock: Clock
    speed: float
    """How many seconds of business time pass in one real second."""
    publisher: Publisher
    stage: Stage
    hub: Hub
    runs: Runs
    faults: FaultSwitch
    inbox: Inbox
    hand: Hand


class _Asked(msgspec.Struct):
    """The body of a wish for a scenario."""

    person: str | None = None


class _Pressed(msgspec.Struct):
    """The body of a press."""

    data: str


class _Written(msgspec.Struct):
    """The body of a text message."""

    number: str
    text: str


class _Desk(msgspec.Struct):
    """The body of a word from the shop's desk."""

    customer: str
    shop: str
    text: str = ""


def _at_the_desk(asked: _Desk) -> AgentWrote | ConversationHandedBack:
    """Raises ValueError for what the contract refuses."""
    if not asked.text.strip():
        return ConversationHandedBack(customer_id=asked.customer)
    said = {"customer_id": asked.customer, "text": asked.text.strip()}
    return msgspec.convert(said, AgentWrote)


def application(demo: Demo, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """The page, its API, and whatever else is served from the same port."""
    api = _Api(demo)
    return Starlette(
        routes=[
            Route("/", _page),
            Route("/api/messages", api.messages, methods=["GET"]),
            Route("/api/messages", api.clear, methods=["DELETE"]),
            Route("/api/messages/{id}/mail", api.mail, methods=["GET"]),
            Route("/api/messages/{id}/press", api.press, methods=["POST"]),
            Route("/api/sms", api.write, methods=["POST"]),
            Route("/api/whatsapp", api.write_by_whatsapp, methods=["POST"]),
            Route("/api/telegram", api.tell, methods=["POST"]),
            Route("/api/desk", api.desk, methods=["POST"]),
            Route("/api/events", api.events, methods=["GET"]),
            Route("/api/events", api.send, methods=["POST"]),
            Route("/api/faults", api.faults, methods=["GET"]),
            Route("/api/faults", api.break_something, methods=["POST"]),
            Route("/api/faults", api.mend, methods=["DELETE"]),
            Route("/api/scenarios", api.scenarios, methods=["GET"]),
            Route("/api/scenarios/{name}", api.start, methods=["POST"]),
            Route("/api/clock", api.clock, methods=["GET"]),
            Route("/api/stream", api.stream, methods=["GET"]),
            Mount("/static", StaticFiles(directory=_STATIC)),
            *routes,
        ],
        middleware=[Middleware(SafeHeaders)],
    )


def _page(_request: Request) -> Response:
    return FileResponse(_STATIC / "index.html")


def _json(value: Any, status: int = 200) -> Response:
    return Response(as_json(value), status, media_type="application/json")


def _problem(sentence: str, status: int = 400) -> Response:
    return _json({"error": sentence}, status)


class _Api:
    """The endpoints. Each reads a request, asks the demo, and answers."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo

    async def messages(self, _request: Request) -> Response:
        return _json(self._demo.stage.messages)

    async def clear(self, _request: Request) -> Response:
        self._demo.inbox.clear()
        self._demo.stage.clear()
        return Response(status_code=204)

    async def mail(self, request: Request) -> Response:
        """A mail's HTML, for the page's frame: no scripts, no addresses of the page's own."""
        wanted = request.path_params["id"]
        html = next((m.html for m in self._demo.stage.messages if m.id == wanted), None)
        if html is None:
            return _problem("There is no such mail.", 404)
        # A link of a mail leaves the frame, which shows nothing but mails.
        html = html.replace("<head>", '<head><base target="_blank">', 1)
        return Response(
            html, media_type="text/html", headers={"content-security-policy": MAIL_POLICY}
        )

    async def press(self, request: Request) -> Response:
        """A button under a message, as the customer's thumb."""
        try:
            pressed = msgspec.json.decode(await _body(request), type=_Pressed)
            await self._demo.hand.press(request.path_params["id"], pressed.data)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _problem('Expected JSON such as {"data": "..."}.')
        except NoAnswerError as problem:
            return _problem(str(problem), 409)
        return Response(status_code=204)

    async def write(self, request: Request) -> Response:
        """A text message to the shop, from a customer's number."""
        return await self._write(request, "")

    async def write_by_whatsapp(self, request: Request) -> Response:
        """The same by WhatsApp, which opens its window."""
        return await self._write(request, PREFIX)

    async def _write(self, request: Request, prefix: str) -> Response:
        try:
            written = msgspec.json.decode(await _body(request), type=_Written)
            said = await self._demo.hand.write(prefix + written.number, written.text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _problem('Expected JSON such as {"number": "+380...", "text": "..."}.')
        except NoAnswerError as problem:
            return _problem(str(problem), 409)
        return _json({"reply": said})

    async def tell(self, request: Request) -> Response:
        """A message to the bot, from a customer's chat."""
        try:
            written = msgspec.json.decode(await _body(request), type=_Written)
            await self._demo.hand.tell(int(written.number), written.text)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
            return _problem('Expected JSON such as {"number": "4242", "text": "..."}.')
        except NoAnswerError as problem:
            return _problem(str(problem), 409)
        return _json({"reply": None})

    async def desk(self, request: Request) -> Response:
        """A person of the shop's writes to whoever asked for one; without a text they hand back."""
        try:
            asked = msgspec.json.decode(await _body(request), type=_Desk)
            said = _at_the_desk(asked)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError):
            return _problem(
                'Expected JSON such as {"customer": "c1", "shop": "...", "text": "..."}.'
            )
        now = self._demo.clock.now()
        event = envelope.make(asked.shop, f"desk-{secrets.token_hex(8)}", now, said)
        await self._demo.publisher.publish(event)
        return Response(status_code=204)

    async def events(self, _request: Request) -> Response:
        return _json(self._demo.stage.events)

    async def send(self, request: Request) -> Response:
        now = self._demo.clock.now()
        try:
            event = envelope.decode(await _body(request), [], now)
        except EventRefusedError as refusal:
            return _json({"error": str(refusal), "field": refusal.field, "code": refusal.code}, 400)
        event = into_demo_time(event, machine=SystemClock().now(), demo=now)
        placed = await self._demo.publisher.publish(event)
        where = {"topic": placed.topic, "partition": placed.partition, "offset": placed.offset}
        return _json({**where, "id": event.id, "time": event.time}, 201)

    async def faults(self, _request: Request) -> Response:
        return _json(described(self._demo.faults))

    async def break_something(self, request: Request) -> Response:
        try:
            self._demo.faults.set(*parse_rules(await _body(request)))
        except ValueError as problem:
            return _problem(str(problem))
        return self._faults_changed()

    async def mend(self, _request: Request) -> Response:
        self._demo.faults.clear()
        return self._faults_changed()

    def _faults_changed(self) -> Response:
        now = described(self._demo.faults)
        self._demo.hub.tell("faults", now)
        return _json(now)

    async def scenarios(self, _request: Request) -> Response:
        return _json(_menu())

    async def start(self, request: Request) -> Response:
        scenario = SCENARIOS.get(request.path_params["name"])
        if scenario is None:
            return _problem(f"There is no such scenario; there are {', '.join(SCENARIOS)}.", 404)
        try:
            asked = msgspec.json.decode(await _body(request) or b"{}", type=_Asked)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return _problem('Expected nothing, or JSON such as {"person": "oksana"}.')
        person = PEOPLE.get(asked.person or scenario.person)
        if person is None:
            return _problem(f"person: expected one of {', '.join(PEOPLE)}.")
        run = self._demo.runs.start(scenario, person)
        self._demo.hub.tell("run", _run(run))
        return _json(_run(run), 201)

    async def clock(self, _request: Request) -> Response:
        return _json(_time_of(self._demo))

    async def stream(self, _request: Request) -> Response:
        return StreamingResponse(
            changes_of(self._demo),
            media_type="text/event-stream",
            headers={"cache-control": "no-store", "x-accel-buffering": "no"},
        )


async def changes_of(demo: Demo) -> AsyncIterator[bytes]:
    """What the stream says: the whole picture, then every change, and the time now and then."""
    with demo.hub.watching() as changes:
        picture = {
            "clock": _time_of(demo),
            "events": demo.stage.events,
            "messages": demo.stage.messages,
            "unsaid": demo.stage.unsaid,
            "written": demo.stage.written,
            "held": demo.stage.held,
            "faults": described(demo.faults),
            **_menu(),
        }
        yield b"retry: 1000\n" + _line(("picture", as_json(picture)))
        async for change in changes:
            yield _line(change or ("clock", as_json(_time_of(demo))))


def _time_of(demo: Demo) -> dict[str, Any]:
    return {"now": demo.clock.now(), "speed": demo.speed}


def _line(change: tuple[str, bytes]) -> bytes:
    name, value = change
    return b"event: %s\ndata: %s\n\n" % (name.encode(), value)


async def _body(request: Request) -> bytes:
    """The body, at most one byte more than the largest event, which is enough to refuse it."""
    parts = bytearray()
    async for part in request.stream():
        if len(parts) <= envelope.MAX_BYTES:
            parts += part
    return bytes(parts[: envelope.MAX_BYTES + 1])


def _menu() -> dict[str, Any]:
    return {
        "scenarios": [
            {
                "name": s.name,
                "title": s.title,
                "summary": s.summary,
                "person": s.person,
                "group": s.group,
            }
            for s in SCENARIOS.values()
        ],
        "people": [_person(person) for person in PEOPLE.values()],
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "key": person.key,
        "id": person.customer_id,
        "name": person.name,
        "language": person.language,
        "time_zone": person.time_zone,
        "addresses": person.addresses,
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "order": run.story.order,
        "cart": run.story.cart,
        "scenario": run.scenario.name,
        "person": run.story.person.key,
        "starts_at": run.story.placed,
        "expected": [
            {f: getattr(m, f) for f in ("kind", "channel", "to", "language", "order", "cart")}
            for m in run.expected
        ],
    }
