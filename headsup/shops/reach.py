"""How a shop reaches its customers: how often, in which alphabet, by which approved texts."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from headsup.contracts.catalogue import Kind

_Count = Annotated[int, Meta(ge=1, le=1000)]
_ContentSid = Annotated[str, Meta(pattern=r"^HX[0-9a-fA-F]{32}$")]
_Variables = Annotated[tuple[str, ...], Meta(max_length=100)]


class Alphabet(StrEnum):
    """In which letters an SMS is written in a language whose letters GSM 03.38 lacks. A part holds
    153 letters of that alphabet, and 67 of any other."""

    NATIONAL = "national"  # always its own
    TRANSLITERATED = "transliterated"  # always Latin letters
    CHEAPEST = "cheapest"  # its own, unless Latin letters save a segment


class Caps(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many messages one person gets at most, by whichever channels unless one is named. What
    the law asks for and what cannot wait is never counted out."""

    transactional_in_a_day: _Count = 20
    marketing_in_a_day: _Count = 1
    marketing_in_a_week: _Count = 5
    sms_in_a_day: _Count = 10
    """Of whichever class: they are what disturbs most, and what costs."""


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text that Meta approved, as Twilio names it, and what fills its numbered gaps, in order:
    names of variables of our texts."""

    content_sid: _ContentSid
    variables: _Variables = ()


class WhatsApp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop's approved texts, by kind and language. What has none can be sent only within 24 hours
    of the customer's last word."""

    templates: Mapping[Kind, Mapping[str, Template]] = {}

    def template_for(self, kind: Kind, language: str) -> Template | None:
        """The text of a kind in the language of this tag (BCP 47), and not in any other."""
        spoken = self.templates.get(kind, {})
        return spoken.get(language) or spoken.get(language.partition("-")[0])
