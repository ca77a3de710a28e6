"""How much of everything so many orders a day need, computed from what `make bench` measured. Pure,
but for the reading of files. The table of docs/operating/sizing.md is made of it."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from headsup.contracts.settings import sections
from headsup.kafka.topics import PARTITIONS
from headsup.postgres import MOST_CONNECTIONS
from headsup.retention import ROUNDS
from services.notifier.page_rows import CONNECTIONS

_DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = _DOCS / "operating/sizing.md"
MEASURED: Final = _DOCS / "performance.json"
BEGIN: Final = "<!-- sizing:begin -->"
END: Final = "<!-- sizing:end -->"
ORDERS: Final = (1_000, 10_000, 100_000, 1_000_000)
"""A day: the lines of the table."""
PEAK: Final = 10
"""So many times as many orders as a minute of the average day has the busiest one of the year."""
BUSY: Final = 0.5
"""Of what a replica was measured to do at most, this much is asked of it in that minute."""
LEAST: Final = 2
"""Replicas: one may be away."""
CART_REPLICAS: Final = 1
KAFKA_COPIES: Final = 3
KAFKA_DAYS: Final = 14
EVENTS: Final = 5
"""Of an order, as the bench has them: from the order to the door."""
BESIDE: Final = 2
"""Connections of a migration, and of somebody who looks."""
_DAY: Final = 86_400
_MONTH: Final = 30
_GB: Final = 1e9
_MB: Final = 1e6
_LEAST_SAID: Final = 0.1
_WALKS_OF_PEOPLE: Final = 2
"""What the shop said of somebody is gone through twice a round; their other rows once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured."""

    events_a_second: float
    """By one replica of order_events, where there are ten million orders."""
    mails_a_second: float
    texts_a_second: float
    """By one notifier, with as many connections as it has unless it is told otherwise."""
    messages: float
    """Of an order."""
    order: float
    """Bytes in PostgreSQL, packed; the next four, too."""
    event: float
    customer: float
    message: float
    wordless: float
    loose: float
    """How many times as large the tables are that are written to."""
    on_kafka: float
    """Bytes of all that is written about an order, in one copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """Days for which something is kept."""

    orders: int
    events: int
    words: int
    ledger: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What so many orders a day need."""

    orders: int
    events_at_peak: float
    """A second."""
    messages_at_peak: float
    order_events: int
    by_mail: int
    """Notifiers where all is told by mail."""
    by_text: int
    """Notifiers where all is told by SMS."""
    partitions: int
    connections: int
    month_gb: float
    """What the database grows by in its first month."""
    full_gb: float
    """What it comes to, when as much goes as comes."""
    read_mb: float
    """Then, a second, by the walks that look for what is old, at most."""
    kafka_gb: float
    """On all brokers together."""


def needs(orders: int, figures: Figures, keeping: Keeping) -> Needs:
    """Of this many orders a day."""
    peak = orders / _DAY * PEAK
    events, messages = peak * EVENTS, peak * figures.messages
    order_events = _replicas(events, figures.events_a_second)
    by_mail = _replicas(messages, figures.mails_a_second)
    by_text = _replicas(messages, figures.texts_a_second)
    most = max(order_events, by_mail, by_text)
    return Needs(
        orders=orders,
        events_at_peak=events,
        messages_at_peak=messages,
        order_events=order_events,
        by_mail=by_mail,
        by_text=by_text,
        partitions=PARTITIONS * math.ceil(most / PARTITIONS),
        connections=_connections(order_events, max(by_mail, by_text)),
        month_gb=orders * _MONTH * _fresh(figures) * figures.loose / _GB,
        full_gb=orders * _kept(figures, keeping) * figures.loose / _GB,
        read_mb=orders * _read(figures, keeping) * figures.loose / _DAY / _MB,
        kafka_gb=orders * KAFKA_DAYS * KAFKA_COPIES * figures.on_kafka / _GB,
    )


def _replicas(wanted: float, of_one: float) -> int:
    return max(LEAST, math.ceil(wanted / (of_one * BUSY)))


def _connections(order_events: int, notifiers: int) -> int:
    """At most, while a new version takes over: one more of each is there then."""
    pages = MOST_CONNECTIONS + CONNECTIONS
    return (order_events + 1) * MOST_CONNECTIONS + (notifiers + 1) * pages + BESIDE


def _fresh(figures: Figures) -> float:
    """Bytes of an order of this month, its customer and its messages."""
    return (
        figures.order
        + figures.customer
        + EVENTS * figures.event
        + figures.messages * figures.message
    )


def _kept(figures: Figures, keeping: Keeping) -> float:
    """Bytes that one order a day comes to in the end. Each has a customer of its own: fewer would
    need less."""
    afterwards = keeping.ledger - keeping.words
    message_days = keeping.words * figures.message + afterwards * figures.wordless
    return (
        keeping.orders * figures.order
        + keeping.people * figures.customer
        + keeping.events * EVENTS * figures.event
        + figures.messages * message_days
    )


def _read(figures: Figures, keeping: Keeping) -> float:
    """Bytes that are read a day, in the end, for one order a day: what is kept for a term is read
    ROUNDS times in that. Messages are gone through for their words and for themselves. Indexes are
    counted in, though no walk reads them."""
    afterwards = keeping.ledger - keeping.words
    message_days = keeping.words * figures.message + afterwards * figures.wordless
    kept = figures.order + _WALKS_OF_PEOPLE * figures.customer + EVENTS * figures.event
    messages = figures.messages * message_days * (1 / keeping.words + 1 / keeping.ledger)
    return ROUNDS * (kept + messages)


def measured(path: Path = MEASURED) -> Figures:
    """What stands on docs/performance.md. Raises KeyError where something was not measured."""
    rows = msgspec.json.decode(path.read_bytes())["rows"]
    named: Mapping[str, float] = {row["name"].partition(" / ")[0]: row["value"] for row in rows}
    kafka = (f"on Kafka, {what}, of an order" for what in _ON_KAFKA)
    return Figures(
        events_a_second=1e6 / named["event by the clock, many orders"],
        mails_a_second=named["notifier over 4 connections"],
        texts_a_second=named["notifier, SMS"],
        messages=named["messages of an order"],
        order=named["in PostgreSQL, an order"],
        event=named["in PostgreSQL, the name of an event"],
        customer=named["in PostgreSQL, a customer"],
        message=named["in PostgreSQL, a message"],
        wordless=named["in PostgreSQL, a message without its words"],
        loose=named["in PostgreSQL, all of it before it was packed"],
        on_kafka=sum(named[each] for each in kafka),
    )


_ON_KAFKA: Final = (
    "an event of the shop",
    "what the notifier is asked for",
    "what became of it",
)


def kept() -> Keeping:
    """For as long as the settings say that are left out."""
    said = {name: each.default for part in sections().values() for name, each in part.items()}

    def days(name: str) -> int:
        return int(said[f"HEADSUP_KEEP_{name}_DAYS"] or 0)

    return Keeping(
        orders=days("ORDERS"),
        events=days("EVENTS"),
        words=days("WORDS"),
        ledger=days("LEDGER"),
        people=days("PEOPLE"),
    )


_COLUMNS: Final[Mapping[str, Callable[[Needs], str]]] = {
    "orders a day": lambda n: f"{n.orders:,}",
    "events a second, at the peak": lambda n: _short(n.events_at_peak),
    "messages a second, at the peak": lambda n: _short(n.messages_at_peak),
    "order_events": lambda n: str(n.order_events),
    "notifier, all by mail": lambda n: str(n.by_mail),
    "notifier, all by SMS": lambda n: str(n.by_text),
    "cart_recovery": lambda _: str(CART_REPLICAS),
    "partitions": lambda n: str(n.partitions),
    "connections": lambda n: str(n.connections),
    "database, first month": lambda n: _size(n.month_gb),
    "database, in the end": lambda n: _size(n.full_gb),
    "read for what is old, a second": lambda n: _pace(n.read_mb),
    "Kafka": lambda n: _size(n.kafka_gb),
}


def table() -> str:
    """For every line of ORDERS what it needs."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f"| {' | '.join(_COLUMNS)} |"
    yield "|" + "---:|" * len(_COLUMNS)
    figures, keeping = measured(), kept()
    for orders in ORDERS:
        found = needs(orders, figures, keeping)
        yield f"| {' | '.join(say(found) for say in _COLUMNS.values())} |"


def _short(figure: float) -> str:
    return f"{figure:.1f}" if figure < PEAK else f"{figure:,.0f}"


def _pace(megabytes: float) -> str:
    return f"{megabytes:.1f} MB" if megabytes >= _LEAST_SAID else f"under {_LEAST_SAID} MB"


def _size(gigabytes: float) -> str:
    """In the unit that people buy it in."""
    number, unit = (gigabytes, "GB") if gigabytes < 1000 else (gigabytes / 1000, "TB")  # noqa: PLR2004
    return f"{_short(number)} {unit}"


def page() -> str:
    """docs/operating/sizing.md, with the table between its marks. Raises ValueError without
    marks."""
    before, begin, rest = PAGE.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page has no {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{table()}{END}{after}"
