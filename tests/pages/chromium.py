"""Debian's Chromium, driven by Playwright: pages as people meet them, without JavaScript, and with
it for what looks at a page from the outside."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final, Literal, get_args

from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright

from tests.fixtures.missing import missing

WIDTHS: Final = (390, 1280)
"""CSS pixels: of a phone, and of a desk."""
LANGUAGES: Final = ("en", "uk", "ru")
_HEIGHT: Final = 844
_ROOT: Final = Path(__file__).parents[2]
_AXE: Final = _ROOT / "build/axe/node_modules/axe-core/axe.min.js"
_PICTURES: Final = _ROOT / "build/pages"
_RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_Colours = Literal["light", "dark"]
_NAME: Final = "(e) => e.id || e.name || e.textContent.trim()"
_STATUS: Final = "Failed to load resource: the server responded with a status"
"""Said of a page that is answered with 404; that it is, is ours to see."""
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A running browser. Skips the test where there is none; fails it in CI."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        missing("needs Chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(
    browser: Browser,
    url: str,
    *,
    width: int = WIDTHS[0],
    language: str = "en",
    scripts: bool = False,
    headers: Mapping[str, str] | None = None,
) -> AsyncIterator[Page]:
    """The page at an address, on a screen of this width, as by somebody who prefers the language.
    `scripts`: whether JavaScript runs. `headers`: what a proxy adds on the way. Nothing on the page
    may break, nor be refused by its own policy."""
    context = await browser.new_context(
        viewport={"width": width, "height": _HEIGHT},
        locale=language,
        java_script_enabled=scripts,
        has_touch=width < WIDTHS[-1],
        extra_http_headers=dict(headers or {}),
    )
    try:
        page = await context.new_page()
        complaints = _complaints_of(page)
        await page.goto(url, wait_until="load")
        yield page
        assert complaints == [], complaints
    finally:
        await context.close()


async def looks_of(page: Page) -> AsyncIterator[str]:
    """At each width, by day and by night, once after another; yields how it is looked at."""
    for width, colours in product(WIDTHS, get_args(_Colours)):
        await page.set_viewport_size({"width": width, "height": _HEIGHT})
        await page.emulate_media(color_scheme=colours)
        yield f"{width}-{colours}"


@cache
def _axe() -> str:
    if not _AXE.is_file():
        missing("needs axe-core; `make axe` fetches it")
    return _AXE.read_text("utf-8")


async def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with a page that was opened with scripts: the rule, and where."""
    await page.evaluate(_axe())
    found = await page.evaluate(
        "(tags) => axe.run({runOnly: {type: 'tag', values: tags}})", list(_RULES)
    )
    return [
        f"{violation['id']}: {node['html']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


async def fits(page: Page) -> bool:
    """Whether nothing has to be moved sideways."""
    width: int = await page.evaluate("document.documentElement.scrollWidth")
    shown = page.viewport_size
    return shown is not None and width <= shown["width"]


async def small_targets(page: Page, least: float = 44.0) -> list[str]:
    """What a thumb would miss: WCAG 2.2, success criterion 2.5.5, in CSS pixels. A box to tick is
    hit by its label, too."""
    script = """(least) => [...document.querySelectorAll('a, button, select, summary, input')]
        .filter((e) => e.type !== 'hidden')
        .map((e) => [e, (e.labels && e.labels[0] && /radio|checkbox/.test(e.type))
            ? e.labels[0] : e])
        .filter(([, hit]) => hit.getBoundingClientRect().height < least)
        .map(([e]) => e.outerHTML)"""
    found: list[str] = await page.evaluate(script, least)
    return found


async def pressing_tab(page: Page, most: int = 200) -> list[str]:
    """What the keyboard reaches, in this order, each as its id, its name or its words. Needs
    scripts, because only they tell what is reached."""
    reached: list[str] = []
    script = f"""() => {{ const e = document.activeElement;
        const seen = (window.reached ||= new Set([document.body]));
        if (seen.has(e)) return '';
        seen.add(e);
        return ({_NAME})(e); }}"""
    for _ in range(most):
        await page.keyboard.press("Tab")
        name: str = await page.evaluate(script)
        if not name:
            break
        reached.append(name)
    return reached


async def to_be_reached(page: Page) -> list[str]:
    """What can be pressed or filled in, in the order of the page. Of buttons of which one is chosen
    the keyboard reaches that one, and goes on from there by arrows."""
    script = f"""() => [...document.querySelectorAll('a[href], button, select, summary, input')]
        .filter((e) => e.type !== 'hidden' && (e.type !== 'radio' || e.checked))
        .map({_NAME})"""
    found: list[str] = await page.evaluate(script)
    return found


async def picture(page: Page, name: str) -> None:
    """Keeps a picture of the whole page in build/pages, for people to look at."""
    _PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=_PICTURES / f"{name}.png", full_page=True)


def _complaints_of(page: Page) -> list[str]:
    """What its console complains about from now on: a broken policy, an exception."""
    found: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error" and not said.text.startswith(_STATUS):
            found.append(said.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
