"""How something is sent back, in the reader's words: what to do with it, where, until when."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from headsup.contracts.notifications import Standing
from headsup.contracts.shop import ReturnMethod
from headsup.orders import OrderView, ReturnView
from services.notifier.render.clean import clean, clean_url
from services.notifier.render.values import Day, hours
from services.notifier.rendered import Button
from services.notifier.web.order_sheet import Reading, sentence

MOST_RETURNS: Final = 6
_WITH_THEM: Final = frozenset({Standing.RETURN_ASKED, Standing.RETURN_AWAITED})
_LONGEST: Final = 200
_LONGEST_NOTE: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """Of one return, or of how to begin one."""

    lines: tuple[str, ...]
    note: str = ""
    """What the shop wrote, in its own words."""
    link: Button | None = None


def instructions(view: OrderView, reading: Reading) -> tuple[Instructions, ...]:
    """What is to be done for each return, the newest first, and how to begin another one; nothing
    where nothing can be sent back."""
    found = [_of(each, reading) for each in view.returns[-MOST_RETURNS:]][::-1]
    return (*found, *(() if is_open(view) else _beginning(view, reading)))


def is_open(view: OrderView) -> bool:
    """Whether a return was begun, and the customer still has what goes back."""
    return any(found.standing in _WITH_THEM for found in view.returns)


def _beginning(view: OrderView, reading: Reading) -> Iterator[Instructions]:
    if view.return_until is None:
        return
    words = reading.words.returning
    until = words.until.format(by=Day(reading.frame, view.return_until).by)
    url = clean_url(view.order_url) if view.order_url else None
    if url is None:
        yield Instructions(lines=(until, words.begin))
    else:
        link = Button(label=reading.words.page.view, url=url)
        yield Instructions(lines=(until, words.begin_there), link=link)


def _of(found: ReturnView, reading: Reading) -> Instructions:
    words = reading.words.returning
    note = clean(found.note, _LONGEST_NOTE) if found.note else ""
    if found.standing is Standing.RETURN_AWAITED:
        return Instructions(lines=tuple(_how(found, reading)), link=_label(found, reading))
    if found.standing is Standing.RETURN_ASKED and note:
        url = clean_url(found.url) if found.url else None
        link = Button(label=words.answer, url=url) if url else None
        return Instructions(lines=(words.note,), note=note, link=link)
    if found.standing is Standing.RETURN_ASKED:
        return Instructions(lines=(words.looked_at,))
    if found.standing:
        said = reading.texts.words["standing"][found.standing]
        return Instructions(lines=(sentence(said) + ".",))
    if found.is_rejected:
        lines = (words.rejected, words.note) if note else (words.rejected,)
        return Instructions(lines=lines, note=note)
    return Instructions(lines=(words.over,))


def _how(found: ReturnView, reading: Reading) -> Iterator[str]:
    words, frame = reading.words.returning, reading.frame
    place = clean(found.address, _LONGEST) if found.address else ""
    match found.method:
        case ReturnMethod.COURIER if found.collected_in:
            when = hours(frame, found.collected_in)
            yield words.courier_at.format(on=when.on, hours=when.between)
        case ReturnMethod.COURIER:
            yield words.courier
        case ReturnMethod.STORE:
            yield words.store_at.format(place=place) if place else words.store
        case _:
            yield words.drop_off_at.format(place=place) if place else words.drop_off
    if found.code:
        yield words.code.format(code=clean(found.code, _LONGEST))
    if found.send_by:
        yield words.send_by.format(day=Day(frame, found.send_by).plain)


def _label(found: ReturnView, reading: Reading) -> Button | None:
    url = clean_url(found.label_url) if found.label_url else None
    return Button(label=reading.words.returning.label, url=url) if url else None
