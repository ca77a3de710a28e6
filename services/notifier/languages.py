"""Which language is spoken to a customer. Pure."""

from collections.abc import Collection, Iterable
from typing import Final

DEFAULT_LANGUAGE: Final = "en"
"""Spoken when there are texts in none of the languages that were asked for."""


def language_in(tag: str) -> str:
    """The language of a tag: "en" of "EN-us"."""
    return tag.partition("-")[0].lower()


def first_spoken(tags: Iterable[str | None], spoken: Collection[str]) -> str:
    """The first tag whose language is spoken. A region in it is kept: dates are written by it."""
    for tag in tags:
        if tag and language_in(tag) in spoken:
            return tag
    return DEFAULT_LANGUAGE
