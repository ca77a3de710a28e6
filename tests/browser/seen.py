"""What can be read and hit on a page that is seen."""

from typing import Any

from tests.browser.chromium import Page

SMALLEST_TARGET = 44
"""CSS pixels that a thumb hits: WCAG 2.2, success criterion 2.5.5."""
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
_CONTRAST = """(() => {
    const light = (rgb) => rgb.map((c) => c / 255)
        .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const colour = (text) => text.match(/[0-9.]+/g).map(Number);
    const ground = (node) => {
        const own = colour(getComputedStyle(node).backgroundColor);
        return own[3] === 0 ? ground(node.parentElement) : own;
    };
    return Math.min(...[...document.querySelectorAll('main *')].map((node) => {
        const both = [colour(getComputedStyle(node).color), ground(node)]
            .map((rgb) => light(rgb.slice(0, 3))).sort((a, b) => b - a);
        return (both[0] + 0.05) / (both[1] + 0.05);
    }));
})()"""


async def contrast(page: Page) -> float:
    """The lowest contrast of a text on the page with what is behind it."""
    return float(await page.run(_CONTRAST))


async def heights(page: Page) -> list[float]:
    """Of everything that can be hit, in CSS pixels."""
    sizes = "[...document.querySelectorAll('button, a')].map((e) => e.getClientRects()[0])"
    found: Any = await page.run(f"{sizes}.map((box) => box.height)")
    return [float(height) for height in found]
