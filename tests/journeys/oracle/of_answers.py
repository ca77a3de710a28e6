"""What somebody wonders who told us that something is wrong."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Standing
from headsup.contracts.replies import Answer, Question
from tests.journeys.oracle.view import View, Wonder
from tests.journeys.story import Message

_WE_WILL_WRITE: Final = frozenset({Question.ALL_RIGHT, Question.RECEIVED})
_EVENING: Final = 18


def wonders(view: View) -> Iterator[Wonder]:
    """I said no, and you said that you would write."""
    asked = {message.request_id: message for message in view.told}
    last = {reply.event.data.request_id: reply.event for reply in view.reading.replies}
    for id_, reply in last.items():
        if reply.data.question not in _WE_WILL_WRITE or reply.data.answer is not Answer.NO:
            continue
        if id_ in asked and not _is_heeded(view, asked[id_], reply.time):
            day = view.policy.working_day_after(view.day(reply.time), 1)
            yield Wonder("heeded", f"{asked[id_].kind} {id_[:6]}", view.at(day, _EVENING))


def _is_heeded(view: View, asked: Message, since: datetime) -> bool:
    """The shop, or the carrier, did something about it since; or we said that nobody did."""
    reading = view.reading
    if any(
        message.kind is Kind.ORDER_NO_NEWS and message.content.standing is Standing.COMPLAINED
        for message in view.told
    ):
        return True
    tickets = (thing.words[-1].event.data for thing in reading.of("ticket").values())
    if any(not isinstance(data, shop.TicketClosed) for data in tickets):
        return True
    acts = [word.event.time for thing in reading.things.values() for word in thing.words]
    acts += [reading.cancelled.event.time] if reading.cancelled else []
    for parcel in reading.parcels.values():
        if asked.subject in ("order", f"shipment:{parcel.id}"):
            acts += [parcel.word.event.time] if parcel.word else []
            acts += [parcel.sign_at] if parcel.sign_at else []
    return any(act >= since for act in acts)
