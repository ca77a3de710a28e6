"""What a rule is: one small pure function per kind of notification.

    (case, subject) -> Announce | Overtaken | Wait | None

A rule speaks only of what is true now. So an order's whole backlog, read at once, ends in one
message with the newest state, and a replayed event in none. A rule need not ask whether it said
the same before: `reconcile` knows, and also what is too old to be told.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import wraps
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.notifications import Content
from headsup.shops.policy import DEFAULT, Policy
from services.order_events.facts import Facts
from services.order_events.incidents import Incident
from services.order_events.told import ORDER, Told

Answer = TypeVar("Answer")
_OF_FACTS: Final = "of facts"


class Case(msgspec.Struct, frozen=True, dict=True):
    """What a rule judges: one order, as it is known now, in its shop.

    What was found out about it is kept beside it (`once`), so facts and told stay as they are while
    a case is in use; whoever changes them makes a new one."""

    facts: Facts
    told: Told
    now: datetime
    policy: Policy = DEFAULT
    """What the order's shop, and its law, promise."""
    incidents: tuple[Incident, ...] = ()
    """The shop's incidents, those that are over included."""
    audience: Audience = Audience.BUYER
    """Who is spoken to. Where a gift's recipient is another than its buyer, each of them is judged
    alone: `told` is what this one was told."""

    def with_told(self, told: Told) -> "Case":
        """The same order, where this was told. What was found out about its facts holds."""
        case = msgspec.structs.replace(self, told=told)
        case.__dict__[_OF_FACTS] = self.__dict__.setdefault(_OF_FACTS, {})
        return case

    def for_whom(self, audience: Audience) -> "Case":
        """The same order before somebody else's eyes; all that it was told."""
        if audience is self.audience:
            return self
        return msgspec.structs.replace(self, audience=audience)

    @property
    def zone(self) -> tzinfo:
        """The customer's time zone; the shop's when it is not known, or is none."""
        return _zone(self)


def once(find: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
    """A question that many rules ask of a case: answered once for each."""
    name = f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(case: Case) -> Answer:
        known = case.__dict__
        if name not in known:
            known[name] = find(case)
        return known[name]  # type: ignore[no-any-return]

    return found


def once_of_facts(find: Callable[[Case], Answer]) -> Callable[[Case], Answer]:
    """As `once`, where the answer does not depend on what was told: it holds for the same order
    with other statements, too."""
    name = f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(case: Case) -> Answer:
        known = case.__dict__.get(_OF_FACTS)
        if known is None:
            known = case.__dict__[_OF_FACTS] = {}
        if name not in known:
            known[name] = find(case)
        return known[name]  # type: ignore[no-any-return]

    return found


def once_each(find: Callable[[Case, str], Answer]) -> Callable[[Case, str], Answer]:
    """As `once`, of each subject."""
    name = f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(case: Case, subject: str) -> Answer:
        known = case.__dict__.get(name)
        if known is None:
            known = case.__dict__[name] = {}
        if subject not in known:
            known[subject] = find(case, subject)
        return known[subject]  # type: ignore[no-any-return]

    return found


class Announce(msgspec.Struct, frozen=True):
    """This is true now, and worth telling.

    `version` tells apart what is said of the same subject more than once (a new date, a new day);
    the same version is never told twice. `content` is called only when it was not told yet.
    """

    happened_at: datetime
    content: Callable[[], Content]
    version: str = ""
    until: datetime | None = None
    """When to look again, whatever becomes of this: something else of the subject falls due."""
    is_last: bool = False
    """Nothing follows, so no next word is promised, whatever the catalogue says of the kind."""


class Overtaken(msgspec.Struct, frozen=True):
    """This was true, and newer news took its place: what still waits of it is taken back.

    With a `version`, what was never told of it is recorded as superseded.
    """

    version: str | None = ""
    until: datetime | None = None
    """When to look again; later than now."""
    on_every_way: bool = False
    """Not true any more at all: what went out on one of its ways, a mail and a text message, is
    taken back on the other."""


class Wait(msgspec.Struct, frozen=True):
    """Nothing to say yet. Look again then; always later than now."""

    until: datetime


Verdict = Announce | Overtaken | Wait | None
"""None: there is nothing to say, and nothing to wait for."""

Judge = Callable[[Case, str], Verdict]
Subjects = Callable[[Facts], Iterable[str]]
"""What a rule judges of an order. Rules that judge the same share one function: it is asked once
for all of them. Whether there is anything depends on which facts there are of the order and of its
parcels (`parcels.shape_of`), not on what they say."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what kind it announces, of which subjects, and the function that judges one."""

    kind: Kind
    subjects: Subjects
    judge: Judge
    only_in_silence: bool = False
    """Whether it judges the order as it is once all was said that the rules before it say: what it
    would say is no news beside that."""

    def subjects_in(self, case: Case) -> Iterable[str]:
        """What it judges of an order."""
        return self.subjects(case.facts)


def the_order(facts: Facts) -> Iterable[str]:
    """The order itself, as the one subject."""
    del facts
    return (ORDER,)


def content(facts: Facts, **what: Any) -> Content:
    """Content about an order: its number and page, and what a rule adds."""
    order_url = facts.placed.value.order_url if facts.placed else None
    return Content(order_number=facts.number, order_url=order_url, **what)


def zone_of(facts: Facts, policy: Policy = DEFAULT) -> tzinfo:
    """The customer's time zone; the shop's when it is not known, or is none."""
    name = facts.customer.time_zone if facts.customer else None
    for zone in filter(None, (name, policy.time_zone)):
        try:
            return ZoneInfo(zone)
        except (KeyError, ValueError, OSError):  # all that ZoneInfo raises for a zone that is none
            continue
    return UTC


@once_of_facts
def _zone(case: Case) -> tzinfo:
    return zone_of(case.facts, case.policy)


def if_ahead(moment: datetime | None, now: datetime) -> datetime | None:
    """A moment that may still be promised: one that has passed is no promise."""
    return moment if moment is not None and moment > now else None
