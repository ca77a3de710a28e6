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
# Of what Unicode calls a space, a control or a mark without width, something else has to be there.
_UNSEEN = r"\s\x00-\x1f\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
READABLE_PATTERN = rf"[^{_UNSEEN}]"
ATTRIBUTE_PATTERN = r"^[^\x00-\x1f\x7f]+" + _END

PATTERNS_IN_WORDS: Final[Mapping[str, str]] = {
    ID_PATTERN: "an identifier without spaces",
    URL_PATTERN: "an address that begins with http:// or https://, without spaces or quotes",
    LANGUAGE_PATTERN: 'a language tag, such as "uk" or "en-GB"',
    TIME_ZONE_PATTERN: 'a time zone by its name, such as "Europe/Kyiv"',
    AMOUNT_PATTERN: 'a decimal number as text, such as "1299.00"',
    CURRENCY_PATTERN: 'a currency as three capital letters, such as "UAH"',
    ATTRIBUTE_PATTERN: "text on one line",
    READABLE_PATTERN: "text that can be read, not only spaces",
}
"""What each pattern asks for, for whoever reads a refusal."""


class Contract(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A frozen value that crosses Kafka. Fields that a reader does not know are passed over.

    A tree of values never leads back to itself, so the garbage collector need not look for that."""


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
"""May be blank: a text of spaces that may be left out is taken as left out, and costs nobody the
rest of the event. What a message cannot be written without is one of the two below."""
ReadableShortText = Annotated[str, Meta(min_length=1, max_length=200, pattern=READABLE_PATTERN)]
ReadableLongText = Annotated[str, Meta(min_length=1, max_length=2000, pattern=READABLE_PATTERN)]
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
    """An amount and its currency. The amount is a string, because binary floats lose cents.

    A currency that we do not know is taken: countries change theirs, and a list of ours would
    silence their shops until it is changed as well. So are more decimals than it has: what is paid
    is told as the shop wrote it, never rounded. Both are advised against (`advice`), and explained
    in `headsup trace`."""

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
        return not self.amount.strip("0.")


class Item(Contract, frozen=True, kw_only=True):
    """One line of an order, a shipment or a return. A blank name is taken, and a dash stands for
    it: an order is not kept from its customer for one line."""

    name: ShortText
    quantity: Annotated[int, Meta(ge=1, le=10_000)] = 1
    price: Money | None = None
    digital: bool = False
    """It is downloaded, or is a licence, and in no parcel: `order.download_ready` brings it."""


Items = Annotated[tuple[Item, ...], Meta(max_length=500)]


class Estimate(Contract, frozen=True, kw_only=True):
    """The days between which a parcel is expected. One day only when `earliest` is left out. Where
    it is later than `latest` it counts for nothing: the last day is what is promised."""

    latest: date
    earliest: date | None = None

    @property
    def is_backwards(self) -> bool:
        """It ends before it begins. Nobody is told of the first day then."""
        return self.earliest is not None and self.earliest > self.latest

    @property
    def first(self) -> date:
        """The first of the days."""
        return min(self.earliest, self.latest) if self.earliest else self.latest


class Window(Contract, frozen=True, kw_only=True):
    """A span of time in which the courier comes. Hours that end before they begin are nobody's:
    the rest of the event is told without them."""

    start: Instant
    end: Instant

    @property
    def is_backwards(self) -> bool:
        """It ends before it begins, or as it begins."""
        return self.end <= self.start


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

    name: ReadableShortText
    address: ReadableShortText
    hours: ShortText | None = None
    code: Annotated[str, Meta(min_length=1, max_length=30)] | None = None
    hold_until: date | None = None
