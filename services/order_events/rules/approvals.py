"""What an approval of a return says, and its label with it. Pure."""

from datetime import datetime
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.shop import ReturnApproved, ReturnLabelReady
from services.order_events.facts import Latest, Return
from services.order_events.rules.base import Case
from services.order_events.rules.return_stage import Stage, counts, epoch_of, is_at
from services.order_events.rules.wording import worded, words_of

NOT_YET: Final = frozenset({Kind.RETURN_INFO_NEEDED, Kind.RETURN_REJECTED})
"""Who heard one of these since is told again that it goes on."""
_LABELLED: Final = "+label "
"""Marks an approval that was told together with its label; the label's moment follows."""


def approval_version(case: Case, subject: str, found: Return, data: ReturnApproved) -> str:
    """Under what version the approval is told now."""
    what = approval_words(case, subject, found, data)
    return worded(case.told, subject, Kind.RETURN_APPROVED, what, NOT_YET)


def approval_words(case: Case, subject: str, found: Return, data: ReturnApproved) -> str:
    """What an approval says, and whether its label is told with it: as it was told, where it was,
    because a label that comes later is told on its own."""
    # Not the label's address: a shop may sign it afresh every time it sends the same event.
    what = f"{data.method}|{data.send_by}|{data.address or ''}|{data.code or ''}"
    if window := data.collected_in:
        what += f"|{window.start.isoformat()}/{window.end.isoformat()}"
    what, stands = epoch_of(found) + what, is_at(found, Stage.APPROVED)
    for _, said in case.told.newest_first():
        if said.kind is not Kind.RETURN_APPROVED or said.subject != subject:
            continue
        words = words_of(said)
        # What was taken back is told anew.
        if _is_or_labels(words, what) and not (stands and said.taken_back):
            return words
    label = current_label(found)
    return f"{what}{_LABELLED}{label.at.isoformat()}" if stands and label else what


def _is_or_labels(words: str, what: str) -> bool:
    return words == what or words.startswith(what + _LABELLED)


def label_told(words: str) -> datetime | None:
    """The moment of the label that was told with an approval of these words, if any was."""
    told = words.partition(_LABELLED)[2]
    return datetime.fromisoformat(told) if told else None


def current_label(found: Return) -> Latest[ReturnLabelReady] | None:
    """The label that came after the approval, or before it; None while it could not be made."""
    label, failed_at = found.label_ready, label_failed_at(found)
    if label is None or not counts(found, label.at):
        return None
    return label if failed_at is None or label.at >= failed_at else None


def own_label(found: Return) -> str | None:
    """The address of the label that the approval itself names, unless it failed since."""
    approved, failed_at = found.approved, label_failed_at(found)
    if approved is None or (failed_at and failed_at > approved.at):
        return None
    return approved.value.label_url


def label_failed_at(found: Return) -> datetime | None:
    """When its label could not be made, the last time; None when it could."""
    moment = found.label_failed.last if found.label_failed else None
    return moment if moment and counts(found, moment) else None
