"""What the law of a market asks of a shop; the figures and their sources are in `law.toml`."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import msgspec


class Law(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits of one market, in days. None where the law names no number."""

    name: str
    return_days: int | None = None
    refund_days: int | None = None
    repair_days: int | None = None
    expertise_days: int | None = None
    dispatch_days: int | None = None
    sources: tuple[str, ...]
    """The article and what it says."""
    urls: tuple[str, ...]


AT_LEAST: Final = ("return_days",)
"""The customer may have more."""
AT_MOST: Final = ("refund_days", "repair_days", "expertise_days", "dispatch_days")
"""The customer may have less to wait."""


def laws() -> Mapping[str, Law]:
    """The laws that we know, by the name that a shop's profile uses."""
    text = (files("headsup.shops") / "law.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Law])


def worse_than_law(law: Law, days: Mapping[str, int]) -> str | None:
    """The first of these promises that gives a customer less than the law, as a sentence."""
    for name, promised in days.items():
        limit = getattr(law, name, None)
        if limit is None:
            continue
        if name in AT_LEAST and promised < limit:
            return f"`{name}` is {promised}, and the law ({law.name}) asks for at least {limit}"
        if name in AT_MOST and promised > limit:
            return f"`{name}` is {promised}, and the law ({law.name}) allows at most {limit}"
    return None


def asked_for(law: Law) -> dict[str, int]:
    """What the law asks for, as promises."""
    found = {name: getattr(law, name) for name in (*AT_LEAST, *AT_MOST)}
    return {name: days for name, days in found.items() if days is not None}
