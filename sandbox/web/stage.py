"""What has happened so far in the demo: the events that were seen, the messages that arrived, and
what was not said."""

import itertools
from collections import deque
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from headsup.contracts import envelope
from headsup.contracts.base import Contract
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus
from headsup.contracts.reasons import REASONS
from headsup.contracts.registry import BY_NAME
from sandbox.web.causes import CAUSES, WAITING, cause_of
from sandbox.web.hub import Hub
from sandbox.web.shown import Held, Message, SeenEvent, Unsaid, Written
from sandbox.web.titles import told

KEPT = 1000
"""Events and messages that are remembered; the oldest go first."""
_TAKES_OVER = 3
"""Parts that are between the points of a name such as `<request>.0.1`."""
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
        self._numbers = itertools.count(1)
        self._events: deque[SeenEvent] = deque(maxlen=KEPT)
        self._messages: deque[Message] = deque(maxlen=KEPT)
        self._unsaid: deque[Unsaid] = deque(maxlen=KEPT)
        self._held: deque[Held] = deque(maxlen=KEPT)
        self._written: deque[Written] = deque(maxlen=KEPT)
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

    @property
    def written(self) -> list[Written]:
        """What customers wrote, oldest first."""
        return list(self._written)

    @property
    def held(self) -> list[Held]:
        """What waited, or still waits, for the morning, oldest first."""
        return list(self._held)

    def holds(self, held: Held) -> None:
        """A message waits."""
        known = msgspec.structs.replace(
            held, cause=self._newest_cause(held), of_time=not CAUSES[held.kind]
        )
        self._held.append(known)
        self._hub.tell("held", known)

    def _newest_cause(self, held: Held) -> str | None:
        """The newest event that leads to it."""
        names = CAUSES[held.kind]
        found = (e.id for e in reversed(self._events) if e.type in names and e.order == held.order)
        return next(found, None)

    def wrote(
        self, channel: Channel, address: str, text: str, at: datetime, *, mine: bool = True
    ) -> None:
        """A customer wrote to us; `mine` is False for what was answered at once."""
        number = next(self._numbers)
        written = Written(id=f"w{number}", channel=channel, to=address, text=text, at=at, mine=mine)
        self._written.append(written)
        self._hub.tell("written", written)

    def clear(self) -> None:
        """Forgets everything, as a new phone would."""
        self._events.clear()
        self._unsaid.clear()
        self._written.clear()
        self._held.clear()
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
            if event.data.status in _UNSAID or self._is_overtaken(event.data):
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

    def _is_overtaken(self, outcome: NotificationOutcome) -> bool:
        """Whether it waited, and newer news took its place."""
        return outcome.status is OutcomeStatus.WITHDRAWN and self._has_waited(outcome)

    def _has_waited(self, outcome: NotificationOutcome) -> bool:
        return any(one.request == outcome.request_id for one in self._held)

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
        instead_of = self._instead_of(outcome)
        waits = outcome.kind in WAITING or self._has_waited(outcome) or instead_of is not None
        measured = None if waits else cause
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
            instead_of=instead_of,
            latency_ms=_milliseconds(measured, message) if measured else None,
        )

    def _instead_of(self, outcome: NotificationOutcome) -> Channel | None:
        """What takes over has the name of the message that it follows, and a number of its own."""
        first = (outcome.notification_id or "").removeprefix(outcome.request_id).split(".")
        if len(first) != _TAKES_OVER:
            return None
        name = f"{outcome.request_id}.{first[1]}"
        told = self._outcomes.values()
        return next((each.channel for each in told if each.notification_id == name), None)


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
