"""People choose what they hear, and how; it counts at once, and the shop is told."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from headsup.contracts import envelope
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.replies import PreferencesChanged, QuietHours
from services.notifier.attempts import State
from services.notifier.choosing import SOURCE, WORDS
from services.notifier.scoped_links import PreferenceLinks
from tests.support.answering import Answering, customer_of
from tests.support.eventually import eventually
from tests.support.marketing import DAY, agrees, asks_for_a_review, kept
from tests.support.notifier import KEY, MONDAY, PUBLIC, Rig, requested
from tests.support.reading import TopicReader
from tests.support.sealing import IN_CLEAR

CHOSEN = {
    "language": "uk",
    "quiet": "own",
    "begins": "22",
    "ends": "7",
    "place.email": "2",
    "place.sms": "1",
    "place.telegram": "3",
    "orders.email": "yes",
    "orders.sms": "yes",
    "orders.telegram": "yes",
}
LINKS = PreferenceLinks(PUBLIC, KEY)


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    async with customer_of(rig) as made:
        yield made


async def _link(rig: Rig) -> str:
    """Of a message that Oksana got."""
    await rig.emit(requested("r1"))
    await rig.until({**await rig.states(), "r1.0": State.SENT})
    query = "SELECT seq FROM notifier.notifications WHERE id = 'r1.0'"
    return LINKS.of(await rig.pool.fetchval(query), MONDAY).removeprefix(PUBLIC)


async def _saves(customer: Answering, link: str, **changes: str | None) -> httpx.Response:
    fields = {name: said for name, said in {**CHOSEN, **changes}.items() if said is not None}
    return await customer.client.post(link, data=fields)


async def _told(rig: Rig, count: int) -> list[PreferencesChanged]:
    servers, topic = rig.settings.common.kafka_bootstrap_servers, rig.prefix + "customers.replied"
    async with TopicReader(servers, topic) as reader:
        return [
            envelope.decode(record.value, record.headers, rig.clock.now()).data
            for record in await reader.at_least(count)
        ]


async def _rows(rig: Rig) -> int:
    return int(await rig.pool.fetchval("SELECT count(*) FROM notifier.preferences"))


async def test_to_look_changes_nothing_and_shows_no_address(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _link(rig)
        shown = await customer.client.get(link)
    assert shown.status_code == 200
    assert "o***@mail.example" in shown.text
    assert "oksana@" not in shown.text
    assert "+380501234567" not in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert await _rows(rig) == 0


async def test_what_was_chosen_is_kept_told_once_and_shown(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _link(rig)
        first = await _saves(customer, link, language="en")
        again = await _saves(customer, link, language="en")
        told = await _told(rig, 1)
    assert "Saved. It counts from now on." in first.text
    assert "Nothing had to be changed." in again.text
    assert [each.language for each in told] == ["en"]
    assert told[0].channel_order == (Channel.SMS, Channel.EMAIL, Channel.TELEGRAM)
    assert told[0].quiet_hours == QuietHours(begins=22, ends=7)
    assert told[0].consents == ()
    assert re.search(r'<option value="22" selected>', again.text)


async def test_a_form_that_changes_nothing_is_told_to_nobody(rig: Rig, customer: Answering) -> None:
    same = {"quiet": "shop", "place.email": "", "place.sms": "", "place.telegram": ""}
    async with rig.running():
        link = await _link(rig)
        shown = await customer.client.get(link)
        language = re.search(r'<html lang="(\w+)"', shown.text)
        assert language is not None
        said = await _saves(customer, link, **{**same, "language": language[1]})
    assert said.status_code == 200
    assert await _rows(rig) == 0


async def test_channels_that_are_switched_off_bring_no_more_news(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        link = await _link(rig)
        await _saves(customer, link, **{"orders.email": None, "orders.sms": None})
        await rig.emit(requested("r2", order_id="A-2"))

        async def decided() -> bool:
            query = "SELECT decision FROM notifier.requests WHERE id = 'r2'"
            return await rig.pool.fetchval(query) is not None

        await eventually(decided)
        query = "SELECT decision, reason FROM notifier.requests WHERE id = 'r2'"
        row = await rig.pool.fetchrow(query)
    assert row is not None
    assert (row["decision"], row["reason"]) == ("suppressed", "opted_out")


async def test_nothing_left_is_said_kindly_and_kept_all_the_same(
    rig: Rig, customer: Answering
) -> None:
    off = {"orders.email": None, "orders.sms": None, "orders.telegram": None, "language": "en"}
    async with rig.running():
        link = await _link(rig)
        said = await _saves(customer, link, **off)
    assert said.status_code == 200
    assert "nobody can tell you where your order is" in said.text
    assert await _rows(rig) == 1


async def test_a_yes_to_marketing_is_proof_and_ends_an_opt_out(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await rig.emit(agrees(), asks_for_a_review("r0"))
        await rig.until({"r0.0": State.SENT})
        await customer.follows(str(rig.senders.email.sent[-1].stop_url))
        assert await kept(rig)
        link = await _link(rig)
        await _saves(customer, link, **{"offers.email": "yes"})
        told = [each for each in await _told(rig, 2) if isinstance(each, PreferencesChanged)]
        await rig.emit(asks_for_a_review("r3"))
        await rig.until({**await rig.states(), "r3.0": State.SENT})
    (word,) = told[0].consents
    assert (word.channel, word.message_class) == (Channel.EMAIL, MessageClass.MARKETING)
    assert (word.granted, word.source, word.text) == (True, SOURCE, WORDS)
    assert word.at > MONDAY  # the opt-out was said in the same moment


async def test_a_no_to_marketing_counts_at_once(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        await rig.emit(agrees(at=MONDAY - DAY))
        link = await _link(rig)
        assert re.search(
            r'name="offers.email" value="yes" checked', (await customer.client.get(link)).text
        )
        await _saves(customer, link)
        await rig.emit(asks_for_a_review("r3"))

        async def decided() -> bool:
            query = "SELECT reason FROM notifier.requests WHERE id = 'r3'"
            return bool(await rig.pool.fetchval(query) == "opted_out")

        await eventually(decided)


@IN_CLEAR
async def test_an_address_that_wants_no_more_is_named_with_the_way_back(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        link = await _link(rig)
        await rig.pool.execute(
            "INSERT INTO notifier.suppressions (source, address, reason, since)"
            " SELECT source, 'sms:+380501234567', 'opted_out', $1 FROM notifier.requests LIMIT 1",
            MONDAY,
        )
        shown = await customer.client.get(link, headers={"accept-language": "en"})
    assert re.search(r"\+380\*+567: .*(START|СТАРТ)", shown.text)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"orders.fax": "yes"}, "Способи зв"),
        ({"begins": "25"}, "Години"),
        ({"ends": None}, "Години"),
        ({"quiet": "never"}, "Коли вас не турбувати"),
        ({"language": "xx"}, "Мова"),
        ({"place.sms": "9"}, "Черга"),
        ({"place.email": None}, "Черга"),
        ({"offers.sms": "perhaps"}, "Способи зв"),
    ],
)
async def test_bad_input_is_answered_with_the_field_and_nothing_is_lost(
    rig: Rig, customer: Answering, changes: dict[str, Any], word: str
) -> None:
    async with rig.running():
        link = await _link(rig) + "?lang=uk"
        await _saves(customer, link, language="uk")
        said = await _saves(customer, link, **{"orders.sms": None, **changes})
    assert said.status_code == 400
    assert word in said.text
    assert not re.search(r'name="orders.sms" value="yes" checked', said.text)  # as they sent it
    assert await _rows(rig) == 1


async def test_old_altered_and_foreign_links_say_nothing_of_anybody(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        link = await _link(rig)
        rig.clock.move(timedelta(days=181))
        old = await customer.client.get(link)
        late = await _saves(customer, link)
        altered = await customer.client.get(link[:-1] + ("A" if link[-1] != "A" else "B"))
        foreign = await customer.client.get("/p/" + "A" * 24)
    assert (old.status_code, late.status_code) == (410, 410)
    assert "@mail.example" not in old.text
    assert (altered.status_code, foreign.status_code) == (404, 404)
    assert altered.text == foreign.text
    assert await _rows(rig) == 0


async def test_huge_and_foreign_forms_are_refused(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _link(rig)
        huge = await customer.client.post(link, data={"language": "x" * 20_000})
        binary = await customer.client.post(link, content=b"\xff\x00")
        twice = await customer.client.post(
            link,
            content=b"language=en&language=uk",
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
    assert [each.status_code for each in (huge, binary, twice)] == [400, 400, 400]
