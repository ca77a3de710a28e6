"""Every page: at both widths, by day and by night, in each language, without JavaScript, by the
keyboard alone, and as axe-core sees it."""

import pytest
from playwright.async_api import Browser

from services.notifier.web.limiter import TOO_MANY, Figures
from services.notifier.web.order_page import OK
from tests.pages.chromium import (
    fits,
    looks_of,
    opened,
    picture,
    pressing_tab,
    small_targets,
    to_be_reached,
    violations,
)
from tests.pages.site import Site
from tests.pages.table import PAGES, TOO_OFTEN

SPOKEN = [(name, language) for name, shown in PAGES.items() for language in shown.title]


@pytest.mark.parametrize(("name", "language"), SPOKEN)
async def test_everybody_can_read_it_and_reach_all_of_it(
    browser: Browser, site: Site, name: str, language: str
) -> None:
    shown = PAGES[name]
    link = await shown.link(site, language)
    async with opened(
        browser, link, language=language, headers=shown.headers, scripts=True
    ) as page:
        await shown.reach(page)
        async for look in looks_of(page):
            assert await violations(page) == [], look
            assert await small_targets(page) == [], look
            assert await fits(page), look
            await picture(page, f"{name}-{language}-{look}")
        assert await pressing_tab(page) == await to_be_reached(page)
    async with opened(browser, link, language=language, headers=shown.headers) as page:
        await shown.reach(page)
        assert await page.locator("html").get_attribute("lang") == language
        assert await page.locator("h1").all_text_contents() == [shown.title[language]]
        assert await page.locator("script").count() == 0
        assert await page.context.cookies() == []


async def test_whoever_comes_too_often_reads_that_it_works_later(
    browser: Browser, site: Site
) -> None:
    link = await PAGES["preferences"].link(site, "en")
    async with opened(browser, link, language="uk") as page:
        for _ in range(4 * Figures().per_page):
            if (await page.request.get(link)).status != OK:
                break
        came = await page.reload()
        assert came is not None
        assert came.status == TOO_MANY
        assert 1 <= int(came.headers["retry-after"]) <= 60
        assert await page.locator("h1").text_content() == TOO_OFTEN["uk"]


async def test_a_return_is_two_keys_away_and_the_language_one_more(
    browser: Browser, site: Site
) -> None:
    link = await PAGES["return"].link(site, "en")
    async with opened(browser, link, scripts=True) as page:
        reached = await pressing_tab(page)
        assert "Send something back" in reached[:3]
        assert reached[-3:] == ["English", "Русский", "Українська"]
    async with opened(browser, link) as page:
        await page.get_by_role("link", name="Send something back").press("Enter")
        assert page.url.endswith("#return")
        assert await page.locator("#return").get_by_text("Nova Poshta 7").is_visible()
        await page.get_by_role("link", name="Українська").press("Enter")
        await page.wait_for_load_state()
        assert await page.locator("h1").text_content() == "Замовлення 1042"


async def test_who_is_not_logged_in_sees_nothing_of_support(browser: Browser, site: Site) -> None:
    async with opened(browser, await PAGES["support"].link(site, "en")) as page:
        assert "not logged in" in str(await page.locator("body").text_content())


async def test_a_message_is_sent_again(browser: Browser, site: Site) -> None:
    found = PAGES["support-found"]
    link = await found.link(site, "en")
    async with opened(browser, link, headers=found.headers) as page:
        await found.reach(page)
        assert page.url == link
        await page.get_by_role("button", name="Send").first.click()
        assert "asked for again" in str(await page.locator("[role=status]").text_content())
