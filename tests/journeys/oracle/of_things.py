"""What one wonders about the rest: what was sent back, asked, repaired, paid back, attached."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from headsup.contracts import shop
from headsup.contracts.catalogue import Audience, Kind
from tests.journeys.oracle.fair import FAIR
from tests.journeys.oracle.of_parcels import is_news
from tests.journeys.oracle.reading import Reading, Thing
from tests.journeys.oracle.view import View, Wonder, ended_at
from tests.journeys.story import Fate, Report

_DAY: Final = timedelta(days=1)
_TOLD_BY: Final[Mapping[type[Any], tuple[Kind, ...]]] = {
    shop.ActionNeeded: (Kind.ORDER_ACTION_NEEDED,),
    shop.NoteAdded: (Kind.ORDER_NOTE,),
    shop.InvoiceReady: (Kind.ORDER_INVOICE,),
    shop.DownloadReady: (Kind.ORDER_DOWNLOAD_READY,),
    shop.OrderRecalled: (Kind.ORDER_RECALL,),
    shop.ItemChanged: (
        Kind.ORDER_ITEM_UNAVAILABLE,
        Kind.ORDER_ITEM_SUBSTITUTED,
        Kind.ORDER_ITEM_BACKORDERED,
    ),
    shop.PaymentRefunded: (Kind.PAYMENT_REFUNDED, Kind.PAYMENT_PARTLY_REFUNDED),
    shop.RefundFailed: (Kind.REFUND_FAILED,),
    shop.ReturnRequested: (Kind.RETURN_REQUESTED,),
    shop.ReturnApproved: (Kind.RETURN_APPROVED,),
    shop.ReturnRejected: (Kind.RETURN_REJECTED,),
    shop.ReturnCancelled: (Kind.RETURN_CLOSED,),
    shop.ReturnInfoNeeded: (Kind.RETURN_INFO_NEEDED,),
    shop.ReturnInTransit: (Kind.RETURN_IN_TRANSIT,),
    shop.ReturnReceived: (Kind.RETURN_RECEIVED, Kind.RETURN_LATE),
    shop.ReturnInspected: (Kind.RETURN_INSPECTED,),
    shop.ReturnLabelReady: (Kind.RETURN_LABEL_READY, Kind.RETURN_APPROVED),
    shop.ReturnLabelFailed: (Kind.RETURN_LABEL_FAILED,),
    shop.ExchangeSent: (Kind.RETURN_EXCHANGE_SENT,),
    shop.RepairAccepted: (Kind.REPAIR_ACCEPTED, Kind.REPAIR_LATE),
    shop.ExpertiseStarted: (Kind.REPAIR_EXPERTISE,),
    shop.RepairReady: (Kind.REPAIR_READY,),
    shop.TicketOpened: (Kind.SUPPORT_OPENED,),
    shop.TicketAnswered: (Kind.SUPPORT_ANSWERED,),
    shop.TicketClosed: (Kind.SUPPORT_CLOSED,),
}
_STAGES: Final = (
    shop.ReturnInfoNeeded,
    shop.ReturnRejected,
    shop.ReturnApproved,
    shop.ReturnRequested,
)
_MOVES: Final = (shop.ReturnInspected, shop.ReturnReceived, shop.ReturnInTransit)
_LABELS: Final = (shop.ReturnLabelReady, shop.ReturnLabelFailed)


def wonders(view: View) -> Iterator[Wonder]:
    """All of them; they are the buyer's, but for what is not safe."""
    if view.reading.order is None:
        return
    for subject, thing in view.reading.things.items():
        if view.to is Audience.BUYER or subject.startswith("recall:"):
            for word in _last_words(view, subject, thing):
                yield from _untold(view, subject, word)
    if view.to is Audience.BUYER:
        yield from _reminders(view)
        yield from _money_late(view)
        yield from _late(view)
        yield from _incidents(view)


def _untold(view: View, subject: str, word: Report) -> Iterator[Wonder]:
    """The last word on something was not told."""
    kinds = _TOLD_BY.get(type(word.event.data), ())
    told = view.last(*kinds, about=subject) if kinds else None
    is_told = told is not None and told.happened_at >= word.event.time - _again(word)
    name = "question" if subject.startswith("ticket:") else "thing"
    if kinds and not is_told and is_news(view, name, word) and not _is_moot(view, word):
        yield Wonder(
            name, f"{subject} {type(word.event.data).__name__} {word.event.time:%m-%d %H:%M}"
        )


def _again(word: Report) -> timedelta:
    """What is said once more of the same needs no second message; answers are each their own."""
    return timedelta(0) if isinstance(word.event.data, shop.TicketAnswered) else 1000 * _DAY


def _is_moot(view: View, word: Report) -> bool:
    """It does not matter to anybody any more."""
    data, reading = word.event.data, view.reading
    if isinstance(data, shop.ActionNeeded):
        is_over = data.by is not None and data.by <= view.now
        return reading.cancelled is not None or is_over or reading.has_left
    if isinstance(data, shop.ItemChanged):
        is_there = reading.all_there() is not None
        return reading.cancelled is not None or (is_there and data.substitute is not None)
    if isinstance(data, shop.DownloadReady):
        is_over = data.until is not None and data.until <= view.now
        return reading.cancelled is not None or is_over
    if isinstance(data, shop.OrderRecalled):
        return reading.cancelled is not None and not reading.has_left
    return False


def _last_words(view: View, subject: str, thing: Thing) -> Iterator[Report]:
    """The words that count now."""
    area = subject.partition(":")[0]
    if area == "return":
        yield from _of_return(view, thing)
    elif area == "action":
        last = thing.words[-1]
        if isinstance(last.event.data, shop.ActionNeeded):
            yield last
    else:
        yield thing.words[-1]


def _of_return(view: View, thing: Thing) -> Iterator[Report]:
    stage = stage_of(thing)
    if stage is None:
        yield from _given_up(view, thing)
        return
    if isinstance(stage.event.data, shop.ReturnReceived):
        if not _is_paid_back(view.reading, thing, stage):
            yield stage
    elif not (isinstance(stage.event.data, shop.ReturnInspected) and thing.last(shop.ExchangeSent)):
        yield stage
    exchange = thing.last(shop.ExchangeSent)
    if exchange:
        yield exchange
    label = thing.last(*_LABELS)
    if label and isinstance(stage.event.data, shop.ReturnApproved | shop.ReturnRequested):
        yield label


def _given_up(view: View, thing: Thing) -> Iterator[Report]:
    """Whoever was told of a return waits for its next word, unless it had ended before."""
    word = thing.last(shop.ReturnCancelled)
    subject = f"return:{word.event.data.return_id}" if word else ""
    told = next(
        (m for m in reversed(view.told) if m.subject == subject and m.fate is Fate.SENT), None
    )
    if word is None or told is None or told.kind is Kind.RETURN_REJECTED:
        return
    if not thing.last(shop.ExchangeSent) and not _is_paid_back(view.reading, thing, word):
        yield word


def stage_of(thing: Thing) -> Report | None:
    """The report that says where a return stands; None when it was given up."""
    given_up = thing.last(shop.ReturnCancelled)
    since = (
        given_up.event.time if given_up else datetime.min.replace(tzinfo=thing.words[0].at.tzinfo)
    )
    words = [
        word
        for word in thing.words
        if word.event.time > since or isinstance(word.event.data, shop.ReturnInspected)
    ]
    said = [word for word in words if isinstance(word.event.data, _STAGES)]
    moved = next(
        (w for kind in _MOVES for w in reversed(words) if isinstance(w.event.data, kind)), None
    )
    said = _without_copies(said)
    bar = next(
        (
            w
            for w in reversed(said)
            if isinstance(w.event.data, shop.ReturnInfoNeeded | shop.ReturnRejected)
        ),
        None,
    )
    if moved is None:
        return said[-1] if said else None
    is_only_moving = isinstance(moved.event.data, shop.ReturnInTransit)
    is_barred = bar is not None and bar is said[-1]
    if bar and is_barred and (is_only_moving or bar.event.time > moved.event.time):
        return bar
    return moved


def _without_copies(said: list[Report]) -> list[Report]:
    """A request that is repeated after the approval changes nothing about it."""
    found: list[Report] = []
    for word in said:
        is_request = isinstance(word.event.data, shop.ReturnRequested)
        if is_request and found and isinstance(found[-1].event.data, shop.ReturnApproved):
            continue
        found.append(word)
    return found


def _is_paid_back(reading: Reading, thing: Thing, since: Report) -> bool:
    return_id = since.event.data.return_id
    for refund in reading.of("refund").values():
        for word in refund.words:
            data = word.event.data
            if not isinstance(data, shop.PaymentRefunded):
                continue
            if data.return_id == return_id:
                return True
            if data.return_id is None and word.event.time >= since.event.time - _DAY:
                return True
    sent = thing.last(shop.ExchangeSent)
    return sent is not None and sent.event.time >= since.event.time


def _reminders(view: View) -> Iterator[Wonder]:
    """There was something that I had to do."""
    for subject, thing in view.reading.of("action").items():
        yield from _act_soon(view, subject, thing.words[-1])
    for subject, thing in view.reading.of("return").items():
        yield from _send_soon(view, subject, thing)


def _act_soon(view: View, subject: str, word: Report) -> Iterator[Wonder]:
    data = word.event.data
    asked = view.read(Kind.ORDER_ACTION_NEEDED, about=subject)
    if not isinstance(data, shop.ActionNeeded) or asked is None or _is_moot(view, word):
        return
    left = data.by - asked.at if data.by else None
    if left is not None and left <= timedelta(hours=2.5):
        return
    due = asked.at + (min(_DAY, left / 2) if left else _DAY)
    if view.last(Kind.ORDER_ACTION_REMINDER, about=subject) is None:
        yield Wonder("act_soon", subject, due)


def _send_soon(view: View, subject: str, thing: Thing) -> Iterator[Wonder]:
    """The last day comes near, and nobody has seen it."""
    stage = stage_of(thing)
    if stage is None or not isinstance(stage.event.data, shop.ReturnApproved):
        return
    send_by = stage.event.data.send_by
    near = send_by - view.policy.deadline_days * _DAY
    told = view.read(Kind.RETURN_APPROVED, about=subject)
    if told is None or view.day(told.at) >= near or view.day(view.now) > send_by:
        return
    reminded = view.last(Kind.RETURN_DEADLINE_NEAR, about=subject)
    if reminded is None or reminded.content.send_by != send_by:
        yield Wonder("send_soon", f"{subject} {send_by}", view.at(near, 10))


def _money_late(view: View) -> Iterator[Wonder]:
    """Money that I was to have by now."""
    for subject, by, since in _debts(view):
        due = view.at(by + _DAY, 10)
        told = view.last(Kind.REFUND_LATE, about=subject)
        if not _was_refunded(view.reading, subject, since) and told is None:
            yield Wonder("money_late", f"{subject} {by}", due)


def _debts(view: View) -> Iterator[tuple[str, date, datetime]]:
    reading, policy = view.reading, view.policy
    word = reading.cancelled
    if word is not None:
        data = word.event.data
        usual = view.day(word.event.time) + policy.refund_days * _DAY
        if data.refund is not None or reading.paid_at is not None:
            yield "refund:order", data.refund_by or usual, word.event.time
    for subject, thing in reading.of("return").items():
        looked = thing.last(shop.ReturnInspected)
        if looked is None or looked.event.data.result is shop.Inspection.REFUSED:
            continue
        data = looked.event.data
        is_exchange = thing.last(shop.ExchangeSent) is not None and data.refund is None
        if not is_exchange:
            latest = view.day(looked.event.time) + 90 * _DAY
            by = data.refund_by or _by_approval(view, thing) or latest
            yield f"refund:{subject}", max(by, view.day(looked.at)), looked.event.time


def _by_approval(view: View, thing: Thing) -> date | None:
    approved, came = thing.last(shop.ReturnApproved), thing.last(shop.ReturnReceived)
    days: int | None = approved.event.data.refund_days if approved else None
    looked = thing.last(shop.ReturnInspected)
    if days is not None and came is not None:
        return view.day(came.event.time) + days * _DAY
    return view.day(looked.event.time) + view.policy.refund_days * _DAY if looked else None


def _was_refunded(reading: Reading, subject: str, since: datetime) -> bool:
    for refund in reading.of("refund").values():
        for word in refund.words:
            of = getattr(word.event.data, "return_id", None)
            is_of_it = of is not None and subject.endswith(f":{of}")
            if is_of_it or (of is None and word.event.time >= since - _DAY):
                return True
    return False


def _late(view: View) -> Iterator[Wonder]:
    """The shop lets a day pass."""
    for subject, thing in view.reading.of("return").items():
        stage = stage_of(thing)
        if stage is None or not isinstance(stage.event.data, shop.ReturnReceived):
            continue
        day = view.day(stage.event.time)
        by = stage.event.data.decide_by
        by = by or view.policy.working_day_after(day, view.policy.decide_days)
        told = view.last(Kind.RETURN_LATE, about=subject)
        if not _is_paid_back(view.reading, thing, stage) and told is None:
            yield Wonder("decision_late", f"{subject} {by}", view.at(by + _DAY, 10))
    for subject, thing in view.reading.of("repair").items():
        accepted = thing.last(shop.RepairAccepted)
        if accepted is None or isinstance(thing.words[-1].event.data, shop.RepairReady):
            continue
        day = view.day(accepted.event.time)
        by = accepted.event.data.ready_by or day + view.policy.repair_days * _DAY
        if view.last(Kind.REPAIR_LATE, about=subject) is None:
            yield Wonder("repair_late", f"{subject} {by}", view.at(by + _DAY, 10))


def _incidents(view: View) -> Iterator[Wonder]:
    """Does the trouble that everybody speaks of concern me, and is it over?"""
    reading = view.reading
    if reading.cancelled or reading.accepted is None:
        return
    for id_, thing in reading.incidents.items():
        last = thing.words[-1]
        subject, data = f"incident:{id_}", last.event.data
        told = view.last(Kind.INCIDENT_NOTICE, about=subject)
        read = view.read(Kind.INCIDENT_NOTICE, about=subject)
        ended = ended_at(thing.words)
        if ended is None and isinstance(data, shop.IncidentOpened):
            is_over = data.until is not None and data.until + _DAY <= view.now
            is_over = is_over or last.event.time + 2 * _DAY <= view.now
            if (
                told is None
                and not is_over
                and is_news(view, "trouble", last)
                and _concerns(view, data)
            ):
                yield Wonder("trouble", subject)
        elif read is not None and is_news(view, "solved", last):
            solved = view.last(Kind.INCIDENT_SOLVED, about=subject)
            opened = thing.last(shop.IncidentOpened)
            is_news_yet = ended is None or view.now < ended + FAIR["solved"].news_for
            if solved is None and is_news_yet and opened and _concerns(view, opened.event.data):
                yield Wonder("solved", subject)


def _concerns(view: View, data: shop.IncidentOpened) -> bool:
    """A carrier's concerns its parcels that are under way, the shop's what has not left at all, and
    nobody who asked to cancel: they wait for that."""
    reading = view.reading
    if data.scope is shop.IncidentScope.SHOP:
        is_in_hand = not reading.has_left and not reading.parcels
        if reading.is_downloaded:
            is_in_hand = reading.awaits_a_download
        return is_in_hand and not view.wants_to_cancel()
    carrier = (data.carrier or "").casefold()
    return any(
        parcel.state in ("registered", "moving") and (parcel.carrier or "").casefold() == carrier
        for parcel in reading.parcels.values()
    )
