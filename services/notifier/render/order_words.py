"""The words of an order's page, and of why somebody got a message, in one language: `_order.toml`.
Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Standing
from headsup.orders import Ended, StepKind
from services.notifier.render.placeholders import problem_in

ORDER: Final = "_order"
"""The name of the file with them."""
OTHER: Final = "other"
"""A reason that has no words of its own."""
_Words = dict[str, str]


class LinkWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Links in messages that lead to pages of ours."""

    order: str
    parcel: str
    """For a gift's recipient, who did not order anything."""
    why: str
    preferences: str


class OrderPageWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page of an order says."""

    order: str
    parcel: str
    next: str
    next_open: str
    leaves: str
    expected: str
    handed: str
    several: str
    some: str
    standing: str
    languages: str
    can_do: str
    view: str
    track: str
    bring_back: str
    question: str
    answer: str
    parcels: str
    happened: str
    step: str
    told: str
    told_nothing: str
    told_help: str
    told_line: str
    ordered: str
    more: str
    payment: str
    expired: str
    expired_help: str
    unknown: str
    unknown_help: str
    nothing_left: str


class ReturnWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How something is sent back."""

    title: str
    until: str
    begin: str
    begin_there: str
    looked_at: str
    drop_off: str
    drop_off_at: str
    courier: str
    courier_at: str
    store: str
    store_at: str
    code: str
    label: str
    send_by: str
    note: str
    answer: str
    rejected: str
    over: str


class WhyWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody got a message."""

    title: str
    what: str
    what_it: str
    what_of: str
    because: str
    because_of: str
    because_cart: str
    contract: str
    legal: str
    recipient: str
    marketing: str
    marketing_where: str
    marketing_text: str
    marketing_unknown: str
    channel: str
    chosen: str
    passed_over: str
    held: _Words
    outcome: str
    change: str
    order: str
    preferences: str
    stop: str


class OrderWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of them. Placeholders stand in `PLACEHOLDERS`."""

    links: LinkWords
    page: OrderPageWords
    returning: ReturnWords
    why: WhyWords
    ended: _Words
    parcels: _Words
    """How one of several parcels stands, after its name."""
    steps: _Words
    states: _Words
    channels: _Words
    reasons: _Words
    no_address: _Words
    """The reason that we have none on a channel."""


PLACEHOLDERS: Final[Mapping[str, frozenset[str]]] = {
    "page.order": frozenset({"number"}),
    "page.next": frozenset({"by"}),
    "page.leaves": frozenset({"by"}),
    "page.expected": frozenset({"when"}),
    "page.handed": frozenset({"how", "at"}),
    "page.several": frozenset({"number", "count"}),
    "page.some": frozenset({"some", "count"}),
    "page.standing": frozenset({"parcel", "standing"}),
    "page.step": frozenset({"what", "number", "count"}),
    "page.told_line": frozenset({"channel", "address", "state"}),
    "page.more": frozenset({"count"}),
    "page.payment": frozenset({"state"}),
    "returning.until": frozenset({"by"}),
    "returning.drop_off_at": frozenset({"place"}),
    "returning.courier_at": frozenset({"on", "hours"}),
    "returning.store_at": frozenset({"place"}),
    "returning.code": frozenset({"code"}),
    "returning.send_by": frozenset({"day"}),
    "why.what": frozenset({"shop", "at", "channel", "address"}),
    "why.what_it": frozenset({"title"}),
    "why.what_of": frozenset({"title", "number"}),
    "why.because": frozenset({"at"}),
    "why.because_of": frozenset({"what", "at"}),
    "why.recipient": frozenset({"shop"}),
    "why.marketing": frozenset({"shop", "at"}),
    "why.marketing_where": frozenset({"where"}),
    "why.marketing_text": frozenset({"text"}),
    "why.channel": frozenset({"channel"}),
    "why.passed_over": frozenset({"channel", "reason"}),
    "why.outcome": frozenset({"state"}),
}
"""What a sentence names; it names all of it, or it would say less than it should."""
PARCELS: Final = (
    Standing.REGISTERED,
    Standing.UNDER_WAY,
    Standing.OUT_FOR_DELIVERY,
    Standing.ATTEMPTED,
    Standing.WAITING_FOR_PICKUP,
    Standing.AT_CUSTOMS,
    Standing.ADDRESS_NEEDED,
    Standing.SEARCHED_FOR,
    Standing.GOING_BACK,
)
"""What can be true of one parcel, and not of another one of the same order."""
_STATES: Final = ("planned", "sending", "sent", "delivered", "failed", "unknown")
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "ended": (*Ended, OTHER),
    "parcels": PARCELS,
    "steps": tuple(StepKind),
    "states": _STATES,
    "channels": tuple(Channel),
    "reasons": (OTHER,),
    "no_address": tuple(Channel),
    "why.held": ("night", "cap"),
}


def problem_of(words: OrderWords) -> str | None:
    """What is wrong with them, as the key and a few words; None when nothing is."""
    table = msgspec.to_builtins(words)
    for name, keys in _NEEDED.items():
        for key in keys:
            if key not in _found(table, name):
                return f"`{name}.{key}` is missing"
    for key, text in _texts(table):
        if problem := problem_in(key, text, PLACEHOLDERS.get(key, frozenset())):
            return problem
    return None


def _found(table: Mapping[str, Any], name: str) -> Mapping[str, str]:
    for part in name.split("."):
        table = table[part]
    return table


def _texts(table: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield within + key, value
        else:
            yield from _texts(value, f"{within}{key}.")
