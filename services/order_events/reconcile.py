"""The difference between what is true and what was told: what to say now, what to take back, what
stays unsaid and why, and when to look again.

What is the same for every kind is here, once; what differs is in `rules`.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import NotificationRequested, NotificationWithdrawn, Reason
from services.order_events.facts import Facts
from services.order_events.rules import RULES
from services.order_events.rules.base import Announce, Overtaken, Rule, Verdict, Wait
from services.order_events.told import MOST_UNSAID, ORDER, Statement, Told, Unsaid

_ID_LENGTH: Final = 32
"""Hexadecimal digits of a request's id: 128 bits, so that two never meet."""
_AGAIN: Final = "~"
"""Marks the version of what is said again after it was taken back."""


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """A request to tell the customer something. `id` is a function of what is said."""

    id: str
    subject: str
    version: str
    request: NotificationRequested


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What to do about an order now."""

    announce: tuple[Announcement, ...] = ()
    withdraw: tuple[NotificationWithdrawn, ...] = ()
    unsaid: tuple[Unsaid, ...] = ()
    next_look_at: datetime | None = None
    """When something may have to be said though no event came; always later than now."""


def reconcile(facts: Facts, told: Told, now: datetime) -> Decision:
    """Compares facts and told. Pure: neither is changed. An order whose customer is not known yet
    is silent, and is not looked at again before its next event."""
    customer = facts.customer
    if customer is None:
        return Decision()
    difference = _Difference(facts, customer, told, now)
    for rule in RULES:
        for subject in rule.subjects(facts):
            verdict = rule.judge(facts, subject, told, now)
            if verdict is not None:
                difference.add(rule, subject, verdict)
    return difference.decision()


def record(told: Told, decision: Decision, now: datetime) -> Told:
    """Notes a decision as told, in place. Reconciling again at that moment announces nothing."""
    said_at = told.moment_after(now)
    for announcement in decision.announce:
        told.statements[announcement.id] = _statement(announcement, said_at)
    for withdrawal in decision.withdraw:
        statement = told.statements[withdrawal.request_id]
        statement.withdrawn_at = now
        statement.superseded_by = withdrawal.superseded_by
    if decision.unsaid:
        told.unsaid = [*told.unsaid, *decision.unsaid][-MOST_UNSAID:]
    return told


def request_id(facts: Facts, kind: Kind, subject: str, version: str) -> str:
    """The id of a request: a function of what is said, so that asking twice is asking once.

    A digest, so it shows nobody's data and fits into any header, path or address.
    """
    parts = (facts.source, facts.order_id, kind, subject, version)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_ID_LENGTH]


def _statement(announcement: Announcement, said_at: datetime) -> Statement:
    request = announcement.request
    content = request.content
    return Statement(
        kind=request.kind,
        subject=announcement.subject,
        version=announcement.version,
        said_at=said_at,
        happened_at=request.happened_at,
        estimate=content.estimate,
        dispatch_by=content.dispatch_by,
        next_update_by=content.next_update_by,
        occurrence=content.occurrence,
    )


class _Difference:
    """Collects the verdicts on one order into a decision."""

    def __init__(self, facts: Facts, customer: Customer, told: Told, now: datetime) -> None:
        self._facts = facts
        self._customer = customer
        self._told = told
        self._now = now
        self._said: dict[tuple[str, str], Announcement] = {}  # by group and subject
        self._overtaken: set[tuple[Kind, str]] = set()
        self._unsaid: list[Unsaid] = []
        self._looks: list[datetime] = []

    def add(self, rule: Rule, subject: str, verdict: Verdict) -> None:
        """Takes in what a rule says about a subject."""
        if isinstance(verdict, Announce):
            self._announce(rule.kind, subject, verdict)
        elif isinstance(verdict, Overtaken):
            self._overtake(rule.kind, subject, verdict)
        elif isinstance(verdict, Wait):
            self._looks.append(verdict.until)

    def _announce(self, kind: Kind, subject: str, verdict: Announce) -> None:
        id_, version = self._name(kind, subject, verdict.version)
        known = self._told.statements.get(id_)
        if known is not None:
            self._look_at(known.next_update_by)
            return
        entry = CATALOGUE[kind]
        expires_at = verdict.happened_at + entry.time_to_live
        if expires_at < self._now:
            self._leave_unsaid(id_, kind, subject, Reason.STALE)
            return
        if (entry.group, subject) in self._said:
            return
        request = self._request(kind, verdict, expires_at)
        self._said[entry.group, subject] = Announcement(
            id=id_, subject=subject, version=version, request=request
        )
        self._look_at(request.content.next_update_by)

    def _name(self, kind: Kind, subject: str, version: str) -> tuple[str, str]:
        """The id and version of a request. What was taken back before anybody heard it, and is true
        again, goes by a new name: the old one was struck out at the receiver's."""
        id_ = request_id(self._facts, kind, subject, version)
        while (known := self._told.statements.get(id_)) and known.taken_back:
            version += _AGAIN
            id_ = request_id(self._facts, kind, subject, version)
        return id_, version

    def _request(
        self, kind: Kind, verdict: Announce, expires_at: datetime
    ) -> NotificationRequested:
        return NotificationRequested(
            kind=kind,
            order_id=self._facts.order_id,
            customer=self._customer,
            content=verdict.content(),
            happened_at=verdict.happened_at,
            expires_at=expires_at,
        )

    def _look_at(self, promised: datetime | None) -> None:
        """Keeps the word that goes with a statement: somebody looks when the moment comes."""
        if promised is not None and promised > self._now:
            self._looks.append(promised)

    def _overtake(self, kind: Kind, subject: str, verdict: Overtaken) -> None:
        self._overtaken.add((kind, subject))
        if verdict.version is not None:
            id_ = request_id(self._facts, kind, subject, verdict.version)
            if id_ not in self._told.statements:
                self._leave_unsaid(id_, kind, subject, Reason.SUPERSEDED)

    def _leave_unsaid(self, id_: str, kind: Kind, subject: str, reason: Reason) -> None:
        """Notes a reason once: the same silence is not recorded at every look."""
        if all(known.request_id != id_ for known in self._told.unsaid):
            self._unsaid.append(
                Unsaid(request_id=id_, kind=kind, subject=subject, reason=reason, at=self._now)
            )

    def decision(self) -> Decision:
        """The decision, once every rule was heard."""
        return Decision(
            announce=tuple(self._said.values()),
            withdraw=tuple(self._withdrawals()),
            unsaid=tuple(self._unsaid),
            next_look_at=min(self._looks, default=None),
        )

    def _withdrawals(self) -> Iterable[NotificationWithdrawn]:
        for id_, statement in self._told.statements.items():
            if not statement.waiting:
                continue
            newer = self._said.get((CATALOGUE[statement.kind].group, statement.subject))
            if newer is None:
                if (statement.kind, statement.subject) not in self._overtaken:
                    continue
                newer = self._cancellation
            yield NotificationWithdrawn(
                request_id=id_,
                order_id=self._facts.order_id,
                customer_id=self._customer.id,
                superseded_by=newer.id if newer else None,
            )

    @property
    def _cancellation(self) -> Announcement | None:
        """What overtakes news of the parcels as well."""
        newest = self._said.get((CATALOGUE[Kind.ORDER_CANCELLED].group, ORDER))
        return newest if newest and newest.request.kind is Kind.ORDER_CANCELLED else None
