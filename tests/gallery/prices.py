"""What an SMS costs, roughly."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec
import phonenumbers

_FILE: Final = Path(__file__).with_name("prices.toml")


class Price(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The price of one segment in one country."""

    country: str
    usd: Decimal
    provider: str
    source: str
    date: str


class _Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    price: list[Price]


def load() -> dict[str, Price]:
    """The table, by country."""
    table = msgspec.convert(tomllib.loads(_FILE.read_text("utf-8")), _Prices, strict=False)
    return {price.country: price for price in table.price}


def country_of(phone: str) -> str:
    """The country of an E.164 number; empty for a number of none."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone)) or ""
