"""What stands in the ledger, in words for a person who helps customers: reasons, states, what
providers say. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from headsup.contracts.notifications import Reason
from headsup.contracts.reasons import REASONS
from services.notifier.attempts import State
from services.notifier.channels.code_words import code_in_words
from services.notifier.decide import Decision
from services.notifier.plan import PassedOver
from services.notifier.receipts import Word

STATES: Final[Mapping[str, str]] = {
    State.PLANNED: "it waits for its moment, or for another attempt",
    State.SENDING: "it is being handed to the provider",
    State.SENT: "the provider took it",
    State.DELIVERED: "it arrived",
    State.FAILED: "it did not arrive",
    State.UNKNOWN: "nobody knows whether the provider took it",
    State.SUPPRESSED: "it was not sent, and was not to be",
    State.EXPIRED: "it was too old to be sent",
    State.WITHDRAWN: "it was taken back before it was sent",
}
DECISIONS: Final[Mapping[str, str]] = {
    Decision.PLANNED: "it was to be sent",
    Decision.SUPPRESSED: "it was not to be sent",
    Decision.EXPIRED: "it came too late to be told",
    Decision.WITHDRAWN: "it was taken back",
}
RECEIPTS: Final[Mapping[str, str]] = {
    Word.ACCEPTED: "the provider took it",
    Word.QUEUED: "it waits at the provider",
    Word.SENDING: "the provider hands it on",
    Word.SENT: "the provider handed it on",
    Word.FAILED: "the provider did not hand it on",
    Word.UNDELIVERED: "it was handed on, and did not arrive",
    Word.DELIVERED: "it arrived",
    Word.READ: "it was read",
}


def reason_in_words(reason: str | None) -> str | None:
    """Why something was not said; None where there is no reason, or one of another version."""
    return REASONS[Reason(reason)] if reason in set(Reason) else None


def joined(*words: str | None) -> str:
    """Those that are there, each once."""
    return "; ".join(dict.fromkeys(filter(None, words)))


def of_request(row: Any, passed_over: Iterable[PassedOver]) -> dict[str, str]:
    """Of a request, by the name of what they explain."""
    found = {
        "decision": joined(DECISIONS.get(row["decision"]), reason_in_words(row["reason"])),
        "passed over": "; ".join(f"{one.channel}: {REASONS[one.reason]}" for one in passed_over),
    }
    return {name: words for name, words in found.items() if words}


def of_message(row: Any) -> dict[str, str]:
    """Of a message, by the name of what they explain; its state under `state`."""
    found = {
        "state": STATES.get(row["state"]),
        "receipt": RECEIPTS.get(row["receipt"]),
        "reason": reason_in_words(row["reason"]),
        "code": code_in_words(row["channel"], row["code"]),
        "instead of another, because of": reason_in_words(row["because"]),
    }
    return {name: words for name, words in found.items() if words}


def of_attempt(row: Any, channel: str) -> str:
    """Of one attempt to send."""
    why = joined(reason_in_words(row["reason"]), code_in_words(channel, row["code"]))
    return why or STATES.get(row["state"], "")
