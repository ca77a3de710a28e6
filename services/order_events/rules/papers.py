"""What is attached to an order: a word of the shop's, an invoice, a download, a recall."""

import hashlib
from collections.abc import Iterable
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from services.order_events.facts import Facts
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
)
from services.order_events.rules.wording import worded

_NOTE: Final = "note:"
_INVOICE: Final = "invoice:"
_DOWNLOAD: Final = "download:"
_RECALL: Final = "recall:"


def notes(facts: Facts) -> Iterable[str]:
    """Every word of the shop's."""
    return [_NOTE + note_id for note_id in facts.notes]


def noted(case: Case, subject: str) -> Verdict:
    """Somebody of the shop wrote to you. Whatever becomes of the order, what a person wrote is
    passed on; a note that was rewritten is told again."""
    found = case.facts.notes[subject.removeprefix(_NOTE)]
    version = worded(case.told, subject, Kind.ORDER_NOTE, _digest(found.value))
    return Announce(found.at, partial(content, case.facts, note=found.value), version)


def invoices(facts: Facts) -> Iterable[str]:
    """Every invoice and receipt."""
    return [_INVOICE + invoice_id for invoice_id in facts.invoices]


def invoiced(case: Case, subject: str) -> Verdict:
    """Your invoice is ready; once, for a shop may sign its address afresh every time. That of a
    cancelled order too: it is the customer's paper."""
    found = case.facts.invoices[subject.removeprefix(_INVOICE)]
    return Announce(found.at, partial(content, case.facts, invoice_url=found.value.url))


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
    Rule(Kind.ORDER_NOTE, notes, noted),
    Rule(Kind.ORDER_INVOICE, invoices, invoiced),
    Rule(Kind.ORDER_DOWNLOAD_READY, downloads, download_ready),
)
