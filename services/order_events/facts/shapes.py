"""The shapes that make facts a function of the set of events, in whatever order they came."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Latest(msgspec.Struct, Generic[T], frozen=True, array_like=True, gc=False):
    """The latest word on something: when it was said, by which event, and what.

    Of two words of the same moment the one with the greater event id wins, so that everybody who
    knows both events agrees.
    """

    at: datetime
    by: str
    value: T


class Span(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The first and the last time that something happened."""

    first: datetime
    last: datetime
