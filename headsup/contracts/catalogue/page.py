"""The catalogue in words: `docs/catalogue.md`, made from the table by
`python -m headsup.contracts.schemas`."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from headsup.contracts.catalogue.elsewhere import ELSEWHERE, LeftOut, SaidBy
from headsup.contracts.catalogue.entry import (
    QUIET_HOURS,
    RECEIPT_DEADLINES,
    Area,
    Audience,
    Entry,
    QuietHours,
    Route,
    Urgency,
)
from headsup.contracts.catalogue.kinds import Kind
from headsup.contracts.catalogue.table import CATALOGUE
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notes import member_notes

_NOTHING: Final = "–"
_AREAS: Final[Mapping[Area, str]] = {
    Area.ORDER: "Order",
    Area.PAYMENT: "Payment",
    Area.DELIVERY: "Dispatch and delivery",
    Area.RETURN: "Returns and repairs",
    Area.SUPPORT: "Questions, and what is asked after the delivery",
    Area.INCIDENT: "Incidents",
    Area.CHAT: "Chats",
    Area.CART: "Carts, before there is an order",
}
_CHANNELS: Final[Mapping[Channel, str]] = {
    Channel.EMAIL: "mail",
    Channel.SMS: "SMS",
    Channel.WHATSAPP: "WhatsApp",
    Channel.TELEGRAM: "Telegram",
}
_AT_NIGHT: Final[Mapping[QuietHours, str]] = {
    QuietHours.IGNORE: "is sent at once",
    QuietHours.HOLD: "waits for the morning",
}
_AUDIENCES: Final[Mapping[Audience, str]] = {
    Audience.BUYER: "the buyer",
    Audience.RECIPIENT: "the recipient",
    Audience.BOTH: "both",
}
_COLUMNS: Final = (
    ("Kind", "its name in requests, outcomes, metrics and files of texts"),
    ("What it says", "in a few words"),
    ("Class", "service: part of the contract. Marketing: only with consent. Law: one asks for it"),
    ("Channels", "in order: the first that can reach the customer; two routes are two messages"),
    ("Urgency", "what happens at night, and when the next channel is tried: see below"),
    ("Settles", "how long it must be true before it is told: what follows at once may change it"),
    ("Lives", "how long the news is worth telling; older is recorded as stale, and never sent"),
    ("Next word", "within what time the customer hears again, where the rule knows no better"),
    ("Group", "the newest of a group replaces those about the same thing that still wait"),
    ("If unanswered", "what follows when the customer does not do what it asks for"),
    (
        "At night",
        "answer: it passes too where it follows at once on what they did. Act: they have to do"
        " something, so it is told though newer news waits behind it",
    ),
    ("Who hears", "where the buyer is not the recipient; a gift's recipient reads no price"),
    ("Again in doubt", "where it is sent again when a provider did not say whether it has it"),
)
_HEAD: Final = """\
# What Headsup can tell a customer

Made from `headsup/contracts/catalogue/` by `make schemas`; changes by hand do not last. How to add
a line: [adding-a-kind.md](adding-a-kind.md).
"""
_MORE: Final = """\
How the night, the order of channels and the caps work: [reaching.md](reaching.md). Reminders of
carts have rules of their own beside them: [carts.md](carts.md).
"""
_AFTERWARDS: Final = """\
## What others send, and we do not send under that name

From a list of everything that shop platforms, carriers and the services around them send. What has
the same name here is left out.
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [_HEAD, *_columns(), *_urgencies()]
    for area, title in _AREAS.items():
        parts += [f"## {title}\n", *_kinds(area)]
    parts += [_AFTERWARDS, *_elsewhere()]
    return "\n".join(parts)


def _columns() -> Iterable[str]:
    yield from (f"- **{name}**: {meaning}." for name, meaning in _COLUMNS)
    yield ""


def _urgencies() -> Iterable[str]:
    rows = [
        (str(each), _AT_NIGHT[QUIET_HOURS[each]], _wait(RECEIPT_DEADLINES[each]))
        for each in Urgency
    ]
    yield from _table(
        ("Urgency", "At night it", "Without a sign that it came, the next channel is tried"), rows
    )
    yield _MORE


def _kinds(area: Area) -> Iterable[str]:
    says = member_notes(Kind)
    rows = [
        (f"`{kind}`", says[kind], *_cells(entry))
        for kind, entry in CATALOGUE.items()
        if entry.area is area
    ]
    return _table([name for name, _ in _COLUMNS], rows)


def _at_night(entry: Entry) -> str:
    words = {"answer": entry.answers_an_act, "act": entry.needs_an_act}
    return ", ".join(word for word, holds in words.items() if holds) or _NOTHING


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
        _class(entry),
        "; and ".join(_route(route) for route in entry.routes),
        str(entry.urgency),
        _span(entry.settles_for),
        _span(entry.time_to_live),
        _span(entry.next_word),
        entry.group,
        f"`{entry.if_unanswered}`" if entry.if_unanswered else _NOTHING,
        _at_night(entry),
        _AUDIENCES[entry.audience],
        ", ".join(_CHANNELS[channel] for channel in Channel if channel in entry.resent_in_doubt),
    )


def _class(entry: Entry) -> str:
    name = "marketing" if entry.message_class is MessageClass.MARKETING else "service"
    return f"{name}, law" if entry.is_legal else name


def _route(route: Route) -> str:
    return ", else ".join(_CHANNELS[channel] for channel in route)


def _span(span: timedelta | None) -> str:
    """A span in the largest unit that it is a whole number of."""
    if not span:
        return _NOTHING
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if not span % length:
            return _count(span // length, unit)
    return _count(span // timedelta(minutes=1), "minute")


def _wait(span: timedelta | None) -> str:
    return f"after {_span(span)}" if span else "never"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _elsewhere() -> Iterable[str]:
    said = [
        (name, ", ".join(f"`{kind}`" for kind in found.kinds), found.because)
        for name, found in ELSEWHERE.items()
        if isinstance(found, SaidBy)
    ]
    left_out = [
        (name, found.because) for name, found in ELSEWHERE.items() if isinstance(found, LeftOut)
    ]
    yield from _table(("Elsewhere", "Here", "Why"), said)
    yield "Not sent at all:\n"
    yield from _table(("Elsewhere", "Why"), left_out)


def _table(head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    names = tuple(head)
    yield _row(names)
    yield _row(["---"] * len(names))
    yield from (_row(row) for row in rows)
    yield ""


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
