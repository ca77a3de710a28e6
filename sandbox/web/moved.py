"""Events of somebody who lives by an ordinary clock, moved into the demo's time."""

from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from headsup.contracts.envelope import Event

JUST_NOW = timedelta(minutes=10)
"""An event stamped this close to the machine's clock was stamped by it."""

S = TypeVar("S", bound=msgspec.Struct)


def into_demo_time(event: Event[Any], *, machine: datetime, demo: datetime) -> Event[Any]:
    """The event with all its dates moved, if it was stamped by the machine's clock just now.

    The demo's clock is days ahead of the machine's. Without this, an event that says "now" would
    be old news before it arrived, and its deadlines would have passed.
    """
    stamped_here = abs(event.time - machine) <= JUST_NOW
    if not stamped_here or abs(demo - machine) <= JUST_NOW:
        return event
    return _moved(event, demo - machine)


def _moved(value: S, by: timedelta) -> S:
    changes = {name: _moved_value(getattr(value, name), by) for name in value.__struct_fields__}
    return msgspec.structs.replace(value, **changes)


def _moved_value(value: Any, by: timedelta) -> Any:
    if isinstance(value, datetime):
        return value + by
    if isinstance(value, date):
        return value + timedelta(days=round(by / timedelta(days=1)))
    if isinstance(value, msgspec.Struct):
        return _moved(value, by)
    if isinstance(value, tuple):
        return tuple(_moved_value(inner, by) for inner in value)
    return value
