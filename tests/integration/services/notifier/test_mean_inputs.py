"""A thousand mean requests to every route that the world may call: nothing breaks, nobody's data is
shown, nothing takes long, and what nobody vouched for changes nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.answering import SECRET, text_message
from tests.support.mean import called, mean_inputs
from tests.support.mean_site import LOGGED_IN, PREFERRED, THEIRS, Site, mean_site
from tests.support.notifier import PROVIDERS, Rig

STATUS = {
    "MessageSid": "SM" + "1" * 32,
    "AccountSid": PROVIDERS["TWILIO_ACCOUNT_SID"],
    "MessageStatus": "delivered",
}
FIELDS = {
    "preferences": PREFERRED,
    "support": {"asked": "A-1", "token": "a guess"},
    "again": {"request": "r1", "once": "x", "token": "a guess"},
    "status": STATUS,
    "inbound": text_message("STOP"),
}
VOUCHED = {
    "support": LOGGED_IN,
    "again": LOGGED_IN,
    "telegram": {"X-Telegram-Bot-Api-Secret-Token": SECRET},
    "inbound": {"X-Twilio-Signature": "a guess"},
    "status": {"X-Twilio-Signature": "a guess"},
}
ROUTES = (
    *("answer", "stop", "short", "preferences", "order", "why", "chat"),
    *("support", "again", "status", "inbound", "telegram"),
)
SLOWEST = 2.0
"""Seconds for one answer, on a busy machine."""


@pytest.fixture
async def site(rig: Rig) -> AsyncIterator[Site]:
    async with mean_site(rig) as made:
        yield made


@pytest.mark.parametrize("name", ROUTES)
async def test_a_thousand_mean_requests_break_nothing(rig: Rig, site: Site, name: str) -> None:
    clock = asyncio.get_running_loop().time
    statuses = set()
    for mean in mean_inputs(site.paths[name], FIELDS.get(name, {}), VOUCHED.get(name, {})):
        began = clock()
        status, body, headers = await called(site.app, mean)
        took = clock() - began
        assert status < 500, mean
        assert not any(text in body for text in THEIRS), mean
        assert took < SLOWEST, mean
        assert headers[b"x-content-type-options"] == b"nosniff"
        assert b"set-cookie" not in headers
        assert b"evil.example" not in body
        statuses.add(status)
    assert statuses & {400, 403, 404}
    if name in {"support", "again", "status", "inbound"}:  # nobody vouched for those
        assert await _changes(rig) == 0


async def _changes(rig: Rig) -> int:
    tables = ("support_acts", "replies", "opt_outs", "suppressions", "preferences")
    union = " + ".join(f"(SELECT count(*) FROM notifier.{table})" for table in tables)  # noqa: S608
    return int(await rig.pool.fetchval(f"SELECT {union}"))
