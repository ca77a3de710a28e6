"""The building blocks of every contract: identifiers, money, dates, addresses, places."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Final

import msgspec
from msgspec import Meta

# Patterns are read by Python here and by ECMA-262 wherever a shop checks a schema, so they keep to
# what both understand alike: ASCII digits instead of \d, no needless escapes, and an end that does
# not overlook a last line feed, as a bare $ does in Python.
_END = r"$(?!\n)"
ID_PATTERN = r"^[^\s\x00-\x1f\x7f]+" + _END
URL_PATTERN = r"^https?://[^\s<>\x22'\\\x00-\x1f\x7f]+" + _END
LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*" + _END
TIME_ZONE_PATTERN = r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*" + _END
AMOUNT_PATTERN = r"^[0-9]{1,12}(\.[0-9]{1,4})?" + _END
CURRENCY_PATTERN = r"^[A-Z]{3}" + _END
ATTRIBUTE_PATTERN = r"^[^\x00-\x1f\x7f]+" + _END

PATTERNS_IN_WORDS: Final[Mapping[str, str]] = {
    ID_PATTERN: "an identifier without spaces",
    URL_PATTERN: "an address that begins with http:// or https://, without spaces or quotes",
    LANGUAGE_PATTERN: 'a language tag, such as "uk" or "en-GB"',
    TIME_ZONE_PATTERN: 'a time zone by its name, such as "Europe/Kyiv"',
    AMOUNT_PATTERN: 'a decimal number as text, such as "1299.00"',
    CURRENCY_PATTERN: 'a currency as three capital letters, such as "UAH"',
    ATTRIBUTE_PATTERN: "text on one line",
}
"""What each pattern asks for, for whoever reads a refusal."""


class Contract(msgspec.Struct, frozen=True, omit_defaults=True):
    """A frozen value that crosses Kafka. Fields that a reader does not know are passed over."""


Id = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=ID_PATTERN,
        description="An identifier of the shop's: 1 to 100 characters, no spaces.",
    ),
]
ShortText = Annotated[str, Meta(min_length=1, max_length=200)]
LongText = Annotated[str, Meta(min_length=1, max_length=2000)]
Url = Annotated[
    str,
    Meta(
        max_length=2048,
        pattern=URL_PATTERN,
        description="An http or https address.",
    ),
]
Instant = Annotated[
    datetime,
    Meta(tz=True, description="RFC 3339 with an offset, such as 2026-11-24T10:00:00+02:00."),
]
Language = Annotated[
    str,
    Meta(
        max_length=35,
        pattern=LANGUAGE_PATTERN,
        description="A language tag (BCP 47), such as uk, en-GB.",
    ),
]
TimeZone = Annotated[
    str,
    Meta(
        max_length=64,
        pattern=TIME_ZONE_PATTERN,
        description="A zone of the IANA database, such as Europe/Kyiv.",
    ),
]


class Money(Contract, frozen=True, kw_only=True):
    """An amount and its currency. The amount is a string, because binary floats lose cents."""

    amount: Annotated[
        str,
        Meta(pattern=AMOUNT_PATTERN, description='A decimal, not negative: "1299.00".'),
    ]
    currency: Annotated[str, Meta(pattern=CURRENCY_PATTERN, description="ISO 4217, such as UAH.")]

    @property
    def decimal(self) -> Decimal:
        """The amount as a number that does not lose cents."""
        return Decimal(self.amount)

    @property
    def is_zero(self) -> bool:
        """It is no money at all: the price of a sample, a refund of nothing."""
        return not self.decimal


class Item(Contract, frozen=True, kw_only=True):
    """One line of an order, a shipment or a return."""

    name: ShortText
    quantity: Annotated[int, Meta(ge=1, le=10_000)] = 1
    price: Money | None = None


Items = Annotated[tuple[Item, ...], Meta(max_length=500)]


class Estimate(Contract, frozen=True, kw_only=True):
    """The days between which a parcel is expected. One day only when `earliest` is left out."""

    latest: date
    earliest: date | None = None


class Window(Contract, frozen=True, kw_only=True):
    """A span of time in which the courier comes."""

    start: Instant
    end: Instant


class Customer(Contract, frozen=True, kw_only=True):
    """Who ordered, and how the order says they can be reached. No address is required: an order
    that names no usable one is kept, and what was not said is recorded with its reason."""

    id: Id
    name: ShortText | None = None
    email: Annotated[str, Meta(max_length=320)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    language: Language | None = None
    time_zone: TimeZone | None = None


class PickupPoint(Contract, frozen=True, kw_only=True):
    """Where a parcel waits: a post office, a locker, a shop."""

    name: ShortText
    address: ShortText
    hours: ShortText | None = None
    code: Annotated[str, Meta(min_length=1, max_length=30)] | None = None
    hold_until: date | None = None
