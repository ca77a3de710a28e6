"""A customer's question: the shop has it, answered it, settled it."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.replies import Question
from services.order_events.facts import Facts, Ticket
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    if_ahead,
)
from services.order_events.rules.wording import worded

_TICKET: Final = "ticket:"


def tickets(facts: Facts) -> Iterable[str]:
    """Every question, as subjects."""
    return [_TICKET + ticket_id for ticket_id in facts.tickets]


def opened(case: Case, subject: str) -> Verdict:
    """We have your question, and when you hear. Said again when it is opened once more."""
    ticket = _ticket(case.facts, subject)
    if ticket.opened is None:
        return None
    answer_by = if_ahead(ticket.opened.value.answer_by, case.now)
    say = partial(_about, case.facts, subject, answer_by=answer_by, next_update_by=answer_by)
    if _now_at(ticket) is not Kind.SUPPORT_OPENED:
        return Overtaken()
    contrary = {Kind.SUPPORT_ANSWERED, Kind.SUPPORT_CLOSED}
    version = worded(case.told, subject, Kind.SUPPORT_OPENED, "", contrary)
    return Announce(ticket.opened.at, say, version)


def answered(case: Case, subject: str) -> Verdict:
    """There is an answer. Each one is told, of several that come at once the last."""
    ticket = _ticket(case.facts, subject)
    if ticket.answered is None:
        return None
    version = ticket.answered.last.isoformat()
    if _now_at(ticket) is not Kind.SUPPORT_ANSWERED:
        return Overtaken(version)
    return Announce(ticket.answered.last, partial(_about, case.facts, subject), version)


def closed(case: Case, subject: str) -> Verdict:
    """It is settled; how was it?"""
    ticket = _ticket(case.facts, subject)
    if ticket.closed is None:
        return None
    if _now_at(ticket) is not Kind.SUPPORT_CLOSED:
        return Overtaken()
    contrary = {Kind.SUPPORT_OPENED, Kind.SUPPORT_ANSWERED}
    version = worded(case.told, subject, Kind.SUPPORT_CLOSED, "", contrary)
    say = partial(_about, case.facts, subject, question=Question.RATING)
    return Announce(ticket.closed.last, say, version)


def _now_at(ticket: Ticket) -> Kind:
    """What happened to it last; of the same moment, what ends it."""
    moments: list[tuple[datetime, Kind]] = []
    if ticket.closed:
        moments.append((ticket.closed.last, Kind.SUPPORT_CLOSED))
    if ticket.answered:
        moments.append((ticket.answered.last, Kind.SUPPORT_ANSWERED))
    if ticket.opened:
        moments.append((ticket.opened.at, Kind.SUPPORT_OPENED))
    return max(moments, key=lambda each: each[0])[1]


def _about(facts: Facts, subject: str, **what: Any) -> Content:
    ticket = _ticket(facts, subject)
    return content(
        facts,
        ticket=ticket.number.value if ticket.number else subject.removeprefix(_TICKET),
        ticket_url=ticket.url and ticket.url.value,
        **what,
    )


def _ticket(facts: Facts, subject: str) -> Ticket:
    return facts.tickets[subject.removeprefix(_TICKET)]


RULES: Final = (
    Rule(Kind.SUPPORT_CLOSED, tickets, closed),
    Rule(Kind.SUPPORT_ANSWERED, tickets, answered),
    Rule(Kind.SUPPORT_OPENED, tickets, opened),
)
