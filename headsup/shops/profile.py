"""Who speaks: the shops that we write for, each in a TOML file of its own.

The setting `HEADSUP_SHOPS` names their folder, or one such file; `example.toml` beside this module
shows every field. A shop is found by its `source`, which is the `source` of its events.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from headsup.contracts.channels import Channel
from headsup.shops.carts import CartPolicy
from headsup.shops.law import asked_for, laws, worse_than_law
from headsup.shops.night import Night
from headsup.shops.policy import Policy
from headsup.shops.reach import Alphabet, Caps, WhatsApp

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
    law: _Line | None = None
    """The market whose law holds; `law.toml` names them. Its limits are the shop's promises where
    the shop says nothing, and it may not promise less."""
    policy: Policy = Policy()
    """What the shop promises."""
    carts: CartPolicy = CartPolicy()
    """How it reminds of carts."""
    night: Night = Night()
    """When nobody is disturbed, on the customer's clock."""
    channels: frozenset[Channel] = frozenset(Channel)
    """The channels that the shop uses."""
    caps: Caps = Caps()
    """How many messages one person gets at most."""
    sms_alphabet: Alphabet = Alphabet.NATIONAL
    """In which letters an SMS is written."""
    whatsapp: WhatsApp = WhatsApp()
    """Its texts that may begin a conversation there."""
    texts: str | None = None
    """A folder beside this file, with texts that replace ours: `<language>/<kind>.toml`."""


class ShopsError(ValueError):
    """A shop's file that cannot be used. The sentence names the file and the field."""


def load_shops(path: Path) -> dict[str, ShopProfile]:
    """The shops of a folder, or the one of a file, by source. Raises ShopsError."""
    shops: dict[str, ShopProfile] = {}
    for file in sorted(path.glob("*.toml")) if path.is_dir() else [path]:
        shop = _shop(file)
        if shop.source in shops:
            raise ShopsError(f"{file}: another file has the same `source`")
        shops[shop.source] = shop
    if not shops:
        raise ShopsError(f"{path}: has no file that names a shop (*.toml)")
    return shops


def _shop(file: Path) -> ShopProfile:
    try:
        table = tomllib.loads(file.read_text("utf-8"))
        shop = msgspec.convert(_with_law(file, table), ShopProfile)
    except OSError as error:
        raise ShopsError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ShopsError(f"{file}: is not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ShopsError(f"{file}: {_in_words(error)}") from error
    if not (shop.support.phone or shop.support.email or shop.support.url):
        raise ShopsError(
            f"{file}: `support` needs a phone, an email or a url: a customer must reach a human"
        )
    if not _is_zone(shop.time_zone):
        raise ShopsError(f"{file}: `time_zone` is no zone of the IANA database")
    if not shop.channels:
        raise ShopsError(f"{file}: `channels` names none")
    if shop.texts is None:
        return shop
    folder = file.parent / shop.texts
    if not folder.is_dir():
        raise ShopsError(f"{file}: `texts` is no folder beside this file")
    return msgspec.structs.replace(shop, texts=str(folder))


def _with_law(file: Path, table: dict[str, Any]) -> dict[str, Any]:
    """The table of a shop, its policy filled with its zone and with what its law asks for."""
    policy = table.get("policy", {})
    if not isinstance(policy, dict):
        return table
    filled = {"time_zone": table.get("time_zone")} | policy
    if (name := table.get("law")) is not None:
        law = laws().get(name) if isinstance(name, str) else None
        if law is None:
            raise ShopsError(f"{file}: `law` is none that we know: {', '.join(laws())}")
        days = {key: value for key, value in policy.items() if isinstance(value, int)}
        if worse := worse_than_law(law, days):
            raise ShopsError(f"{file}: `policy`: {worse}")
        filled = asked_for(law) | filled
    return table | {"policy": filled}


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
