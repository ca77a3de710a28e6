"""Requests as nobody should send them: altered, huge, binary, doubled, in the wrong form, and full
of tricks. Always the same ones for the same seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote_plus

from starlette.types import ASGIApp, Message

FORM: Final = "application/x-www-form-urlencoded"
TRICKS: Final = (
    "' OR 1=1 --",
    '"; DROP TABLE notifier.people; --',
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "${jndi:ldap://127.0.0.1/x}",
    "a\r\nSet-Cookie: mine=1",
    "\x00",
    "\ufeff\u202e\u2066admin",
    "ａｄｍｉｎ",
    "𝕏" * 50,
    "e" + "\u0301" * 300,
    "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%",
    "%00%ff",
    "-1",
    "9" * 400,
    "1e309",
    "NaN",
    "null",
    "[]",
    "x" * 20_000,
    "",
    " ",
    "\ud7ff\ue000",
)
_METHODS: Final = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "get")
_TYPES: Final = (
    FORM,
    f"{FORM}; charset=utf-7",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/json",
    "text/xml",
    "",
    "x" * 300,
)
_HEADERS: Final = (
    (b"host", b"evil.example"),
    (b"x-forwarded-host", b"evil.example"),
    (b"x-forwarded-for", b"127.0.0.1, \xff, ::1"),
    (b"accept-language", b"uk;q=x," * 500),
    (b"accept-language", b"../../en"),
    (b"accept-language", b"\xff\xfe"),
    (b"content-length", b"-1"),
    (b"cookie", b"a=b; " * 500),
    (b"origin", b"null"),
    (b"sec-fetch-site", b"cross-site"),
    (b"x-twilio-signature", b"\xff\x00 guess"),
    (b"x-telegram-bot-api-secret-token", b"\xffguess"),
    (b"x-headsup-proxy-secret", b"\xe9"),
    (b"x-auth-request-email", b"ada@shop.example"),
    (b"x-http-method-override", b"DELETE"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """One such request."""

    method: str
    path: str
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = field(default=b"", repr=False)


def mean_inputs(
    path: str,
    fields: Mapping[str, str],
    headers: Mapping[str, str],
    *,
    count: int = 1_000,
    seed: int = 7,
) -> Iterator[Mean]:
    """So many of them about a route: its `path` with a good code, the good `fields` of its form and
    the `headers` that vouch for whoever calls it, each of which is left as it is now and then."""
    chance = random.Random(seed)  # noqa: S311 - the same ones every time
    for _ in range(count):
        kind = chance.choice(_TYPES) if chance.random() < 0.3 else FORM
        given = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        kept = [one for one in given if chance.random() < 0.9]
        yield Mean(
            method=chance.choice(_METHODS) if chance.random() < 0.3 else "POST",
            path=_path(path, chance),
            query=quote_plus(chance.choice(TRICKS)[:2_000]).encode()
            if chance.random() < 0.3
            else b"",
            headers=(
                *kept,
                (b"content-type", kind.encode()),
                *chance.sample(_HEADERS, chance.randrange(4)),
            ),
            body=_body(fields, chance),
        )


CANARY: Final = "Qx7canary"
"""Stands in what is mean and nowhere else, so that it can be looked for afterwards."""
_LONGEST_VALUE: Final = 2_000


def mean_fields(
    good: Sequence[Mapping[str, str]], count: int, *, seed: int = 7
) -> Iterator[dict[str, str]]:
    """So many forms that can be read, and so can be signed: one of the `good` ones with up to two
    fields that hold what they should not. Now and then a good one, for what comes after it."""
    chance = random.Random(seed)  # noqa: S311 - the same ones every time
    for _ in range(count):
        fields = dict(chance.choice(good))
        for _ in range(chance.randrange(3)):
            name = chance.choice(sorted(fields) or [CANARY])
            match chance.randrange(8):
                case 0:
                    fields.pop(name, None)
                case 1:
                    fields[chance.choice(TRICKS)[:200] + CANARY] = chance.choice(TRICKS)[:200]
                case 2:
                    fields[name] = fields.get(name, "") + CANARY
                case 3:
                    fields[name] = fields.get(chance.choice(sorted(fields) or [name]), "")
                case _:
                    mean = chance.choice(TRICKS)[:_LONGEST_VALUE]
                    fields[name] = mean + chance.choice(("", CANARY))
        yield fields


def _path(path: str, chance: random.Random) -> str:
    head, _, code = path.rpartition("/")
    match chance.randrange(6):
        case 0:
            return f"{head}/{chance.choice(TRICKS)}"
        case 1:
            at = chance.randrange(len(code))
            return f"{head}/{code[:at]}{chance.choice('Aa0-_é')}{code[at + 1 :]}"
        case 2:
            return f"{head}/{code}{chance.choice(('/', '/..', '=', '%00', code))}"
        case _:
            return path


def _body(fields: Mapping[str, str], chance: random.Random) -> bytes:
    pairs = list(fields.items()) or [("a", "b")]
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(pairs))
        match chance.randrange(6):
            case 0 if len(pairs) > 1:
                del pairs[at]
            case 1:
                pairs.append(pairs[at])
            case 2:
                pairs.append((chance.choice(TRICKS)[:200], chance.choice(TRICKS)))
            case _:
                pairs[at] = (pairs[at][0], chance.choice(TRICKS))
    form = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs).encode()
    match chance.randrange(10):
        case 0:
            return chance.randbytes(chance.randrange(5_000))
        case 1:
            return form * 200
        case 2:
            return b"&".join(b"a%d=1" % number for number in range(500))
        case 3:
            return b"[" * 5_000
        case _:
            return form


async def called(app: ASGIApp, mean: Mean) -> tuple[int, bytes, dict[bytes, bytes]]:
    """What an application answers: status, body, headers. Whatever it raises comes through."""
    said: list[Message] = []
    given: list[Message] = [{"type": "http.request", "body": mean.body, "more_body": False}]

    async def receive() -> Message:
        return given.pop() if given else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        said.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": mean.method,
        "scheme": "http",
        "path": mean.path,
        "raw_path": mean.path.encode("utf-8", "surrogatepass"),
        "query_string": mean.query,
        "root_path": "",
        "headers": list(mean.headers),
        "client": ("203.0.113.9", 4_000),
        "server": ("127.0.0.1", 8_080),
    }
    await app(scope, receive, send)
    body = b"".join(message.get("body", b"") for message in said)
    return said[0]["status"], body, dict(said[0]["headers"])
