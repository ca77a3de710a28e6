"""A message for WhatsApp: our words in its markup, with our links below them. Pure.

WhatsApp has *bold* and ```code```, and no way to escape either. Of our words only the title is
bold; what a stranger typed can be bold as well, and do nothing worse.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from services.notifier.render.clean import shorten
from services.notifier.rendered import Button

LONGEST: Final = 1600
"""Characters of a body at Twilio (error 21617)."""
_MARKUP: Final = str.maketrans("", "", "*`")


def text_of(page: Mapping[str, Any], buttons: Sequence[Button]) -> str:
    """The whole message; where it would be too long, without its list, then without its table."""
    for left_out in ({}, {"items": ()}, {"items": (), "rows": ()}):
        text = "\n\n".join(_paragraphs({**page, **left_out}, buttons))
        if len(text) <= LONGEST:
            return text
    return shorten(text, LONGEST)


def _paragraphs(page: Mapping[str, Any], buttons: Sequence[Button]) -> Iterator[str]:
    title = page["title"].translate(_MARKUP).strip()
    sentences = (page[name].strip() for name in ("happened", "next", "again"))
    yield from filter(None, (f"*{title}*", *sentences))
    if page["items"]:
        yield "\n".join(_items(page))
    if page["rows"]:
        yield "\n".join(_row(row) for row in page["rows"])
    if page["answers"]:
        yield "\n".join((page["asked"], *_links(page["answers"])))
    if buttons:
        yield "\n".join(_links(buttons))
    contacts = ", ".join(_contact(contact) for contact in page["contacts"])
    yield f"{page['human']} {contacts}"
    yield page["shop"].name
    if page["stop"]:
        yield from _links([page["stop"]])


def _items(page: Mapping[str, Any]) -> Iterator[str]:
    for item in page["items"]:
        price = f": {item.price}" if item.price else ""
        note = f" ({item.note})" if item.note else ""
        yield f"• {item.text}{price}{note}"
    if page["more"]:
        yield page["more"]
    if page["total"]:
        yield f"{page['labels']['total']}: {page['total']}"


def _row(row: Any) -> str:
    """A code is set apart, so that a thumb finds its ends."""
    value = f"```{row.value.translate(_MARKUP)}```" if row.is_code else row.value
    return f"{row.label}: {value}"


def _links(buttons: Iterable[Button]) -> Iterator[str]:
    return (f"{button.label}: {button.url}" for button in buttons)


def _contact(contact: Any) -> str:
    return f"{contact.text} ({contact.hours})" if contact.hours else str(contact.text)
