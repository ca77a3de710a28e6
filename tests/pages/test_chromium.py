"""What is wrong with a page is seen."""

import pytest
from playwright.async_api import Browser

from tests.pages.chromium import (
    fits,
    looks_of,
    opened,
    pressing_tab,
    small_targets,
    to_be_reached,
    violations,
)

WRONG = (
    "data:text/html,<html><body><h1>A page</h1><p style='color:%23ccc;width:900px'>hardly read</p>"
    "<img src='data:,'><a href='/x' id=one>a</a><input name=two></body></html>"
)


async def test_a_page_that_is_wrong_is_seen_to_be(browser: Browser) -> None:
    async with opened(browser, WRONG, scripts=True) as page:
        rules = {line.partition(":")[0] for line in await violations(page)}
        assert {"color-contrast", "image-alt", "html-has-lang", "label"} <= rules
        assert not await fits(page)
        assert len(await small_targets(page)) == 2
        assert await pressing_tab(page) == await to_be_reached(page) == ["one", "two"]


async def test_what_no_key_reaches_is_seen(browser: Browser) -> None:
    address = "data:text/html,<a href='/x' id=one>a</a><button id=two tabindex=-1>b</button>"
    async with opened(browser, address, scripts=True) as page:
        assert await to_be_reached(page) == ["one", "two"]
        assert await pressing_tab(page) == ["one"]


async def test_a_page_is_looked_at_by_day_and_by_night_at_each_width(browser: Browser) -> None:
    address = (
        "data:text/html,<style>@media (prefers-color-scheme: dark) { p { width: 50px } }</style><p>"
    )
    async with opened(browser, address, scripts=True) as page:
        script = "document.querySelector('p').offsetWidth + ' of ' + innerWidth"
        seen = {look: await page.evaluate(script) async for look in looks_of(page)}
    assert list(seen) == ["390-light", "390-dark", "1280-light", "1280-dark"]
    assert [said == f"50 of {look.split('-')[0]}" for look, said in seen.items()] == [0, 1, 0, 1]


async def test_what_breaks_on_a_page_fails_the_test(browser: Browser) -> None:
    address = "data:text/html,<script>throw new Error('broken')</script>"
    with pytest.raises(AssertionError, match="broken"):
        async with opened(browser, address, scripts=True):
            pass


async def test_without_scripts_none_run(browser: Browser) -> None:
    address = "data:text/html,<h1>still</h1><script>document.body.textContent='ran'</script>"
    async with opened(browser, address) as page:
        assert await page.locator("h1").text_content() == "still"
