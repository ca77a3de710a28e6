"""What is true of returns and repairs."""

import msgspec

from headsup.contracts.base import Items
from headsup.contracts.shop import (
    ExchangeSent,
    ExpertiseStarted,
    RepairAccepted,
    RepairReady,
    ReturnApproved,
    ReturnCancelled,
    ReturnInfoNeeded,
    ReturnInspected,
    ReturnInTransit,
    ReturnLabelReady,
    ReturnReceived,
    ReturnRejected,
)
from services.order_events.facts.shapes import Latest, Span


class Return(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One return."""

    items: Latest[Items] | None = None
    requested: Span | None = None
    approved: Latest[ReturnApproved] | None = None
    rejected: Latest[ReturnRejected] | None = None
    info_needed: Latest[ReturnInfoNeeded] | None = None
    label_ready: Latest[ReturnLabelReady] | None = None
    label_failed: Span | None = None
    in_transit: Latest[ReturnInTransit] | None = None
    received: Latest[ReturnReceived] | None = None
    inspected: Latest[ReturnInspected] | None = None
    exchange_sent: Latest[ExchangeSent] | None = None
    cancelled: Latest[ReturnCancelled] | None = None


class Repair(msgspec.Struct, omit_defaults=True, kw_only=True, gc=False):
    """One repair under warranty."""

    accepted: Latest[RepairAccepted] | None = None
    expertise: Latest[ExpertiseStarted] | None = None
    ready: Latest[RepairReady] | None = None
