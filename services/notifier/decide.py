"""What a batch of requests becomes: rows of the ledger, and outcomes known at once. Pure."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, OutcomeStatus, Reason
from headsup.kafka.producer import Outgoing
from headsup.shops.profile import ShopProfile
from services.notifier.outcomes import Ending, Subject, outcome
from services.notifier.people import Person, region_of
from services.notifier.plan import Circumstances, Plan, Planned, Suppressed, plan
from services.notifier.quiet import HeldFor

NOBODY: Final = Person()
Place = tuple[str, str]
"""A shop, and a key of somebody's (`identity`)."""


class Decision(StrEnum):
    """What was decided about a request when it came."""

    PLANNED = "planned"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


_OF_REASON: Final[dict[Reason, Decision]] = {
    Reason.STALE: Decision.EXPIRED,
    Reason.SUPERSEDED: Decision.WITHDRAWN,
}
_STATUS: Final[dict[Decision, OutcomeStatus]] = {
    Decision.SUPPRESSED: OutcomeStatus.SUPPRESSED,
    Decision.EXPIRED: OutcomeStatus.EXPIRED,
    Decision.WITHDRAWN: OutcomeStatus.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Decided:
    """A request and its plan."""

    event: Event[NotificationRequested]
    plan: Plan
    at: datetime
    who: tuple[str, ...] = ()
    """Of a request about a cart, the keys of whose it is."""

    @property
    def decision(self) -> Decision:
        """The plan in a word."""
        if isinstance(self.plan, Planned):
            return Decision.PLANNED
        return _OF_REASON.get(self.plan.reason, Decision.SUPPRESSED)

    @property
    def reason(self) -> Reason | None:
        """Why nothing is sent; None when something is."""
        return None if isinstance(self.plan, Planned) else self.plan.reason

    @property
    def channels(self) -> list[Channel]:
        """The channels that have something to send."""
        if not isinstance(self.plan, Planned):
            return []
        return [one.address.channel for one in self.plan.notifications]

    @property
    def held(self) -> list[tuple[Channel, HeldFor]]:
        """By which channel something waits, and for what."""
        if not isinstance(self.plan, Planned):
            return []
        planned = self.plan.notifications
        return [(one.address.channel, one.held.reason) for one in planned if one.held]

    @property
    def about(self) -> str | None:
        """The kind's group and the thing: newer news of the same takes its place while it is held.
        None where nobody said which thing."""
        request = self.event.data
        return f"{CATALOGUE[request.kind].group} {request.about}" if request.about else None

    @property
    def subject(self) -> Subject:
        """The request, as outcomes name it."""
        request = self.event.data
        return Subject(
            source=self.event.source,
            request_id=self.event.id,
            order_id=request.order_id,
            customer_id=request.customer.id,
            kind=request.kind,
            cart=request.cart,
        )

    def outcome(self, prefix: str) -> Outgoing | None:
        """The outcome, when there is nothing to send."""
        status = _STATUS.get(self.decision)
        if status is None:
            return None
        ending = Ending(status=status, at=self.at, reason=self.reason)
        return outcome(self.subject, None, ending, prefix)


@dataclass(frozen=True, slots=True)
class Policy:
    """What requests are decided by, beside what is known of people."""

    shops: Mapping[str, ShopProfile]
    spoken: frozenset[str]
    """The languages that there are texts in."""
    spoken_besides: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By shop, where it has texts of its own."""
    channels: frozenset[Channel] = frozenset(Channel)
    """Those that we have a sender for."""
    can_be_stopped: bool = False
    """Whether whoever gets marketing is given an address at which they can stop it."""

    def spoken_by(self, source: str) -> frozenset[str]:
        """The languages that this shop's customers can be spoken to in."""
        return self.spoken_besides.get(source, self.spoken)

    def region_of(self, source: str) -> str | None:
        """Where this shop's customers have their phones (ISO 3166), if known."""
        shop = self.shops.get(source)
        return region_of(shop) if shop else None


@dataclass(frozen=True, slots=True)
class Flow:
    """The reminders of one visit to a cart."""

    id: str
    """Of the cart and the visit."""
    began_at: datetime
    """When the first of them was planned."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """What somebody was reminded of, by one of their keys."""

    flow: Flow
    """The last one."""
    reminders: Mapping[str, datetime] = field(default_factory=dict)
    """When those of the last week were planned, of whichever carts, and those of the last flow, by
    the request's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How one message may go that was too many as it was planned (`caps`)."""

    capped: frozenset[Channel] = frozenset()
    """Not by these."""
    not_before: datetime | None = None
    """And not sooner."""
    is_last: bool = False
    """Nothing else is tried after it."""


NO_LIMIT: Final = Limit()


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger knows about a batch."""

    people: Mapping[tuple[str, str], Person]
    """By shop and customer."""
    withdrawn: AbstractSet[str]
    """Ids of requests that were taken back, perhaps before they came."""
    suppressed: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    """Keys of addresses that nothing is sent to, by shop, as far as they were met so far."""
    in_trouble: AbstractSet[tuple[str, str]] = frozenset()
    """By shop, the customers who have an order in trouble, as far as it matters here."""
    who: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of each request about a cart that is new, the keys of whose it is."""
    bought: AbstractSet[str] = frozenset()
    """Ids of those whose owner has placed an order since."""
    reminded: Mapping[Place, Reminded | None] = field(default_factory=dict)
    """By each of those keys, of what they were reminded; None: of nothing."""
    opted_out: Mapping[str, datetime] = field(default_factory=dict)
    """Of each request whose customer told us so, when they last did: they want no marketing."""
    limits: Mapping[str, Limit] = field(default_factory=dict)
    """Of requests that were too many."""


def decide(
    event: Event[NotificationRequested], known: Known, policy: Policy, now: datetime
) -> Decided:
    """Plans one request."""
    if event.id in known.withdrawn:
        return Decided(event, Suppressed(reason=Reason.SUPERSEDED), now)
    person = known.people.get((event.source, event.data.customer.id), NOBODY)
    if event.source in known.suppressed:
        person = replace(person, refused=known.suppressed[event.source])
    if event.id in known.opted_out:
        person = replace(person, opted_out_at=known.opted_out[event.id])
    limit = known.limits.get(event.id, NO_LIMIT)
    around = Circumstances(
        shop=policy.shops.get(event.source),
        person=person,
        spoken=policy.spoken_by(event.source),
        is_in_trouble=(event.source, event.data.customer.id) in known.in_trouble,
        has_bought=event.id in known.bought,
        channels=policy.channels,
        capped=limit.capped,
        not_before=limit.not_before,
        can_be_stopped=policy.can_be_stopped,
    )
    return Decided(event, plan(event.data, around, now), now, known.who.get(event.id, ()))
