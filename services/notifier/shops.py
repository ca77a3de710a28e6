"""Who speaks: the shops that we write for, read from one TOML file.

The file is named by the setting `HEADSUP_SHOPS`; `shops.example.toml` beside this module shows
every field. A shop is found by its `source`, which is the `source` of its events.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

_Line = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Mailbox = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
    ),
]
_Web = Annotated[str, Meta(max_length=200, pattern=r"^https?://[!-;=?-\[\]-~]+$")]
_Phone = Annotated[str, Meta(max_length=24, pattern=r"^[+0-9][0-9 ()\-]{2,}$")]
_Colour = Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}$")]
_Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
_Source = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\s\x00-\x1f\x7f]+$")]


class Support(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a customer reaches a human. At least one of phone, email and url is set."""

    phone: _Phone | None = None
    email: _Mailbox | None = None
    url: _Web | None = None
    hours: dict[str, _Line] = {}
    """When somebody answers, per language: {uk = "щодня 9:00–20:00"}."""


class ShopProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shop as its customers know it."""

    source: _Source
    """The `source` of the shop's events."""
    name: Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]+$")]
    mail_from: _Mailbox
    reply_to: _Mailbox | None = None
    support: Support
    language: _Language
    """Spoken to customers whose own language is unknown, or has no texts."""
    time_zone: str
    """IANA name; used for customers whose own zone is unknown."""
    brand_colour: _Colour = "#1f5f8b"
    home_url: _Web


class _File(msgspec.Struct, forbid_unknown_fields=True):
    shop: list[dict[str, Any]]


class ShopsError(ValueError):
    """A shops file that cannot be used. The sentence names the file, the shop and the field."""


def load_shops(path: Path) -> dict[str, ShopProfile]:
    """The shops in a TOML file, by source. Raises ShopsError."""
    try:
        content = msgspec.convert(tomllib.loads(path.read_text("utf-8")), _File)
    except OSError as error:
        raise ShopsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ShopsError(f"{path}: is not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ShopsError(f"{path}: expected a list of [[shop]] tables: {error}") from error
    shops: dict[str, ShopProfile] = {}
    for number, table in enumerate(content.shop, start=1):
        shop = _shop(path, number, table)
        if shop.source in shops:
            raise ShopsError(f"{path}: shop {shop.source}: `source` appears twice")
        shops[shop.source] = shop
    if not shops:
        raise ShopsError(f"{path}: names no shop")
    return shops


def _shop(path: Path, number: int, table: dict[str, Any]) -> ShopProfile:
    who = f"{path}: shop {table.get('source', f'number {number}')}"
    try:
        shop = msgspec.convert(table, ShopProfile)
    except msgspec.ValidationError as error:
        raise ShopsError(f"{who}: {_in_words(error)}") from error
    if not (shop.support.phone or shop.support.email or shop.support.url):
        raise ShopsError(
            f"{who}: `support` needs a phone, an email or a url: a customer must reach a human"
        )
    if not _is_zone(shop.time_zone):
        raise ShopsError(f"{who}: `time_zone` is no zone of the IANA database")
    return shop


_FIELD_IN_MESSAGE = re.compile(r"field `([^`]+)`")


def _in_words(error: msgspec.ValidationError) -> str:
    """msgspec says "Expected `str`, got `int` - at `$.support.phone`"; we put the field first."""
    problem, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$").removeprefix(".")
    named = _FIELD_IN_MESSAGE.search(problem)
    if named:
        field = ".".join(part for part in (field, named.group(1)) if part)
        problem = "is missing" if "missing" in problem else "is not a field of a shop"
        return f"`{field}` {problem}"
    return f"`{field}`: {problem[:1].lower()}{problem[1:]}"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the database is an OSError
        return False
    return True
