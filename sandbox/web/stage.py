"""What has happened so far in the demo: the events that were seen, the messages that arrived, and
what was not said."""

from collections import deque
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus
from headsup.contracts.registry import BY_NAME
from sandbox.web.causes import CAUSES, WAITING, cause_of
from sandbox.web.hub import Hub
from sandbox.web.reasons import REASONS
from sandbox.web.shown import Message, SeenEvent, Unsaid
from sandbox.web.titles import told

KEPT = 1000
"""Events and messages that are remembered; the oldest go first."""
_UNSAID = (OutcomeStatus.SUPPRESSED, OutcomeStatus.EXPIRED)


class Record(Protocol):
    """A record as aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None
    headers: Any


class Stage:
    """Keeps what the page shows, joins messages with what the notifier says about them, and tells
    the hub. It stands outside the system: it reads Kafka as any listener could."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._events: deque[SeenEvent] = deque(maxlen=KEPT)
        self._messages: deque[Message] = deque(maxlen=KEPT)
        self._unsaid: deque[Unsaid] = deque(maxlen=KEPT)
        self._outcomes: dict[str, NotificationOutcome] = {}

    @property
    def events(self) -> list[SeenEvent]:
        """The events that were seen, oldest first."""
        return list(self._events)

    @property
    def messages(self) -> list[Message]:
        """The messages that arrived, oldest first."""
        return list(self._messages)

    @property
    def unsaid(self) -> list[Unsaid]:
        """What was not said, oldest first."""
        return list(self._unsaid)

    def clear(self) -> None:
        """Forgets everything, as a new phone would."""
        self._events.clear()
        self._unsaid.clear()
        self._messages.clear()
        self._outcomes.clear()
        self._hub.tell("cleared", {})

    def saw(self, record: Record, now: datetime) -> None:
        """A record of one of the watched topics. What is no event is the services' business."""
        try:
            event = envelope.decode(record.value, record.headers, now)
        except envelope.EventRefusedError:
            return
        if isinstance(event.data, NotificationOutcome):
            self._outcome(event.data)
            if event.data.status in _UNSAID:
                self._not_said(event.data, _moment(record))
        else:
            seen = seen_event(event, record)
            self._events.append(seen)
            self._hub.tell("event", seen)

    def received(self, message: Message) -> None:
        """A provider accepted a message."""
        known = self._outcomes.get(_bare(message.provider_ref))
        complete = self._completed(message, known) if known else message
        self._messages.append(complete)
        self._hub.tell("message", complete)

    def changed(self, message: Message) -> None:
        """A message has other buttons now."""
        for position, known in enumerate(self._messages):
            if known.id == message.id and known.buttons != message.buttons:
                changed = msgspec.structs.replace(known, buttons=message.buttons)
                self._messages[position] = changed
                self._hub.tell("message", changed)

    def _outcome(self, outcome: NotificationOutcome) -> None:
        if outcome.provider_ref is None:
            return
        self._outcomes[_bare(outcome.provider_ref)] = outcome
        for position, message in enumerate(self._messages):
            if message.kind is None and _bare(message.provider_ref) == _bare(outcome.provider_ref):
                self._messages[position] = self._completed(message, outcome)
                self._hub.tell("message", self._messages[position])

    def _not_said(self, outcome: NotificationOutcome, told_at: datetime) -> None:
        cause = cause_of(outcome, told_at, self._events)
        unsaid = Unsaid(
            id=outcome.notification_id or outcome.request_id,
            request=outcome.request_id,
            kind=outcome.kind,
            channel=outcome.channel,
            because=REASONS[outcome.reason] if outcome.reason else outcome.status.value,
            order=outcome.order_id,
            cart=outcome.cart.cart_id if outcome.cart else None,
            at=outcome.at,
            told_at=told_at,
            cause=cause.id if cause else None,
            of_time=not CAUSES[outcome.kind],
        )
        self._unsaid.append(unsaid)
        self._hub.tell("unsaid", unsaid)

    def _completed(self, message: Message, outcome: NotificationOutcome) -> Message:
        cause = cause_of(outcome, message.received_at, self._events)
        measured = cause if outcome.kind not in WAITING else None
        return msgspec.structs.replace(
            message,
            kind=outcome.kind,
            language=outcome.language,
            order=outcome.order_id,
            cart=outcome.cart.cart_id if outcome.cart else None,
            reminder=outcome.cart.step if outcome.cart else None,
            request=outcome.request_id,
            cause=cause.id if cause else None,
            of_time=not CAUSES[outcome.kind],
            latency_ms=_milliseconds(measured, message) if measured else None,
        )


def _bare(provider_ref: str) -> str:
    """A Message-ID is the same with and without its brackets."""
    return provider_ref.strip("<>")


def _milliseconds(cause: SeenEvent, message: Message) -> int:
    return max(0, round((message.received_at - cause.published_at).total_seconds() * 1000))


def seen_event(event: Event[Any], record: Record) -> SeenEvent:
    """The event as the page shows it."""
    title, detail = told(event.data)
    return SeenEvent(
        id=event.id,
        source=event.source,
        type=event.type,
        time=event.time,
        title=title,
        detail=detail,
        order=getattr(event.data, "order_id", None),
        cart=getattr(event.data, "cart_id", None),
        customer=_customer(event.data),
        data=msgspec.Raw(msgspec.json.encode(event.data)),
        topic=BY_NAME[event.type].topic.value,
        partition=record.partition,
        offset=record.offset,
        published_at=_moment(record),
    )


def _moment(record: Record) -> datetime:
    """When Kafka got it, in real time."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def _customer(data: Contract) -> str | None:
    inside = getattr(data, "customer", None)
    return inside.id if inside is not None else getattr(data, "customer_id", None)
