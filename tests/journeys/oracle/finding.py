"""What the oracle finds."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from headsup.contracts.catalogue import Audience


class Fault(StrEnum):
    """What went wrong for somebody."""

    UNANSWERED = "unanswered"
    FALSE = "false"
    REPEATED = "repeats"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault."""

    fault: Fault
    name: str
    """The row of FAIR, or the kind of message."""
    what: str
    at: datetime
    to: Audience

    def __str__(self) -> str:
        return f"{self.fault}: {self.at:%Y-%m-%d %H:%M} {self.to}: {self.name}: {self.what}"
