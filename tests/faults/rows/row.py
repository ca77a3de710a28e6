"""What a row of the report is made by."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from headsup.contracts.channels import Channel
from tests.faults.carts.stories import CartPlot
from tests.faults.journeys import AUDIENCES, PLOTS, Plot
from tests.faults.world import World

NAMES: Final = {Channel.EMAIL: "mail", Channel.SMS: "SMS", Channel.TELEGRAM: "Telegram"}
"""As rows of the report call them: the channels that its people are reached by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An experiment."""

    name: str
    act: Callable[[World], Awaitable[None]]
    orders: tuple[int, int] = (24, 120)
    """In the short run, and in the long one. Where there are carts, so many people."""
    audiences: tuple[tuple[Channel, ...], ...] = AUDIENCES
    plots: tuple[Plot, ...] = PLOTS
    carts: tuple[CartPlot, ...] = ()
    """What people do who leave carts; then there are no other orders than theirs."""
    may_skip: bool = False
    """Of several reminders that fall due meanwhile only the newest is said."""
    settings: Mapping[str, str] = field(default_factory=dict)
    timed: Callable[[], tuple[datetime, Mapping[str, str]]] | None = None
    """When the journeys begin, and the settings that make it so, for a clock of its own."""
    partitions: int = 3
    may_doubt: bool = False
    """Calls may end without an answer in it. Each channel deals with that in its own way, so there
    is one row of the report for each."""
    alone: bool = False
    """It restarts what others stand on."""
    second_relay: bool = False
    receipts: bool = False
    """Providers say later what became of a message."""
    waits: bool = False
    """It takes its time; such rows begin first, so that others are done beside them."""
    only_long: bool = False
    of_history: bool = False
    """It runs an older version, out of the repository's history."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """All that somebody is reached by."""
        met = {channel for audience in self.audiences for channel in audience}
        return tuple(channel for channel in Channel if channel in met)
