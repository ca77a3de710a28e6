"""The page, seen by a real browser at phone and desktop width."""

import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus
from headsup.contracts.shop import Delivered
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.web.shown import Link, Message
from tests.browser.chromium import Browser, Page
from tests.browser.conftest import MONDAY, Served
from tests.unit.sandbox.web.samples import StoredRecord

EMMA = PEOPLE["emma"]
NASTY = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
SIZES = pytest.mark.parametrize("width", [390, 1280])


def arrived(channel: Channel, text: str = "On its way", **changes: Any) -> Message:
    plain = Message(
        id=f"m-{channel}",
        channel=channel,
        to=EMMA.addresses.get(channel, "+447911123456"),
        subject="Your order" if channel is Channel.EMAIL else None,
        text=text,
        html=None,
        at=MONDAY,
        received_at=MONDAY + timedelta(milliseconds=42),
        provider_ref=f"ref-{channel}",
    )
    return msgspec.structs.replace(plain, **changes)


def stored(data: Any, event_id: str) -> StoredRecord:
    event = envelope.make("https://shop.example", event_id, MONDAY, data)
    at = int(MONDAY.timestamp() * 1000)
    return StoredRecord("t", 0, 0, at, envelope.encode(event), envelope.headers(event))


def full_story(served: Served) -> None:
    """One event, a message on each channel, and what the notifier says about one of them."""
    stage = served.demo.stage
    stage.saw(stored(Delivered(order_id="1001", shipment_id="s"), "e1"), MONDAY)
    for channel in Channel:
        stage.received(arrived(channel))
    outcome = NotificationOutcome(
        request_id="r1",
        order_id="1001",
        customer_id=EMMA.customer_id,
        kind=Kind.SHIPMENT_DELIVERED,
        status=OutcomeStatus.SENT,
        at=MONDAY,
        channel=Channel.TELEGRAM,
        language="en",
        provider_ref="ref-telegram",
    )
    stage.saw(stored(outcome, "o1"), MONDAY)


async def ready(browser: Browser, served: Served, width: int = 1280, *, height: int = 844) -> Page:
    page = await browser.open(served.url, width=width, height=height)
    await page.until(f"document.querySelectorAll('.story').length === {len(SCENARIOS)}")
    return page


@SIZES
@pytest.mark.parametrize("dark", [False, True])
async def test_the_page_fits_and_nothing_complains(
    browser: Browser, served: Served, width: int, dark: bool
) -> None:
    full_story(served)
    page = await browser.open(served.url, width=width, height=844, dark=dark)
    await page.until("document.querySelectorAll('.notice').length === 4")

    assert await page.run("document.documentElement.scrollWidth <= innerWidth")
    assert await page.run("document.querySelectorAll('[style]').length") == 0
    assert page.complaints == []


@SIZES
async def test_before_the_data_comes_the_page_says_so_and_then_nothing_jumps(
    browser: Browser, served: Served, width: int
) -> None:
    page = await browser.open("about:blank", width=width, height=844)
    await page.send("Network.enable")
    await page.send("Network.setBlockedURLs", urls=["*/api/stream"])
    await page.send("Page.navigate", url=served.url)
    await page.until("document.querySelector('#view .quiet') !== null")
    tops = "['.stories', 'main', '#view', '#dock'].map((s) => document.querySelector(s).offsetTop)"

    assert await page.run("document.querySelector('#stories').innerText") == "Connecting…"
    hint = await page.run("document.querySelector('#view .quiet').textContent")
    assert hint == "Start a story: its messages arrive here."
    assert await page.run("document.querySelector('#clock').textContent") == "–"
    before = await page.run(tops)
    await page.send("Network.setBlockedURLs", urls=[])
    await page.until(f"document.querySelectorAll('.story').length === {len(SCENARIOS)}")

    assert await page.run(tops) == before


async def test_a_phone_goes_by_the_clock_of_whoever_has_it(
    browser: Browser, served: Served
) -> None:
    full_story(served)  # to somebody in London, where it is two hours earlier
    page = await browser.open(served.url, width=1280, height=844)
    await page.until("document.querySelectorAll('.notice').length === 4")
    stamps = "[...document.querySelectorAll('.notice time')].map((t) => t.innerText).join()"

    assert await page.run("document.querySelector('.row time').textContent") == "11:00"
    # A message must not seem older than its event.
    # One number is nobody's whom the demo knows.
    assert sorted(str(await page.run(stamps)).split(",")) == [
        *["Mon 23 Nov 09:00 in London"] * 3,
        "Mon 23 Nov 11:00",
    ]

    chips = "[...document.querySelectorAll('#owners .chip')]"
    await page.run(f"{chips}.find((chip) => chip.innerText === 'Emma').click()")
    assert set(str(await page.run(stamps)).split(",")) == {"Mon 23 Nov 09:00"}
    assert str(await page.run("document.querySelector('.face').innerText")).count("London") == 1
    await page.run("document.querySelector('#dock [data-channel=email]').click()")
    when = "document.querySelector('.letter time').innerText"
    assert await page.run(when) == "Mon 23 Nov 09:00"


@SIZES
async def test_it_can_be_read_to_whom_a_message_went_also_beside_a_foreign_hour(
    browser: Browser, served: Served, width: int
) -> None:
    full_story(served)
    page = await browser.open(served.url, width=width, height=844)
    await page.until("document.querySelectorAll('.notice').length === 4")
    lines = "[...document.querySelectorAll('.notice .line')]"

    cut = "filter((line) => [...line.children].some((part) => part.scrollWidth > part.clientWidth))"
    assert await page.run(f"{lines}.{cut}.map((line) => line.innerText).join()") == ""
    assert "Telegram to Emma" in str(
        await page.run(f"{lines}.map((line) => line.innerText).join()")
    )


async def test_messages_and_events_appear_without_loading_again(
    browser: Browser, served: Served
) -> None:
    page = await ready(browser, served)

    full_story(served)

    await page.until("document.querySelectorAll('.notice').length === 4")
    await page.until("document.querySelector('.row .effect')?.textContent === 'Telegram · 42 ms'")
    assert await page.run("document.querySelector('#latency').textContent") == "42 ms"
    announced = await page.run("document.querySelector('#announcer').textContent")
    assert announced == "Telegram to Emma: On its way"


@SIZES
async def test_what_a_customer_is_called_is_never_run(
    browser: Browser, served: Served, width: int
) -> None:
    for channel in Channel:
        html = None if channel in {Channel.SMS, Channel.WHATSAPP} else f"<b>bold</b>{NASTY}"
        served.demo.stage.received(arrived(channel, NASTY, html=html, subject=NASTY))
    page = await ready(browser, served, width)
    await page.until("document.querySelectorAll('.notice').length === 4")

    foreign = "document.querySelectorAll('#view img, #view script, #timeline img').length"
    for app in ("all", "sms", "whatsapp", "telegram", "email"):
        await page.run(f"document.querySelector('#dock [data-channel={app}]').click()")
        assert await page.run(foreign) == 0
    await page.run("document.querySelector('.letter .inside').click()")
    await page.until("document.querySelector('iframe.paper') !== null")
    await page.run("fetch('/api/clock').then(() => 1)")  # the frame had time to load

    assert await page.run("window.hacked") is None
    assert await page.run(foreign) == 0
    rights = await page.run("document.querySelector('iframe.paper').getAttribute('sandbox')")
    assert rights == "allow-popups allow-popups-to-escape-sandbox"


async def test_telegram_shows_bold_text_and_buttons_that_lead_out(
    browser: Browser, served: Served
) -> None:
    good = Link(label="Track", url="https://track.example/1")
    bad = Link(label="Trick", url="javascript:alert(1)")
    markup = "Order <b>1001</b> &lt;ok&gt;"
    message = arrived(Channel.TELEGRAM, html=markup, buttons=((good, bad),))
    served.demo.stage.received(message)
    page = await ready(browser, served)

    await page.run("document.querySelector('#dock [data-channel=telegram]').click()")

    assert await page.run("document.querySelector('.bubble .text').innerHTML") == markup
    links = await page.run(
        "JSON.stringify([...document.querySelectorAll('.key')].map((k) => [k.localName, k.href]))"
    )
    assert json.loads(links) == [["a", "https://track.example/1"], ["span", None]]


async def test_a_mail_opens_and_can_be_read_as_text(browser: Browser, served: Served) -> None:
    served.demo.stage.received(arrived(Channel.EMAIL, "the text", html="<h1>the page</h1>"))
    page = await ready(browser, served)

    await page.run("document.querySelector('.notice .inside').click()")
    await page.until("document.querySelector('iframe.paper') !== null")
    assert await page.run("document.querySelector('.plain-mail').hidden")
    await page.run("document.querySelectorAll('.switch button')[1].click()")

    assert await page.run("document.querySelector('iframe.paper').hidden")
    assert await page.run("document.querySelector('.plain-mail').textContent") == "the text"


async def test_a_story_is_started_with_the_keyboard(browser: Browser, served: Served) -> None:
    page = await ready(browser, served)

    await page.run("document.querySelector('.story').focus()")
    with served.demo.hub.watching() as changes:
        await page.press("Enter", 13, "\r")
        change = await anext(changes)

    assert change is not None
    assert change[0] == "run"
    assert json.loads(change[1])["scenario"] == "calm-order"


async def test_a_story_names_the_person_that_was_chosen(browser: Browser, served: Served) -> None:
    page = await ready(browser, served)
    casts = "new Set([...document.querySelectorAll('.cast')].map((c) => c.textContent))"
    choose = (
        "{{ const s = document.querySelector('#person'); s.value = {};"
        " s.dispatchEvent(new Event('change')) }}"
    )
    before = await page.run(f"{casts}.size")

    await page.run(choose.format("s.options[2].value"))
    assert await page.run(f"{casts}.size") == 1
    name = await page.run("document.querySelector('#person').selectedOptions[0].textContent")
    assert (await page.run("document.querySelector('.cast').textContent")).split()[0] in name
    await page.run(choose.format("''"))
    assert await page.run(f"{casts}.size") == before > 1


@pytest.mark.parametrize("size", [(1280, 720), (1024, 700)])
async def test_on_a_low_screen_the_phone_still_shows_messages(
    browser: Browser, served: Served, size: tuple[int, int]
) -> None:
    full_story(served)
    page = await ready(browser, served, size[0], height=size[1])
    await page.until("document.querySelectorAll('.notice').length === 4")
    bottom = "document.querySelector('#view').getBoundingClientRect().bottom"
    notices = "[...document.querySelectorAll('.notice')]"
    shown = f"{notices}.filter((n) => n.getBoundingClientRect().bottom <= {bottom})"

    assert await page.run(f"{shown}.length") >= 2
    assert await page.run("document.documentElement.scrollHeight <= innerHeight")
    assert await page.run("document.documentElement.scrollWidth <= innerWidth")


async def test_at_phone_width_the_phone_comes_first_and_events_behind_a_tab(
    browser: Browser, served: Served
) -> None:
    full_story(served)
    page = await ready(browser, served, 390)
    shown = "[...document.querySelectorAll('main > section')].map((s) => s.offsetParent !== null)"

    assert await page.run(f"JSON.stringify({shown})") == "[false,true]"
    await page.run("document.querySelector('#tab-events').click()")
    assert await page.run(f"JSON.stringify({shown})") == "[true,false]"


async def test_a_switch_breaks_a_provider_and_mends_it(browser: Browser, served: Served) -> None:
    page = await ready(browser, served)

    await page.run("document.querySelector('.fault input').click()")
    await page.until("document.querySelector('#faults-label').textContent === 'Broken: 1'")
    assert len(served.demo.faults.rules()) == 1
    await page.run("document.querySelector('#mend').click()")
    await page.until("document.querySelector('#faults-label').textContent === 'Break something'")

    assert served.demo.faults.rules() == []


async def test_the_page_comes_back_by_itself_when_the_stream_breaks(
    browser: Browser, served: Served
) -> None:
    page = await ready(browser, served)

    served.demo.hub.drop()
    served.demo.stage.received(arrived(Channel.SMS))

    await page.until("document.querySelectorAll('.notice').length === 1")
    await page.until("document.querySelector('#offline').hidden")
