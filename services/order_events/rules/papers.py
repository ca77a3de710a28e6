"""What is attached to an order: a word of the shop's, an invoice, a download, a recall."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from services.order_events.facts import Facts
from services.order_events.promises import next_word
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
)
from services.order_events.rules.wording import said_anew, says, worded
from services.order_events.standing import standing

_NOTE: Final = "note:"
_INVOICE: Final = "invoice:"
_DOWNLOAD: Final = "download:"
_RECALL: Final = "recall:"
_MAY_HAVE_LEFT: Final = timedelta(hours=1)
"""What is sent at once is known to be within so long."""


def notes(facts: Facts) -> Iterable[str]:
    """Every word of the shop's."""
    return [_NOTE + note_id for note_id in facts.notes]


def noted(case: Case, subject: str) -> Verdict:
    """Somebody of the shop wrote to you. Whatever becomes of the order, what a person wrote is
    passed on; a note that was rewritten is told again."""
    found = case.facts.notes[subject.removeprefix(_NOTE)]
    what, by = _digest(found.value), _heard_again_by(case)
    say = partial(content, case.facts, note=found.value, next_update_by=by)
    version, until = _naming(case, subject, Kind.ORDER_NOTE, what, by)
    return Announce(found.at, say, version, until=until)


def invoices(facts: Facts) -> Iterable[str]:
    """Every invoice and receipt."""
    return [_INVOICE + invoice_id for invoice_id in facts.invoices]


def invoiced(case: Case, subject: str) -> Verdict:
    """Your invoice is ready; once, for a shop may sign its address afresh every time. That of a
    cancelled order too: it is the customer's paper."""
    found = case.facts.invoices[subject.removeprefix(_INVOICE)]
    by = _heard_again_by(case)
    say = partial(content, case.facts, invoice_url=found.value.url, next_update_by=by)
    version, until = _naming(case, subject, Kind.ORDER_INVOICE, "", by)
    return Announce(found.at, say, version, until=until)


def _heard_again_by(case: Case) -> datetime | None:
    """When the customer hears of the order anyway, as was promised: a word of the shop's is no news
    that keeps a promise, and nobody knows more for it. None where nothing is promised: the story is
    over, or goes on when the customer does something."""
    if standing(case) is None:
        return None
    return next_word(case.told, case.audience, case.now)


def _naming(
    case: Case, subject: str, kind: Kind, what: str, by: datetime | None
) -> tuple[str, datetime | None]:
    """The version, and when to look again. What is held back, for the morning say, and names a
    moment that is not the one any more, is said anew. What was asked for only now may have gone out
    already, and nobody told us yet: another moment is no reason to say it twice."""
    version = worded(case.told, subject, kind, what)
    for id_, said in case.told.newest_first():
        if said.kind is kind and said.subject == subject and not said.taken_back:
            is_another = said.waiting and said.next_update_by != by
            if not (is_another and says(said, what)):
                return version, None
            held_since = said.said_at + _MAY_HAVE_LEFT
            return (version, held_since) if case.now < held_since else (said_anew(id_, what), None)
    return version, None


def downloads(facts: Facts) -> Iterable[str]:
    """Everything that can be downloaded."""
    return [_DOWNLOAD + download_id for download_id in facts.downloads]


def download_ready(case: Case, subject: str) -> Verdict:
    """What you bought can be downloaded. Said again when it can be for another time; not when that
    has passed, nor of an order that was cancelled."""
    found = case.facts.downloads[subject.removeprefix(_DOWNLOAD)]
    data = found.value
    what = str(data.until or "")
    if case.facts.cancellation or (data.until and data.until <= case.now):
        return Overtaken(what)
    say = partial(content, case.facts, item=data.item, download_url=data.url, until=data.until)
    version = worded(case.told, subject, Kind.ORDER_DOWNLOAD_READY, what)
    return Announce(found.at, say, version, until=data.until)


def recalls(facts: Facts) -> Iterable[str]:
    """Everything that is called back."""
    return [_RECALL + recall_id for recall_id in facts.recalls]


def recalled(case: Case, subject: str) -> Verdict:
    """Do not use it. Told again when what to do changes. Silent only where the thing never left the
    shop: the order was cancelled, and no parcel moved."""
    found = case.facts.recalls[subject.removeprefix(_RECALL)]
    data = found.value
    what = _digest(f"{data.item.name}|{data.note}")
    if case.facts.cancellation and not case.facts.has_moved:
        return Overtaken(what)
    say = partial(content, case.facts, item=data.item, note=data.note, action_url=data.url)
    return Announce(found.at, say, worded(case.told, subject, Kind.ORDER_RECALL, what))


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:16]


RULES: Final = (
    Rule(Kind.ORDER_RECALL, recalls, recalled),
    Rule(Kind.ORDER_DOWNLOAD_READY, downloads, download_ready),
)
PASSED_ON: Final = (
    Rule(Kind.ORDER_NOTE, notes, noted, only_in_silence=True),
    Rule(Kind.ORDER_INVOICE, invoices, invoiced, only_in_silence=True),
)
"""What names the next word that was promised, also by what is said at the same moment."""
