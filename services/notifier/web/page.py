"""The paper that all pages for customers are written on: one card, no script, nothing from
elsewhere, read on a phone, by day or by night."""

from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from headsup.shops.profile import ShopProfile
from services.notifier.render.layout import readable_on

_HEADERS: Final = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # The address opens the page, so it is told to nobody.
    "referrer-policy": "no-referrer",
}
_POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{style}'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_PLAIN_COLOUR: Final = "#3d4852"
_TAGS: Final = 8
"""Languages of a browser that are looked at."""
_NOTHING: Final[dict[str, object]] = {
    "answer": "",
    "lead": "",
    "lines": (),
    "send": "",
    "human": "",
    "contacts": (),
    "more": None,
    "languages": (),
}
GONE, EXPIRED, LATER = 404, 410, 503
_PAGES: Final = "pages"
PLAIN: Final = "page"
"""The page with a few sentences and a button."""


@cache
def _environment() -> Environment:
    """All pages are one base and what stands on it; each is compiled once."""
    return Environment(
        loader=PackageLoader(__package__, _PAGES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Paper:
    """Writes a page in a shop's colour."""

    def __init__(self, name: str = PLAIN, styles: Iterable[str] = (PLAIN,)) -> None:
        """`name`: of the file in `pages` that says how it is laid out; `styles`, of those that say
        how it looks."""
        pages = files(__package__) / _PAGES
        self._page = _environment().get_template(f"{name}.html")
        self._style = "".join((pages / f"{each}.css").read_text("utf-8") for each in styles)

    def response(
        self, status: int, shop: ShopProfile | None = None, **page: object
    ) -> HTMLResponse:
        """A page; its file says what may stand on it. It has a language and a title."""
        colour = shop.brand_colour if shop else _PLAIN_COLOUR
        style = self._style.replace("ON_BRAND_INK", readable_on(colour)).replace("BRAND", colour)
        html = self._page.render(
            _NOTHING | {"shop": shop.name if shop else "", "style": Markup(style)} | page  # noqa: S704 - our own style, and a colour of six digits # nosec B704
        )
        digest = b64encode(sha256(style.encode()).digest()).decode()
        policy = {"content-security-policy": _POLICY.format(style=digest)}
        return HTMLResponse(html, status, headers=_HEADERS | policy)


def tags(accepted: str) -> Iterable[str]:
    """The languages of an Accept-Language header (RFC 9110, section 12.5.4), in the order in which
    browsers write them: the favourite first."""
    parts = accepted.split(",", _TAGS)[:_TAGS]
    return [part.partition(";")[0].strip() for part in parts]
