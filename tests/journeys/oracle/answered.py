"""Whether anybody had to wonder for longer than is fair."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from headsup.contracts import shop
from headsup.contracts.catalogue import Audience, Kind
from tests.journeys.oracle import of_answers, of_many, of_orders, of_parcels, of_things
from tests.journeys.oracle.fair import FAIR
from tests.journeys.oracle.finding import Fault, Finding
from tests.journeys.oracle.reading import Parcel, Reading, read
from tests.journeys.oracle.view import View, Wonder
from tests.journeys.story import Fate, Journey

_DAY: Final = timedelta(days=1)
_AFRESH: Final = timedelta(hours=2)
_NO_WORD: Final = frozenset(
    {
        Kind.ORDER_NOTE,
        Kind.ORDER_INVOICE,
        Kind.ORDER_DOWNLOAD_READY,
        Kind.ORDER_CHECK_IN,
        Kind.REVIEW_REQUEST,
    }
)
"""Messages that are no word on what somebody waits for."""


@dataclass(slots=True)
class Asked:
    """What was wondered, and how long until it was told."""

    findings: list[Finding] = field(default_factory=list)
    minutes: list[float] = field(default_factory=list)


def judge(journey: Journey) -> Asked:
    """Follows each person through the journey, from change to change."""
    asked = Asked()
    people = [Audience.BUYER]
    if any(
        isinstance(report.event.data, shop.OrderPlaced) and report.event.data.recipient
        for report in journey.reports
    ):
        people.append(Audience.RECIPIENT)
    for person in people:
        _Person(journey, person, asked).lives()
    return asked


class _Person:
    """One of them, and what they wonder."""

    def __init__(self, journey: Journey, to: Audience, asked: Asked) -> None:
        self._journey = journey
        self._to = to
        self._asked = asked
        self._told = sorted(
            (m for m in journey.messages if m.to is to and m.is_told), key=lambda m: m.at
        )
        self._is_out_of_reach = all(m.fate is not Fate.SENT for m in self._told) and bool(
            self._told
        )
        self._begins: dict[tuple[str, str], datetime] = {}
        self._found: set[tuple[str, str]] = set()

    def lives(self) -> None:
        """From the first report to the end. Whom nothing reaches, nobody can tell anything."""
        if self._is_out_of_reach:
            return
        reports = sorted(self._journey.reports, key=lambda report: report.at)
        moments = sorted({report.at for report in reports} | {m.at for m in self._told})
        reading, read_count, told_count = Reading(), 0, 0
        for index, moment in enumerate(moments):
            known = sum(report.at <= moment for report in reports)
            if known != read_count:
                reading, read_count = read(reports[:known]), known
            while told_count < len(self._told) and self._told[told_count].at <= moment:
                told_count += 1
            view = View(self._journey.cast, self._to, moment, reading, self._told[:told_count])
            is_last = index + 1 == len(moments)
            until = self._journey.ended_at if is_last else moments[index + 1]
            self._wonders(view, until)

    def _wonders(self, view: View, until: datetime) -> None:
        """What they wonder from this moment until the next change."""
        now = {wonder.key: wonder for wonder in _all(view)}
        for key in self._begins.keys() - now.keys():
            began = self._begins.pop(key)
            if began <= view.now and view.told and view.told[-1].at == view.now:
                self._asked.minutes.append((view.now - began).total_seconds() / 60)
        for key, wonder in now.items():
            self._begins[key] = self._since(view, wonder)
            overdue = self._begins[key] + FAIR[wonder.name].within
            if (
                overdue < until
                and key not in self._found
                and not self._is_void(view, wonder, overdue)
            ):
                self._found.add(key)
                self._asked.findings.append(
                    Finding(
                        fault=Fault.UNANSWERED,
                        name=wonder.name,
                        what=f"{FAIR[wonder.name].question} ({wonder.about})",
                        at=overdue,
                        to=self._to,
                    )
                )

    def _is_void(self, view: View, wonder: Wonder, at: datetime) -> bool:
        """Time itself answered it: the moment that it was about has passed."""
        later = View(view.cast, view.to, at, view.reading, view.told)
        return wonder.key not in {each.key for each in _all(later)}

    def _since(self, view: View, wonder: Wonder) -> datetime:
        known = self._begins.get(wonder.key)
        first = max(view.now, wonder.since) if wonder.since else view.now
        if known is None:
            return first
        return max(known, wonder.since) if wonder.since else known


def _all(view: View) -> Iterator[Wonder]:
    if view.to is Audience.BUYER:
        yield from of_orders.wonders(view)
    yield from of_parcels.wonders(view)
    yield from of_many.wonders(view)
    yield from of_things.wonders(view)
    yield from of_answers.wonders(view)
    yield from _promises(view)


def _promises(view: View) -> Iterator[Wonder]:
    """You said that I would hear from you by now."""
    words = [message for message in view.told if message.kind not in _NO_WORD]
    # What was written last is the last word, though another came later, on its second way.
    last = max(words, key=lambda message: message.asked_at, default=None)
    if last is None or last.fate is not Fate.SENT or last.content.next_update_by is None:
        return
    by = last.content.next_update_by
    if is_anything_open(view):
        # Nobody was waiting for a word when the moment came; now that it goes on, they do.
        since = by if by >= view.now else view.now + _AFRESH
        yield Wonder("promise", f"{last.kind} {last.request_id[:6]}", since)


def is_anything_open(view: View) -> bool:
    """Whether this person waits for anything."""
    reading = view.reading
    if reading.order is None:
        return False
    if any(_is_awaited(view, parcel) for parcel in reading.parcels.values()):
        return True
    if view.to is Audience.RECIPIENT:
        return False
    if reading.cancelled:
        is_owed = reading.paid_at or reading.cancelled.event.data.refund
        return bool(is_owed) and not _refunded_since(reading, reading.cancelled.event.time)
    if _is_to_come(reading):
        return True
    return any(
        isinstance(thing.words[-1].event.data, shop.TicketOpened)
        for thing in reading.of("ticket").values()
    )


def _is_to_come(reading: Reading) -> bool:
    """Nothing of it is there, nor on its way."""
    if reading.is_downloaded:
        return reading.awaits_a_download
    return not reading.parcels and not reading.of("download")


def _is_awaited(view: View, parcel: Parcel) -> bool:
    if view.is_over(parcel) or parcel.state in ("delivered", "unknown"):
        return False
    if view.to is Audience.RECIPIENT and parcel.state == "returned":
        return False  # the rest is between the shop and the buyer
    word = parcel.word
    if parcel.state in ("lost", "damaged", "returned") and word is not None:
        is_replaced = any(
            other.word and other.word.event.time > word.event.time
            for other in view.reading.parcels.values()
            if other is not parcel
        )
        return not is_replaced and not _refunded_since(view.reading, word.event.time)
    return True


def _refunded_since(reading: Reading, since: datetime) -> bool:
    return any(
        word.event.time >= since - _DAY
        for refund in reading.of("refund").values()
        for word in refund.words
    )
