"""What one does in the preference centre."""

from playwright.async_api import Browser

from tests.pages.chromium import opened, picture, pressing_tab, violations
from tests.pages.site import Site
from tests.pages.table import preferences

SAVED = "Saved. It counts from now on."


async def test_it_is_changed_by_keys_alone(browser: Browser, site: Site) -> None:
    link = await preferences(site, "en")
    async with opened(browser, link, scripts=True) as page:
        reached = await pressing_tab(page)
    assert reached[:3] == ["place-email", "orders-email", "offers.email"]
    assert {"quiet-shop", "begins", "ends", "language"} <= set(reached)
    async with opened(browser, link) as page:
        for _ in range(3):
            await page.keyboard.press("Tab")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.locator("[role=status]").wait_for()
        assert await page.locator("[name='offers.email']").is_checked()


async def test_hours_that_are_set_count_though_nothing_else_was_touched(
    browser: Browser, site: Site
) -> None:
    link = await preferences(site, "en")
    async with opened(browser, link) as page:
        await page.locator("[name=begins]").select_option("23")
        await page.locator("[name=ends]").select_option("10")
        await page.locator("button").click()
        assert SAVED in str(await page.locator("[role=status]").text_content())
        assert await page.locator("[name=quiet][value=own]").is_checked()
        assert await page.locator("[name=begins]").input_value() == "23"
        await page.locator("[name=quiet][value=shop]").check()
        await page.locator("button").click()
        assert await page.locator("[name=quiet][value=shop]").is_checked()


async def test_a_page_stays_in_the_language_that_was_chosen_for_it(
    browser: Browser, site: Site
) -> None:
    link = await preferences(site, "en")
    async with opened(browser, link) as page:
        await page.get_by_role("link", name="Українська").click()
        await page.locator("button").click()
        assert await page.locator("[role=status]").is_visible()
        assert await page.locator("html").get_attribute("lang") == "uk"
        await page.locator("[name=quiet][value=own]").check()
        await page.locator("[name=begins]").select_option("8")
        await page.locator("[name=ends]").select_option("8")
        await page.locator("button").click()
        assert await page.locator("[role=alert]").is_visible()
        assert await page.locator("html").get_attribute("lang") == "uk"


async def test_each_box_has_a_name_of_its_own_and_the_place_a_label_that_is_seen(
    browser: Browser, site: Site
) -> None:
    async with opened(browser, await preferences(site, "en")) as page:
        sms = page.get_by_role("group", name="SMS")
        assert await sms.get_by_role("checkbox", name="News of my orders").count() == 1
        assert await sms.get_by_text("Choice").is_visible()


async def test_no_place_is_shown_that_nobody_chose_and_one_may_be_given_back(
    browser: Browser, site: Site
) -> None:
    async with opened(browser, await preferences(site, "en")) as page:
        assert "the usual one counts" in str(await page.locator("#reach").text_content())
        places = page.locator("select[name^='place.']")
        assert {await one.input_value() for one in await places.all()} == {""}
        await page.locator("#place-telegram").select_option("1")
        await page.get_by_role("button", name="Save").click()
        assert SAVED in str(await page.locator("[role=status]").text_content())
        assert "first choice" in str(await page.locator("#reach").text_content())
        shown = [await one.input_value() for one in await places.all()]
        assert sorted(shown) == ["", "", "1"]
        await page.locator("#place-telegram").select_option("as usual")
        await page.get_by_role("button", name="Save").click()
        assert {await one.input_value() for one in await places.all()} == {""}


async def test_what_is_wrong_is_said_where_it_is_read_first(browser: Browser, site: Site) -> None:
    link = await preferences(site, "en")
    async with opened(browser, link, scripts=True) as page:
        await page.evaluate("document.querySelector('[name=begins] option').value = '25'")
        await page.locator("[name=begins]").select_option("25")
        await page.locator("button").click()
        assert "Hours" in str(await page.locator("[role=alert]").text_content())
        assert (await page.title()).startswith("Nothing was saved yet: ")
        await page.locator("[role=alert] a").click()
        assert await page.evaluate("document.querySelector(':target').name") == "begins"
        assert await page.locator("[aria-invalid=true]").count() == 2
        assert await violations(page) == []
        await picture(page, "preferences-wrong-en-390")
