"""The three layouts: mail as HTML, mail as plain text, Telegram's HTML.

Everything that a stranger wrote is escaped here and nowhere else, by the environment and not by
hand, so that nothing can be forgotten. Styles are inlined once, when the layouts are loaded.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import css_inline
from jinja2 import Environment, StrictUndefined, Template

_BRAND: Final = "#0b0b0c"
"""Stands in the style sheet where the shop's colour goes: the inliner must see a colour."""
_ON_BRAND: Final = "#0b0b0d"
HUSH: Final = "\u034f " * 80
"""Behind the preheader: nothing that can be seen, so that a list of mails shows no more than it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layouts:
    """The compiled layouts."""

    html: Template
    text: Template
    telegram: Template


def load_layouts() -> Layouts:
    """Reads, inlines and compiles the layouts."""
    # Statements are HTML comments, because an HTML parser moves loose text out of a table.
    html = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        block_start_string="<!--%",
        block_end_string="%-->",
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = Environment(  # noqa: S701 plain text has no markup to escape # nosec B701
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    telegram = Environment(  # noqa: S701 `finalize` escapes, in the few entities Telegram knows # nosec B701
        undefined=StrictUndefined,
        finalize=escape_telegram,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return Layouts(
        html=html.from_string(_inlined(_source("email.html"))),
        text=text.from_string(_source("email.txt")),
        telegram=telegram.from_string(_source("telegram.html")),
    )


def filled(layout: Template, page: dict[str, Any]) -> str:
    """The layout with a page in it. Nothing else is known in it: `Template.render` would copy
    what Jinja2 knows for everybody, such as `range`, into every mail."""
    return "".join(layout.root_render_func(layout.new_context(page, shared=True)))


def escape_telegram(value: object) -> str:
    """Escapes what Telegram's HTML style wants escaped: https://core.telegram.org/bots/api."""
    return str(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@lru_cache(256)
def readable_on(colour: str) -> str:
    """White or near black, whichever is easier to read on `colour` (WCAG 2.2, 1.4.3)."""
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    on_white = 1.05 / (luminance + 0.05)
    on_black = (luminance + 0.05) / 0.0535
    return "#ffffff" if on_white >= on_black else "#111111"


_LINEAR_BELOW: Final = 0.04045
"""sRGB is a straight line up to here (IEC 61966-2-1)."""


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= _LINEAR_BELOW else ((channel + 0.055) / 1.055) ** 2.4


def _source(name: str) -> str:
    return (files(__package__) / "layouts" / name).read_text("utf-8")


def _inlined(html: str) -> str:
    inliner = css_inline.CSSInliner(
        keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False
    )
    inlined = inliner.inline(html)
    return inlined.replace(_BRAND, "{{ shop.brand_colour }}").replace(_ON_BRAND, "{{ on_brand }}")
