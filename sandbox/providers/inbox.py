"""What the customers received: every message that a provider accepted, newest last.

Providers know no kinds and no orders. Those are joined later, by the provider's own name for the
message, from what the notifier says about its outcomes; whichever comes first waits for the other.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from headsup.contracts.channels import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A labelled link under a message, or an answer that is pressed."""

    label: str
    url: str
    press: str | None = None
    """What it carries back; then it leads nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message as a provider took it."""

    channel: Channel
    to: str
    text: str
    provider_ref: str
    subject: str | None = None
    html: str | None = None
    language: str | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    print: str = ""
    """Of a mail's octets as they came: two mails with one print are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message on the customer's phone. `kind`, `order` and `language` are joined later."""

    id: str
    channel: Channel
    to: str
    subject: str | None
    text: str
    html: str | None
    language: str | None
    kind: str | None
    order: str | None
    at: datetime
    provider_ref: str
    buttons: tuple[tuple[Button, ...], ...]
    print: str = ""


@dataclass(frozen=True, slots=True)
class _Annotation:
    kind: str
    language: str | None
    order: str


Change = Received | None
"""A message that is new or is better known now. None: look at the whole list again, because it
was cleared, or because the reader was too slow."""

_Key = tuple[Channel, str]
_QUEUE = 1000


class Inbox:
    """The newest `capacity` messages. `clock` says when each arrived. Use within one event loop."""

    def __init__(self, clock: Callable[[], datetime], *, capacity: int = 10_000) -> None:
        self._clock = clock
        self._capacity = capacity
        self._messages: OrderedDict[str, Received] = OrderedDict()
        self._ids: dict[_Key, str] = {}
        self._early: OrderedDict[_Key, _Annotation] = OrderedDict()
        self._subscribers: set[asyncio.Queue[Change]] = set()
        self._count = 0

    def add(self, arrival: Arrival) -> Received:
        """Puts a message in and tells the subscribers."""
        self._count += 1
        message = Received(
            id=f"m{self._count}",
            at=self._clock(),
            kind=None,
            order=None,
            channel=arrival.channel,
            to=arrival.to,
            subject=arrival.subject,
            text=arrival.text,
            html=arrival.html,
            language=arrival.language,
            provider_ref=arrival.provider_ref,
            buttons=arrival.buttons,
            print=arrival.print,
        )
        key = (arrival.channel, arrival.provider_ref)
        early = self._early.pop(key, None)
        if early is not None:
            message = _annotated(message, early)
        self._ids[key] = message.id
        self._put(message)
        return message

    def annotate(
        self, provider_ref: str, channel: Channel, kind: str, language: str | None, order: str
    ) -> None:
        """Says what a message is about, before or after it arrives."""
        key = (channel, provider_ref)
        annotation = _Annotation(kind, language, order)
        message = self._messages.get(self._ids.get(key, ""))
        if message is not None:
            self._put(_annotated(message, annotation))
            return
        self._early[key] = annotation
        if len(self._early) > self._capacity:
            self._early.popitem(last=False)

    def change_buttons(
        self, provider_ref: str, channel: Channel, buttons: tuple[tuple[Button, ...], ...]
    ) -> None:
        """A message has other buttons from now on."""
        message = self._messages.get(self._ids.get((channel, provider_ref), ""))
        if message is not None:
            self._put(replace(message, buttons=buttons))

    def messages(self) -> list[Received]:
        """All that is kept, in the order of arrival."""
        return list(self._messages.values())

    def clear(self) -> None:
        """Forgets all messages and tells the subscribers."""
        self._messages.clear()
        self._ids.clear()
        self._early.clear()
        self._publish(None)

    @contextmanager
    def subscribe(self) -> Iterator[asyncio.Queue[Change]]:
        """A queue of what changes from now on, for as long as the block lasts."""
        queue: asyncio.Queue[Change] = asyncio.Queue(_QUEUE)
        self._subscribers.add(queue)
        try:
            yield queue
        finally:
            self._subscribers.discard(queue)

    def _put(self, message: Received) -> None:
        self._messages[message.id] = message
        if len(self._messages) > self._capacity:
            _, oldest = self._messages.popitem(last=False)
            key = (oldest.channel, oldest.provider_ref)
            if self._ids.get(key) == oldest.id:
                del self._ids[key]
        self._publish(message)

    def _publish(self, change: Change) -> None:
        for queue in self._subscribers:
            is_slow = queue.full()
            if is_slow:
                _drain(queue)
            queue.put_nowait(None if is_slow else change)


def _annotated(message: Received, annotation: _Annotation) -> Received:
    return replace(
        message,
        kind=annotation.kind,
        order=annotation.order,
        language=annotation.language or message.language,
    )


def _drain(queue: asyncio.Queue[Change]) -> None:
    while not queue.empty():
        queue.get_nowait()
