"""What is true of a customer's questions to the shop."""

import msgspec

from headsup.contracts.shop import TicketOpened
from services.order_events.facts.shapes import Latest, Span


class Ticket(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One question or complaint."""

    opened: Latest[TicketOpened] | None = None
    answered: Span | None = None
    closed: Span | None = None
    number: Latest[str] | None = None
    url: Latest[str] | None = None

    @property
    def is_open(self) -> bool:
        """It was opened, and not closed since."""
        return self.opened is not None and (
            self.closed is None or self.closed.last < self.opened.at
        )
