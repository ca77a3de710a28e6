"""The bot's sentences: where an order stands, and how a person is reached. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from html import escape
from typing import Final

from headsup.contracts.base import Estimate, PickupPoint, Window
from headsup.orders import OrderView, ParcelView
from headsup.shops.profile import ShopProfile
from services.notifier.bot.known import Order, Rows, Saying, Speech
from services.notifier.render.clean import clean, clean_url
from services.notifier.render.speaker import contacts_of
from services.notifier.rendered import Button

PRESS: Final = "bot:"
ORDERS: Final = f"{PRESS}orders"
HUMAN: Final = f"{PRESS}human"
ORDER: Final = f"{PRESS}o:"
SHOP: Final = f"{PRESS}h:"
LANGUAGE: Final = f"{PRESS}l:"
MOST_PARCELS: Final = 6
"""Parcels of one order that are told apart in a chat; its page shows all."""
_LONGEST_LABEL: Final = 50
_LONGEST_VALUE: Final = 200


def said(text: str, *rows: tuple[Button, ...], source: str | None = None) -> Saying:
    """A message of plain words."""
    return Saying(
        html=escape(text, quote=False), rows=tuple(row for row in rows if row), source=source
    )


def human_button(speech: Speech) -> tuple[Button, ...]:
    """One row: to a person."""
    return (Button(label=speech.words.buttons.human, url="", press=HUMAN),)


def orders_button(speech: Speech) -> tuple[Button, ...]:
    """One row: to the orders."""
    return (Button(label=speech.words.buttons.orders, url="", press=ORDERS),)


def help_of(speech: Speech) -> str:
    """What the bot can do."""
    words = speech.words
    commands = (f"/{name} – {what}" for name, what in words.buttons.commands.items())
    return "\n".join((words.help, *commands))


def reachable(shop: ShopProfile, speech: Speech) -> str:
    """Every way to a human, in one line."""
    return ", ".join(contact.text for contact in contacts_of(shop, speech.language))


def human_called(shop: ShopProfile, speech: Speech) -> Saying:
    """A person was called."""
    words, hours = speech.words, shop.support.hours.get(speech.language)
    lines = [words.human_called.format(shop=shop.name)]
    if hours:
        lines.append(words.human_hours.format(hours=hours))
    lines.append(words.human_or.format(contacts=reachable(shop, speech)))
    return said("\n\n".join(lines), source=shop.source)


def listed(orders: Sequence[Order], shops: dict[str, str], speech: Speech) -> Saying:
    """Several orders, each with a button."""
    words = speech.words
    lines = [f"<b>{_e(words.orders_which)}</b>"]
    rows: list[tuple[Button, ...]] = []
    for order in orders:
        title = _title(order.view, shops, speech)
        lines.append(f"{_e(title)}: {_e(_standing(order.view, speech))}")
        label = clean(title, _LONGEST_LABEL)
        rows.append((Button(label=label, url="", press=ORDER + order.press),))
    return Saying(html="\n\n".join(lines), rows=(*rows, human_button(speech)))


def told(order: Order, shops: dict[str, str], speech: Speech, now: datetime) -> Saying:
    """Where one order stands. `shops`: their names, by source."""
    view = order.view
    lines = [f"<b>{_e(_title(view, shops, speech))}</b>", *_lines(view, speech, now)]
    return Saying(html="\n".join(lines), rows=_ways(order, speech), source=view.source)


def _title(view: OrderView, shops: dict[str, str], speech: Speech) -> str:
    number, shop = clean(view.number, _LONGEST_LABEL), shops.get(view.source, "")
    return speech.words.order.format(number=number, shop=shop)


def _standing(view: OrderView, speech: Speech) -> str:
    words = speech.words
    if view.standing is not None:
        return words.now.format(standing=speech.texts.words["standing"][view.standing])
    return words.ended.get(view.ended, "") if view.ended else ""


def _lines(view: OrderView, speech: Speech, now: datetime) -> list[str]:
    today = now.astimezone(speech.zone).date()
    lines = [_e(_standing(view, speech))]
    awaited = [parcel for parcel in view.parcels if parcel.standing is not None]
    if len(view.parcels) > 1:
        lines += _parcels(view.parcels[:MOST_PARCELS], speech, today)
    if view.standing is None:
        return [line for line in lines if line]
    one = awaited[0] if len(awaited) == 1 else None
    lines += _awaited(one, view.estimate, speech, now)
    if view.next_update_by is not None and view.next_update_by > now:
        by = speech.formats.by_moment(view.next_update_by.astimezone(speech.zone), today)
        lines += ["", _e(speech.words.again.format(by=by))]
    return lines


def _awaited(
    one: ParcelView | None, estimate: Estimate | None, speech: Speech, now: datetime
) -> list[str]:
    """When it comes, and where it waits. What has passed is not said: it would be no news, or not
    true."""
    today = now.astimezone(speech.zone).date()
    if one is None:
        return _expected(estimate, speech, today)
    if one.pickup is not None:
        return [*_pickup(one.pickup, speech, today), *_tracking(one, speech)]
    comes = _courier(one.window, speech, now) if one.window else []
    return [*(comes or _expected(one.estimate or estimate, speech, today)), *_tracking(one, speech)]


def _parcels(parcels: Sequence[ParcelView], speech: Speech, today: date) -> Iterable[str]:
    words, count = speech.words, len(parcels)
    for number, parcel in enumerate(parcels, 1):
        if parcel.standing is not None:
            standing = speech.texts.words["standing"][parcel.standing]
            text = words.parcel.format(number=number, count=count, standing=standing)
            yield " ".join((_e(text), *_expected(parcel.estimate, speech, today)))
        elif parcel.delivered_at is not None:
            yield _e(words.parcel_there.format(number=number, count=count))


def _expected(estimate: Estimate | None, speech: Speech, today: date) -> list[str]:
    if estimate is None or estimate.latest < today:
        return []
    formats, first = speech.formats, max(estimate.first, today)
    if first == estimate.latest:
        when = formats.on(estimate.latest, today)
    else:
        when = formats.on_range(first, estimate.latest, today)
    return [_e(speech.words.expected.format(when=when))]


def _courier(window: Window, speech: Speech, now: datetime) -> list[str]:
    if window.is_backwards or window.end < now:
        return []
    start, end = window.start.astimezone(speech.zone), window.end.astimezone(speech.zone)
    when = speech.formats.on(start.date(), now.astimezone(speech.zone).date())
    hours = speech.formats.hours(start.time(), end.time())
    return [_e(speech.words.courier.format(when=when, hours=hours))]


def _pickup(point: PickupPoint, speech: Speech, today: date) -> list[str]:
    words, parts = speech.words, (point.name, point.address, point.hours)
    place = ", ".join(shown for part in parts if (shown := _shown(part)))
    lines = [_e(words.pickup.format(place=place))]
    if code := _shown(point.code):
        lines.append(_e(words.pickup_code.format(code=code)))
    if point.hold_until is not None and point.hold_until >= today:
        by = speech.formats.by(point.hold_until, today)
        lines.append(_e(words.collect.format(by=by)))
    return lines


def _tracking(parcel: ParcelView, speech: Speech) -> list[str]:
    carrier, number = _shown(parcel.carrier), _shown(parcel.tracking_number)
    if not carrier or not number:
        return []
    return [_e(speech.words.tracking.format(carrier=carrier, number=number))]


def _ways(order: Order, speech: Speech) -> Rows:
    buttons, rows = speech.words.buttons, []
    urls = {parcel.tracking_url for parcel in order.view.parcels if parcel.standing is not None}
    track = next(iter(urls)) if len(urls) == 1 else None
    for label, url in ((buttons.track, track), (buttons.order, order.page or order.view.order_url)):
        if url and (safe := clean_url(url)):
            rows.append((Button(label=label, url=safe),))
    return (*rows, human_button(speech))


def _shown(value: str | None) -> str:
    """What a shop says, without what nobody sees and what steers what stands beside it."""
    return clean(value, _LONGEST_VALUE) if value else ""


def _e(text: str) -> str:
    return escape(text, quote=False)
