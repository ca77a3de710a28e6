"""The three ways in which an event changes a fact."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from headsup.contracts.base import Contract
from headsup.contracts.envelope import Event
from services.order_events.facts import Facts, Latest, Span

T = TypeVar("T")

Change = Callable[[Facts, Event[Any]], None]
Changes = dict[type[Contract], Change]
"""What each type of event changes."""


def later(current: Latest[T] | None, event: Event[Any], value: T) -> Latest[T]:
    """The later of two words."""
    if current is not None and (current.at, current.by) >= (event.time, event.id):
        return current
    return Latest(event.time, event.id, value)


def given(current: Latest[T] | None, event: Event[Any], value: T | None) -> Latest[T] | None:
    """As `later`, but an event that does not mention it says nothing about it."""
    return later(current, event, value) if value is not None else current


def widen(current: Span | None, at: datetime) -> Span:
    """The span with this moment in it."""
    if current is None:
        return Span(at, at)
    if at < current.first:
        return Span(at, current.last)
    return Span(current.first, at) if at > current.last else current
