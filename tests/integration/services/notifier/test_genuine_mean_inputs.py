"""Mean inputs, a thousand to each form and webhook from whoever may send them: signed by Twilio,
with Telegram's secret, under a good link, by somebody who is logged in. So they go as deep as words
do. Nothing breaks, nothing of them is logged, and nothing comes of them that nobody wanted."""

import io
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_plus, urlencode

import pytest
from twilio.request_validator import RequestValidator

from services.notifier.web.support_login import Login
from tests.support.answering import PHONE, SECRET, text_message
from tests.support.logged import logged
from tests.support.mean import CANARY, FORM, Mean, called, mean_fields
from tests.support.mean_site import (
    LOGGED_IN,
    PREFERRED,
    REF,
    SUPPORT,
    THEIRS,
    WHATSAPP_SENDER,
    Site,
    mean_site,
    whatsapp,
)
from tests.support.mean_updates import mean_updates
from tests.support.notifier import MONDAY, PROVIDERS, PUBLIC, Rig
from tests.support.sealing import IN_CLEAR

STATUS: Final = {
    "n": "r2.0",
    "MessageSid": REF,
    "AccountSid": PROVIDERS["TWILIO_ACCOUNT_SID"],
    "To": PHONE,
    "MessageStatus": "delivered",
}
MANY: Final = (
    100,
    pytest.param(1_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
)
"""Of each; the thousand takes a minute for all of them, or longer on a busy machine."""
OPERATOR: Final = LOGGED_IN["X-Auth-Request-Email"]
EFFECTS: Final = """
    SELECT
        (SELECT count(*) FROM notifier.requests WHERE id NOT IN ('r1', 'r2')
            AND NOT (id LIKE 'again.%' AND customer_id = 'c-1')) AS requests_of_nobody,
        (SELECT count(*) FROM notifier.requests WHERE id LIKE 'again.%') > 1 AS sent_too_often,
        (SELECT count(*) FROM notifier.replies
            WHERE request_id <> 'r1' OR answer NOT IN ('wait', 'cancel')) AS answers_to_nothing,
        (SELECT count(*) FROM notifier.preferences WHERE customer_id <> 'c-1' OR
            convert_from(chosen, 'UTF8') ~ '"marketing"[^}]*"granted":true') AS agreed,
        (SELECT count(*) FROM notifier.suppressions
            WHERE address NOT IN ('sms:+380501234567', 'whatsapp:+380501234567')) AS closed,
        (SELECT count(*) FROM notifier.support_acts WHERE operator <> $1) AS acts_of_nobody,
        (SELECT count(*) FROM notifier.bot_chats) AS chats
"""
"""What must not be there, whatever was sent: each is 0."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """A form or webhook, and who knocks."""

    name: str
    inputs: Callable[["Door", Site, int], Iterator[Mean]]
    forms: tuple[Mapping[str, str], ...] = ({},)
    may_answer: frozenset[int]
    reached: str
    """What is there once one of them was taken."""


def _linked(door: Door, site: Site, count: int) -> Iterator[Mean]:
    """Under a good link."""
    for fields in mean_fields(door.forms, count):
        yield _form(site.paths[door.name], fields)


def _logged_in(door: Door, site: Site, count: int) -> Iterator[Mean]:
    """By somebody who is logged in and opened the form."""
    token = Login(settings=SUPPORT, origin="").token(OPERATOR, MONDAY)
    for fields in mean_fields(door.forms, count):
        yield _form(site.paths[door.name], {**fields, "token": token}, LOGGED_IN)


def _signed(door: Door, site: Site, count: int) -> Iterator[Mean]:
    """By Twilio."""
    validator = RequestValidator(PROVIDERS["TWILIO_AUTH_TOKEN"])
    path = site.paths[door.name]
    for fields in mean_fields(door.forms, count):
        number = fields.pop("n", None)
        query = "" if number is None else f"n={quote(number, safe='')}"
        address = f"{PUBLIC}{path}?{query}" if query else PUBLIC + path
        signature = validator.compute_signature(address, fields)
        yield _form(path, fields, {"X-Twilio-Signature": signature}, query)


def _secret(door: Door, site: Site, count: int) -> Iterator[Mean]:
    """By Telegram."""
    headers = ((b"x-telegram-bot-api-secret-token", SECRET.encode()),)
    for body in mean_updates(count):
        yield Mean(method="POST", path=site.paths[door.name], headers=headers, body=body)


def _form(
    path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None, query: str = ""
) -> Mean:
    given = {"content-type": FORM, **(headers or {})}
    return Mean(
        method="POST",
        path=path,
        query=query.encode(),
        headers=tuple((name.lower().encode(), value.encode()) for name, value in given.items()),
        body=urlencode(fields).encode(),
    )


DOORS: Final = (
    Door(
        name="answer",
        inputs=_linked,
        may_answer=frozenset({200, 400, 429}),
        reached="SELECT FROM notifier.replies WHERE answer = 'wait'",
    ),
    Door(
        name="stop",
        inputs=_linked,
        forms=({"List-Unsubscribe": "One-Click"},),
        may_answer=frozenset({200, 400}),
        reached="SELECT FROM notifier.opt_outs",
    ),
    Door(
        name="chat",
        inputs=_linked,
        may_answer=frozenset({303, 400, 429}),
        reached="SELECT FROM notifier.bot_links",
    ),
    Door(
        name="preferences",
        inputs=_linked,
        forms=(PREFERRED, PREFERRED | {"quiet": "shop", "was": "own 22 7"}),
        may_answer=frozenset({200, 400}),
        reached="SELECT FROM notifier.preferences",
    ),
    Door(
        name="support",
        inputs=_logged_in,
        forms=({"asked": "A-1"}, {"asked": "oksana@mail.example"}, {"asked": "050 123 45 67"}),
        may_answer=frozenset({200, 400}),
        reached="SELECT FROM notifier.support_acts WHERE found > 0",
    ),
    Door(
        name="again",
        inputs=_logged_in,
        forms=(
            {"request": "r1", "once": "x", "asked": "A-1", "although_old": "no"},
            {"request": "r1", "once": "y", "asked": "A-1", "although_withdrawn": "yes"},
        ),
        may_answer=frozenset({200, 400}),
        reached="SELECT FROM notifier.support_acts WHERE act = 'resent'",
    ),
    Door(
        name="status",
        inputs=_signed,
        forms=(
            STATUS,
            STATUS | {"MessageStatus": "undelivered", "ErrorCode": "30005"},
            STATUS | {"MessageStatus": "read", "To": whatsapp(PHONE)},
        ),
        may_answer=frozenset({200, 400, 403}),
        reached="SELECT FROM notifier.notifications WHERE id = 'r2.0' AND receipt IS NOT NULL",
    ),
    Door(
        name="inbound",
        inputs=_signed,
        forms=(
            text_message("чекаю"),
            text_message("STOP"),
            text_message("відписатися") | {"OptOutType": "STOP"},
            text_message("стоп", whatsapp(PHONE)) | {"To": whatsapp(WHATSAPP_SENDER)},
        ),
        may_answer=frozenset({200, 400, 403}),
        reached="SELECT FROM notifier.suppressions WHERE address LIKE 'whatsapp:%'",
    ),
    Door(
        name="telegram",
        inputs=_secret,
        may_answer=frozenset({200}),
        reached="SELECT FROM notifier.bot_updates",
    ),
)


@pytest.fixture
async def site(rig: Rig) -> AsyncIterator[Site]:
    async with mean_site(rig) as made:
        yield made


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    with logged() as lines:
        yield lines


def _door(name: str) -> Door:
    return next(door for door in DOORS if door.name == name)


@IN_CLEAR
@pytest.mark.parametrize("count", MANY)
@pytest.mark.parametrize("name", [door.name for door in DOORS])
async def test_mean_inputs_that_are_vouched_for_do_no_harm(
    rig: Rig, site: Site, written: io.StringIO, name: str, count: int
) -> None:
    door = _door(name)
    for mean in door.inputs(door, site, count):
        status, body, headers = await called(site.app, mean)
        assert status in door.may_answer, mean
        own = unquote_plus(mean.body.decode()).encode()
        assert not any(text in body and text not in own for text in THEIRS), mean
        assert b"<script" not in body, mean
        assert b"set-cookie" not in headers, mean
    assert await rig.pool.fetchval(f"SELECT EXISTS ({door.reached})"), "none of them was taken"
    assert not {what: n for what, n in (await _effects(rig)).items() if n}
    said = written.getvalue()
    assert CANARY not in said
    assert "Traceback" not in said
    assert not any(text.decode() in said for text in THEIRS)


async def _effects(rig: Rig) -> dict[str, int]:
    row = await rig.pool.fetchrow(EFFECTS, OPERATOR)
    assert row is not None
    return {name: int(number) for name, number in row.items()}


async def test_no_form_and_no_webhook_is_left_out(site: Site) -> None:
    """A new one has to be added to the doors above."""
    known = {_template(site, door.name) for door in DOORS}
    assert known == site.posts


def _template(site: Site, name: str) -> str:
    path = site.paths[name]
    found = [post for post in site.posts if _fits(post, path)]
    return found[0] if len(found) == 1 else path


def _fits(template: str, path: str) -> bool:
    parts, own = template.split("/"), path.split("/")
    return len(parts) == len(own) and all(
        part == given or part.startswith("{") for part, given in zip(parts, own, strict=True)
    )
