"""A day that a shop promised and let pass: told the next morning, and again while nothing comes."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from services.order_events.rules.base import Announce, Case, Overtaken, Verdict, Wait
from services.order_events.rules.days import day_of, late_from, morning_of
from services.order_events.told import Statement

MOST_NOTICES: Final = 3
"""After that the notice has nothing new to tell; the watchdog keeps the word that it promised."""


def notice(
    case: Case,
    subject: str,
    kind: Kind,
    due: date,
    say: Callable[[int, datetime], Content],
    since: datetime | None = None,
) -> Verdict:
    """The next notice of a day that passed. `say` is told which notice it is, and the moment to
    promise the next word for; it has to name the day, as what was promised. `since` is when it
    became due to be done: what had to be done before that is late from the next morning on.

    Another day starts afresh.
    """
    begins = late_from(case, max(due, day_of(case, since)) if since else due)
    if case.now < begins:
        return Overtaken(None, until=begins)
    last = _last_notice(case, subject, kind, due)
    number = last.occurrence + 1 if last else 1
    if number > MOST_NOTICES:
        return None
    if last and last.next_update_by:
        moment = morning_of(case, day_of(case, last.next_update_by))
        if case.now < moment:
            return Wait(moment)
    promised = case.policy.word_within(case.now, _BETWEEN, case.zone)
    # That there is still nothing is true today, however late we look: a second notice is not stale.
    return Announce(
        case.now if last else begins,
        lambda: say(number, promised),
        f"{due}/{number}",
        until=morning_of(case, day_of(case, promised)),
    )


_BETWEEN: Final = timedelta(days=3)


def _last_notice(case: Case, subject: str, kind: Kind, due: date) -> Statement | None:
    for _, said in case.told.newest_first():
        is_notice = said.kind is kind and said.subject == subject and said.promised_by == due
        if is_notice and not said.taken_back:
            return said
    return None
