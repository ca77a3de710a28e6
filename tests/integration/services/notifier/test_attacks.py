"""The notifier as a process, with everything switched on that the world can reach, and somebody who
attacks it from there and from the shop's side."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from headsup.contracts.base import Customer, Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.kafka.producer import Producer
from sandbox.providers.inbox import Inbox
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.notifier import requested
from tests.support.processes import Service, service
from tests.support.providers import providers

pytestmark = pytest.mark.timeout(180)
MEAN: Final = "<script>alert(1)</script>{{ 7 * 191 }}${7*191}%(x)s\u202e\" onload='x'"
EVALUATED: Final = str(7 * 191)
SECRETS: Final = {
    "HEADSUP_ANSWER_KEY": "a key that is long enough to be one",
    "HEADSUP_TELEGRAM_SECRET": "what-only-telegram-says",
    "TWILIO_AUTH_TOKEN": "what-only-twilio-knows",
    "TELEGRAM_BOT_TOKEN": "1:what-only-the-bot-says",
}
OPEN: Final = {
    **SECRETS,
    "HEADSUP_PUBLIC_URL": "https://n.example",
    "HEADSUP_TELEGRAM_BOT": "shop_bot",
}
VICTIM: Final = Customer(id="c-1", name=f"Mallory {MEAN}", email="mallory@mail.example")
PERSONAL: Final = ("mallory", "Mallory", *SECRETS.values())
TELEGRAM, STATUS = "/webhooks/telegram", "/webhooks/twilio/status"


@pytest.fixture
async def attacked(settings: dict[str, str]) -> AsyncIterator[tuple[Service, Inbox]]:
    """It runs; nothing that it ever says is a secret or about a person."""
    inbox = Inbox(lambda: datetime.now(UTC))
    async with providers(inbox) as addresses:
        told = settings | OPEN | addresses
        async with service("services.notifier", told) as running:
            await running.until_ready()
            yield running, inbox
            assert (await running.get("/livez")).json()["ok"]
            metrics = (await running.get("/metrics")).text
            seen = _command_line(running.process.pid)
            code, _, logs = await running.terminate()
    assert code == 0
    assert [each for each in PERSONAL for said in (metrics, seen, logs) if each in said] == []
    assert "Traceback" not in logs
    for line in logs.splitlines():
        json.loads(line)


def _command_line(pid: int) -> str:
    """What `ps` shows to everybody on the machine."""
    return Path(f"/proc/{pid}/cmdline").read_text("utf-8")


async def test_what_a_shop_says_is_words_wherever_a_customer_reads_them(
    attacked: tuple[Service, Inbox], settings: dict[str, str]
) -> None:
    _, inbox = attacked
    content = Content(order_number=f"A-1 {MEAN}", items=(Item(name=f"Kettle {MEAN}"),))
    asked = requested(
        "r1",
        kind=Kind.ORDER_RECEIVED,
        at=datetime.now(UTC),
        customer=VICTIM,
        content=content,
    )
    producer = Producer(settings["KAFKA_BOOTSTRAP_SERVERS"], name="shop")
    await producer.start()
    await producer.publish([outgoing(settings["HEADSUP_TOPIC_PREFIX"], asked)])
    await producer.stop()

    async def arrived() -> bool:
        return bool(inbox.messages())

    await eventually(arrived)
    (mail,) = inbox.messages()
    assert mail.to == VICTIM.email
    assert "\n" not in (mail.subject or "")
    assert "<script>alert" not in (mail.html or "").lower()
    assert "&lt;script&gt;" in (mail.html or "")
    for text in (mail.subject, mail.html, mail.text):
        assert EVALUATED not in (text or "")


FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN: Final = "X-Telegram-Bot-Api-Secret-Token"
FORGED: Final = b"MessageStatus=delivered&MessageSid=SM%s&AccountSid=AC%s" % (b"1" * 32, b"0" * 32)
LARGE: Final = b"a=" + b"x" * 3_000_000
POSTS: Final[list[tuple[str, dict[str, str], bytes, set[int]]]] = [
    (TELEGRAM, {}, b'{"update_id": 1}', {403}),
    (TELEGRAM, {TOKEN: "a guess"}, b'{"update_id": 1}', {403}),
    (TELEGRAM, {TOKEN: ""}, b"[" * 3_000_000, {403, 413}),
    (
        TELEGRAM,
        {TOKEN: SECRETS["HEADSUP_TELEGRAM_SECRET"]},
        b"[" * 3_000_000,
        {200},
    ),  # counted; not sent anew
    (STATUS, FORM, b"MessageSid=SM1&MessageStatus=delivered", {400}),
    (f"{STATUS}?n=r1.0", FORM, FORGED, {403}),
    (f"{STATUS}?n=r1.0", FORM | {"X-Twilio-Signature": "Zm9yZ2Vk"}, FORGED, {403}),
    (STATUS, FORM, LARGE, {400}),
    ("/s/x", FORM, LARGE, {404, 413}),
]
GETS: Final = (
    "/../../etc/passwd",
    "/p/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "//evil.example/%2e%2e",
    "/p//evil.example",
    "/o/x?next=https://evil.example",
    "/support",
    "/docs",
)
"""Ways to a file, to another site, and to what is off."""


async def test_what_strangers_send_is_refused_and_changes_nothing(
    attacked: tuple[Service, Inbox],
) -> None:
    running, inbox = attacked
    for path, headers, body, statuses in POSTS:
        answer = await running.client.post(path, headers=headers, content=body)
        assert answer.status_code in statuses, (path, headers)
    for path in GETS:
        answer = await running.client.get(f"{running.client.base_url}{path}")
        assert answer.status_code == 404, path
        assert "root:" not in answer.text
        assert "location" not in answer.headers
    assert not inbox.messages()


async def test_slow_clients_are_cut_off_and_hold_up_nobody(
    attacked: tuple[Service, Inbox],
) -> None:
    running, _ = attacked
    port = running.client.base_url.port
    async with contextlib.AsyncExitStack() as slow:
        readers = []
        for _ in range(300):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            slow.callback(writer.close)
            writer.write(b"POST /webhooks/telegram HTTP/1.1\r\nHost: n.exam")
            readers.append(reader)
        assert (await running.get("/livez")).status_code == 200
        assert (await running.get("/p/x")).status_code == 404
        async with asyncio.timeout(60):
            for reader in readers:
                with contextlib.suppress(ConnectionError):
                    await reader.read()
