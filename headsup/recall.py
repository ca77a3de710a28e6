"""What a database that was restored has forgotten and Kafka still knows, for `headsup db recall`.

A service that can be reminded offers a function by an entry point in the group `headsup.recall`, so
that the library never imports a service.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from importlib.metadata import entry_points
from typing import Any, Final

from headsup.kafka.security import Servers

GROUP: Final = "headsup.recall"
Recall = Callable[[Any, Servers, str, datetime], Awaitable[Sequence[str]]]
"""Given a connection to the database, the brokers, what stands before the names of topics, and the
time; says in sentences what it did. Raises BrokerError while the service runs."""


def recalls() -> list[Recall]:
    """Those of the services."""
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    return [point.load() for point in points]
