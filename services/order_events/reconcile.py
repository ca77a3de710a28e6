"""The difference between what is true and what was told: what to say now, what to take back, what
stays unsaid and why, and when to look again.

What is the same for every kind is here, once; what differs is in `rules`.
"""

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from itertools import product
from typing import Final

import msgspec

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.notifications import NotificationRequested, NotificationWithdrawn, Reason
from services.order_events.audiences import hearers, written_for
from services.order_events.facts import Facts
from services.order_events.rules.asked import asked_of
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Subjects,
    Verdict,
    Wait,
)
from services.order_events.rules.table import RULES
from services.order_events.told import (
    AGAIN,
    MOST_UNSAID,
    ORDER,
    Statement,
    Told,
    Unsaid,
    digest_of,
)

_ID_LENGTH: Final = 32
"""Hexadecimal digits of a request's id: 128 bits, so that two never meet."""
_ENDS_ALL: Final = frozenset({Kind.ORDER_CANCELLED, Kind.ORDER_EXPIRED})
_NEXT_CHANNEL: Final = timedelta(hours=30)
"""So long after something was said and failed on one channel, or was heard by one, another may be
trying: it waits for a morning, and for a provider that is away."""


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
    settling: Mapping[str, datetime] = {}
    """By the id of its request, news from a clock ahead of ours that settles, and since when."""


def reconcile(case: Case, rules: Sequence[Rule] = RULES) -> Decision:
    """Compares facts and told. Pure: neither is changed. An order whose customer is not known yet
    is silent, and is not looked at again before its next event. Other `rules` than ours are for
    those who ask what is missed without one."""
    if case.facts.customer is None:
        return Decision()
    gone: frozenset[str] = frozenset()
    difference = _difference(case, case.facts.customer, gone, rules)
    while more := difference.left_alone() - gone:
        # What is taken back and not replaced was never said: whoever held back for it may speak.
        gone |= more
        difference = _difference(case, case.facts.customer, gone, rules)
    return difference.decision()


def _difference(
    case: Case, customer: Customer, gone: frozenset[str], rules: Sequence[Rule]
) -> "_Difference":
    """What every rule says of the case, where these statements are taken back."""
    case = _without(case, gone) if gone else case
    difference, cases, facts = _Difference(case, customer, gone), _cases(case), case.facts
    is_one = len(cases) == 1
    subjects_of: dict[Subjects, tuple[str, ...]] = {}  # most rules share theirs with others
    for asked, of_these in asked_of(case, rules):
        subjects = subjects_of.get(asked)
        if subjects is None:
            subjects = subjects_of[asked] = tuple(of_these[0].subjects_in(case))
        for rule, audience in product(of_these, cases):
            if not is_one and audience not in hearers(rule.kind, facts):
                continue
            judged = cases[audience]
            if rule.only_in_silence:
                judged = difference.once_said(judged)
            for subject in subjects:
                verdict = rule.judge(judged, subject)
                if verdict is not None:
                    difference.add(audience, rule, subject, verdict)
    return difference


def _once_said(case: Case, decision: Decision) -> Case:
    """The case as it is when this was done: what is about to be said may end the silence, and what
    is taken back ends none."""
    if not decision.announce and not decision.withdraw:
        return case
    done = _without(case, {withdrawal.request_id for withdrawal in decision.withdraw})
    said_at = case.told.moment_after(case.now)
    for each in decision.announce:
        if each.request.content.audience is case.audience:
            done.told.statements[each.id] = _statement(each, said_at)
    return done


def _without(case: Case, gone: AbstractSet[str]) -> Case:
    """The case where these statements are taken back."""
    statements = {
        id_: msgspec.structs.replace(said, withdrawn_at=case.now) if id_ in gone else said
        for id_, said in case.told.statements.items()
    }
    return case.with_told(msgspec.structs.replace(case.told, statements=statements))


def _cases(case: Case) -> Mapping[Audience, Case]:
    """The case as each who hears of the order knows it. What the buyer was told, a gift's recipient
    was not: neither may hear of a date that "we told you" and told the other."""
    if case.facts.recipient is None:
        return {Audience.BUYER: case}
    return {
        audience: msgspec.structs.replace(case, told=case.told.to(audience), audience=audience)
        for audience in (Audience.BUYER, Audience.RECIPIENT)
    }


def record(told: Told, decision: Decision, now: datetime) -> Told:
    """Notes a decision as told, in place. Reconciling again at that moment announces nothing."""
    said_at = told.moment_after(now)
    for announcement in decision.announce:
        told.statements[announcement.id] = _statement(announcement, said_at)
    for withdrawal in decision.withdraw:
        statement = told.statements[withdrawal.request_id]
        statement.withdrawn_at = now
        statement.superseded_by = withdrawal.superseded_by
    told.settling = dict(decision.settling)
    if decision.unsaid:
        told.unsaid = [*told.unsaid, *decision.unsaid][-MOST_UNSAID:]
    return told


def request_id(
    facts: Facts, kind: Kind, subject: str, version: str, audience: Audience = Audience.BUYER
) -> str:
    """The id of a request: a function of what is said, so that asking twice is asking once.

    A digest, so it shows nobody's data and fits into any header, path or address.
    """
    parts: tuple[str, ...] = (facts.source, facts.order_id, kind, subject, version)
    if audience is not Audience.BUYER:
        parts = (*parts, audience)
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
        carrier=content.carrier,
        tracking_number=content.tracking_number,
        dispatch_by=content.dispatch_by,
        next_update_by=content.next_update_by,
        promised_by=content.decide_by or content.repair_by or content.refund_by,
        lines=digest_of(content.items, content.total),
        occurrence=content.occurrence,
        audience=content.audience,
        question=content.question,
    )


def _is_half_out(statement: Statement) -> bool:
    """Whether it was heard on one of its ways, and may not have gone out on the other yet: then the
    other one would tell what is no longer true."""
    ways = len(CATALOGUE[statement.kind].routes)
    return statement.heard and statement.withdrawn_at is None and len(statement.outcomes) < ways


class _Difference:
    """Collects the verdicts on one order into a decision."""

    def __init__(self, case: Case, customer: Customer, gone: AbstractSet[str]) -> None:
        self._case = case
        self._gone = gone
        self._facts = case.facts
        self._customer = customer
        self._told = case.told
        self._now = case.now
        self._said: dict[tuple[str, str, Audience], Announcement] = {}  # group, subject, to whom
        self._on_its_way: set[tuple[str, str, Audience]] = set()
        self._overtaken: set[tuple[Kind, str, Audience]] = set()
        self._untrue: set[tuple[Kind, str, Audience]] = set()
        self._unsaid: list[Unsaid] = []
        self._looks: list[datetime] = []
        self._settling: dict[str, datetime] = {}
        said = self._told.statements.values()
        self._was_told: Container[tuple[Kind, str, Audience]] = {
            (each.kind, each.subject, each.audience) for each in said
        }
        self._done: dict[Audience, Case] = {}
        """The case by whom it is judged for, once was done what is decided so far."""

    def add(self, audience: Audience, rule: Rule, subject: str, verdict: Verdict) -> None:
        """Takes in what a rule says about a subject to somebody."""
        if isinstance(verdict, Overtaken):  # mostly, and of what was never said
            if verdict.until is not None:
                self._looks.append(verdict.until)
            if verdict.version is not None or (rule.kind, subject, audience) in self._was_told:
                self._overtake(audience, rule.kind, subject, verdict)
        elif isinstance(verdict, Announce):
            self._look_at(verdict.until)
            self._announce(audience, rule.kind, subject, verdict)
        elif isinstance(verdict, Wait):
            self._looks.append(verdict.until)

    def _announce(self, audience: Audience, kind: Kind, subject: str, verdict: Announce) -> None:
        id_, version = self._name(audience, kind, subject, verdict.version)
        known, entry = self._told.statements.get(id_), CATALOGUE[kind]
        group = entry.group, subject, audience
        if known is not None:
            self._look_at(known.next_update_by)
            if known.waiting:
                self._on_its_way.add(group)
            return
        # What need not settle is told though a shop's clock is ahead of ours.
        if entry.settles_for and self._settles(id_, verdict.happened_at, entry.settles_for):
            # What still waits of it is not true any more, whatever this settles to.
            self._take_back(self._overtaken, kind, subject, audience)
            return
        # What is still true and still to be sent is not taken back for what speaks after it: it
        # would be true again at the next look. Its outcome is the moment for the other.
        if group in self._on_its_way:
            return
        if verdict.happened_at + entry.time_to_live < self._now:
            self._leave_unsaid(id_, kind, subject, Reason.STALE)
            return
        if group in self._said:
            return
        request = self._request(audience, kind, subject, verdict)
        self._done = {}
        self._said[group] = Announcement(id=id_, subject=subject, version=version, request=request)
        self._look_at(request.content.next_update_by)

    def _settles(self, id_: str, happened_at: datetime, span: timedelta) -> bool:
        """Whether this is too new to be told. Counted from when it happened; of what a clock ahead
        of ours wrote, from when we first saw it: that is no fact of the order's, so it is kept with
        what was told."""
        since = happened_at
        if happened_at > self._now or id_ in self._told.settling:
            since = min(happened_at, self._told.settling.get(id_, self._now))
        if since + span <= self._now:
            return False
        if since != happened_at:
            self._settling[id_] = since
        self._looks.append(since + span)
        return True

    def _name(self, audience: Audience, kind: Kind, subject: str, version: str) -> tuple[str, str]:
        """The id and version of a request. What was taken back before anybody heard it, and is true
        again, goes by a new name: the old one was struck out at the receiver's."""
        id_ = request_id(self._facts, kind, subject, version, audience)
        while (known := self._told.statements.get(id_)) and known.taken_back:
            version += AGAIN
            id_ = request_id(self._facts, kind, subject, version, audience)
        return id_, version

    def _request(
        self, audience: Audience, kind: Kind, subject: str, verdict: Announce
    ) -> NotificationRequested:
        entry, content = CATALOGUE[kind], verdict.content()
        if content.next_update_by is None and entry.next_word is not None and not verdict.is_last:
            promised = self._case.policy.word_within(self._now, entry.next_word, self._case.zone)
            content = msgspec.structs.replace(content, next_update_by=promised)
        return NotificationRequested(
            kind=kind,
            order_id=self._facts.order_id,
            customer=self._person(audience),
            content=written_for(audience, content, kind),
            about=subject,
            happened_at=verdict.happened_at,
            expires_at=verdict.happened_at + entry.time_to_live,
        )

    def _person(self, audience: Audience) -> Customer:
        if audience is Audience.RECIPIENT and self._facts.recipient:
            return self._facts.recipient
        return self._customer

    def _look_at(self, promised: datetime | None) -> None:
        """Keeps the word that goes with a statement: somebody looks when the moment comes."""
        if promised is not None and promised > self._now:
            self._looks.append(promised)

    def _overtake(self, audience: Audience, kind: Kind, subject: str, verdict: Overtaken) -> None:
        self._take_back(self._overtaken, kind, subject, audience)
        if verdict.on_every_way:
            self._take_back(self._untrue, kind, subject, audience)
        if verdict.version is not None:
            id_ = request_id(self._facts, kind, subject, verdict.version, audience)
            if id_ not in self._told.statements:
                self._leave_unsaid(id_, kind, subject, Reason.SUPERSEDED)

    def _take_back(
        self, which: set[tuple[Kind, str, Audience]], kind: Kind, subject: str, audience: Audience
    ) -> None:
        """Notes that this is not to be heard any more. Of what was never told there is nothing to
        take back."""
        key = kind, subject, audience
        if key in self._was_told and key not in which:
            which.add(key)
            self._done = {}

    def once_said(self, case: Case) -> Case:
        """The case as somebody knows it once was done what is decided so far."""
        done = self._done.get(case.audience)
        if done is None:
            done = self._done[case.audience] = _once_said(case, self.decision())
        return done

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
            settling=self._settling,
        )

    def left_alone(self) -> frozenset[str]:
        """What is taken back without anything of its group that is said instead."""
        return frozenset(id_ for id_, newer in self._taken_back() if newer is None)

    def _withdrawals(self) -> Iterable[NotificationWithdrawn]:
        for id_, replaced_by in self._taken_back():
            newer = replaced_by or self._cancellation
            yield NotificationWithdrawn(
                request_id=id_,
                order_id=self._facts.order_id,
                customer_id=self._person(self._told.statements[id_].audience).id,
                superseded_by=newer.id if newer else None,
            )

    def _taken_back(self) -> Iterable[tuple[str, Announcement | None]]:
        """The ids of what is taken back, and what of the same group is said instead."""
        if not (self._said or self._overtaken or self._untrue or self._gone):
            return
        for id_, statement in self._told.statements.items():
            group = CATALOGUE[statement.kind].group
            newer = self._said.get((group, statement.subject, statement.audience))
            if id_ in self._gone or self._is_taken_back(statement, newer):
                yield id_, newer

    def _is_taken_back(self, statement: Statement, newer: Announcement | None) -> bool:
        is_under_way = statement.said_at + _NEXT_CHANNEL > self._now
        is_on_another_way = is_under_way and _is_half_out(statement)
        if newer is not None:
            may_come = statement.may_still_come and is_under_way
            return statement.waiting or may_come or is_on_another_way
        key = statement.kind, statement.subject, statement.audience
        if statement.waiting:
            return key in self._overtaken
        return is_on_another_way and key in self._untrue

    @property
    def _cancellation(self) -> Announcement | None:
        """What overtakes news of the parcels as well."""
        group = CATALOGUE[Kind.ORDER_CANCELLED].group
        newest = self._said.get((group, ORDER, Audience.BUYER))
        return newest if newest and newest.request.kind in _ENDS_ALL else None
