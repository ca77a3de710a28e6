"""What stands on the page of an order, in the reader's words: an `OrderView` and what they were
told become lines, rows and links. Nothing here asks anybody."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from headsup.contracts.catalogue import Audience
from headsup.contracts.notifications import Standing
from headsup.orders import OrderView, ParcelView, Step, StepKind
from headsup.shops.profile import ShopProfile
from services.notifier.render.clean import clean, clean_url, shorten
from services.notifier.render.lines import Line, line_of
from services.notifier.render.order_words import OTHER, OrderWords
from services.notifier.render.texts import LanguageTexts
from services.notifier.render.values import Day, Frame, deadline, hours, moment, money, span
from services.notifier.render.view import name_of
from services.notifier.rendered import Button

MOST_STEPS, MOST_PARCELS, MOST_ITEMS, MOST_NAMES = 40, 10, 20, 4
"""So that the page stays small whatever a shop sends: of what happened the newest, of what was
ordered the first lines."""
MANY = 2
_TURNS = frozenset({StepKind.CANCELLED, StepKind.REINSTATED})
_LONGEST_NAME = 60
_LONGEST = 200
"""Characters of whatever a stranger wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who reads it, and how they are spoken to."""

    language: str
    texts: LanguageTexts
    frame: Frame
    shop: ShopProfile

    @property
    def words(self) -> OrderWords:
        """Of this page."""
        return self.texts.order


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A moment, for people and for machines."""

    text: str
    iso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A line of a list of facts."""

    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One parcel."""

    title: str
    lines: tuple[str, ...]
    facts: tuple[Fact, ...]
    track: str | None
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """A line of the timeline, or of what was told."""

    text: str
    at: When
    note: str = ""
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The page."""

    title: str
    headline: str
    lines: tuple[str, ...]
    parcels: tuple[Parcel, ...]
    steps: tuple[Happened, ...]
    items: tuple[Line, ...] = ()
    more: str = ""
    total: str = ""
    payment: str = ""
    view: str | None = None
    told: tuple[Happened, ...] = ()
    answers: tuple[Button, ...] = field(default=(), repr=False)


def sheet_of(view: OrderView, reading: Reading) -> Sheet:
    """What there is to see of an order, without what was told of it."""
    words, frame = reading.words, reading.frame
    items = [line_of(item, frame) for item in view.items[:MOST_ITEMS]]
    hidden = len(view.items) - len(items)
    return Sheet(
        title=_title(view, reading),
        headline=_headline(view, reading),
        lines=tuple(_lines(view, reading)),
        parcels=tuple(_parcels(view, reading)),
        steps=tuple(_step(step, view, reading) for step in reversed(view.steps[-MOST_STEPS:])),
        items=tuple(items),
        more=words.page.more.format(count=hidden) if hidden else "",
        total=money(frame, view.total) if view.total and items else "",
        payment=_payment(view, reading),
        view=clean_url(view.order_url) if view.order_url else None,
    )


def when(at: datetime, reading: Reading) -> When:
    """On the reader's clock."""
    return When(text=moment(reading.frame, at).plain, iso=f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}")


def sentence(words: str) -> str:
    """Words that stand within a sentence elsewhere, as one of their own."""
    return words[:1].upper() + words[1:]


def _title(view: OrderView, reading: Reading) -> str:
    page = reading.words.page
    if view.audience is Audience.RECIPIENT:
        return page.parcel  # who did not order knows no number
    return page.order.format(number=clean(view.number, _LONGEST))


def _headline(view: OrderView, reading: Reading) -> str:
    if view.standing is None:
        return reading.words.ended[view.ended or OTHER]
    return _of_one_parcel(view, reading) or sentence(reading.texts.words["standing"][view.standing])


def _of_one_parcel(view: OrderView, reading: Reading) -> str | None:
    """Of which of several parcels the order's standing is; None where it is no parcel's."""
    page, count = reading.words.page, len(view.parcels)
    standing = reading.words.parcels.get(view.standing) if view.standing else None
    found = [n for n, each in enumerate(view.parcels, 1) if each.standing is view.standing]
    if count < MANY or standing is None or not found:
        return None
    one = page.several.format(number=found[0], count=count)
    some = page.some.format(some=len(found), count=count)
    return page.standing.format(parcel=one if len(found) == 1 else some, standing=standing)


def _lines(view: OrderView, reading: Reading) -> Iterator[str]:
    """When more comes, and when the reader hears of it."""
    page, frame = reading.words.page, reading.frame
    if view.standing is Standing.REFUND_UNDER_WAY and _is_cancelled(view):
        yield reading.words.steps[StepKind.CANCELLED] + "."
    if view.dispatch_by and view.standing is Standing.IN_PREPARATION:
        yield page.leaves.format(by=deadline(frame, view.dispatch_by).by)
    if view.estimate and view.standing and len(view.parcels) <= 1:  # else each has its own
        yield page.expected.format(when=span(frame, view.estimate).on)
    if view.next_update_by and view.standing:
        yield page.next.format(by=moment(frame, view.next_update_by).by)
    else:
        yield page.next_open if view.standing else page.nothing_left


def _is_cancelled(view: OrderView) -> bool:
    """Which comes before the money: whose order it was asks that first."""
    turns = [step.kind for step in view.steps if step.kind in _TURNS]
    return turns[-1:] == [StepKind.CANCELLED]


def _payment(view: OrderView, reading: Reading) -> str:
    if view.payment is None:
        return ""
    return reading.words.page.payment.format(state=reading.texts.words["payment"][view.payment])


def _parcels(view: OrderView, reading: Reading) -> Iterator[Parcel]:
    count = len(view.parcels)
    for number, parcel in enumerate(view.parcels[:MOST_PARCELS], 1):
        several = reading.words.page.several.format(number=number, count=count)
        yield Parcel(
            title=several if count > 1 else "",
            lines=tuple(_parcel_lines(parcel, reading)),
            facts=tuple(_facts(parcel, reading)),
            track=clean_url(parcel.tracking_url) if parcel.tracking_url else None,
            items=tuple(_names(parcel, reading)) if count > 1 else (),
        )


def _names(parcel: ParcelView, reading: Reading) -> Iterator[str]:
    for item in parcel.items[:MOST_NAMES]:
        name = shorten(clean(name_of(item), _LONGEST), _LONGEST_NAME)
        yield f"{item.quantity} × {name}" if item.quantity > 1 else name
    if hidden := len(parcel.items[MOST_NAMES:]):
        yield reading.words.page.more.format(count=hidden)


def _parcel_lines(parcel: ParcelView, reading: Reading) -> Iterator[str]:
    words = reading.texts.words
    if parcel.delivered_at and parcel.handed_to:
        how, at = words["handed_to"][parcel.handed_to], when(parcel.delivered_at, reading).text
        yield reading.words.page.handed.format(how=how, at=at)
    elif parcel.standing:
        yield sentence(words["standing"][parcel.standing]) + "."


def _facts(parcel: ParcelView, reading: Reading) -> Iterator[Fact]:
    labels, frame = reading.texts.labels, reading.frame
    point = parcel.pickup
    day = point.hold_until if point else None
    known: Iterable[tuple[str, str | None]] = (
        ("carrier", parcel.carrier),
        ("tracking_number", parcel.tracking_number),
        ("estimate", span(frame, parcel.estimate).plain if parcel.estimate else None),
        ("window", hours(frame, parcel.window).plain if parcel.window else None),
        ("pickup_code", point.code if point else None),
        ("pickup_name", point.name if point else None),
        ("pickup_address", point.address if point else None),
        ("pickup_hours", point.hours if point else None),
        ("hold_until", Day(frame, day).plain if day else None),
    )
    for name, value in known:
        if value and (said := clean(value, _LONGEST)):
            yield Fact(label=labels[name], value=said)


def _step(step: Step, view: OrderView, reading: Reading) -> Happened:
    """Parcels have the numbers that they have above."""
    said, ids = reading.words.steps[step.kind], [each.shipment_id for each in view.parcels]
    if step.parcel in ids:
        number = ids.index(step.parcel) + 1
        said = reading.words.page.step.format(what=said, number=number, count=len(ids))
    return Happened(text=said, at=when(step.at, reading))
