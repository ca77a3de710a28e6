"""The keys that mail is signed with, from a folder: `<domain>/<selector>.pem`.

A domain may have several: the one whose selector comes last signs, so a new one is put beside the
old one under a later name, such as `2026-11`.
"""

import re
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from dkim import crypto

from services.notifier.channels.dkim_key import DkimKey, DkimKeys

FEWEST_BITS: Final = 1024
"""Shorter ones are not to be used (RFC 8301 section 3.2); 2048 is what one takes."""
MOST_BITS: Final = 4096
"""Receivers need not understand longer ones (RFC 8301 section 3.2)."""

_LABEL: Final = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(\.{_LABEL})+")
_SELECTOR: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*", re.IGNORECASE)
_DIGITS: Final = re.compile(r"([0-9]+)")


class DkimKeysError(ValueError):
    """A file that cannot be used. The sentence names it, and holds nothing of what is in it."""


def load_dkim_keys(folder: Path) -> DkimKeys:
    """Reads and tries every key. Raises DkimKeysError."""
    if not folder.is_dir():
        raise DkimKeysError(f"{folder} is no folder")
    keys = {entry.name: _newest(entry) for entry in _visible(folder) if entry.is_dir()}
    if not keys:
        raise DkimKeysError(f"{folder} has no folder that is named as a domain")
    return DkimKeys(keys)


def without_mail(keys: DkimKeys, from_domains: Collection[str]) -> list[str]:
    """Domains that no mail is from, nor from below: a signature of theirs proves nothing about who
    wrote it."""
    froms = [domain.lower() for domain in from_domains]
    return [
        domain
        for domain in keys.by_domain
        if not any(each == domain or each.endswith(f".{domain}") for each in froms)
    ]


def _newest(folder: Path) -> DkimKey:
    if not _DOMAIN.fullmatch(folder.name):
        raise DkimKeysError(f"{folder} is not named as a domain, in small letters and in ASCII")
    files = [file for file in _visible(folder) if file.suffix == ".pem"]
    if not files:
        raise DkimKeysError(f"{folder} has no key: expected <selector>.pem")
    keys = [_key(file) for file in files]
    return max(keys, key=lambda key: _in_order(key.selector))


def _visible(folder: Path) -> list[Path]:
    """Without what begins with a dot: mounted secrets come with folders of that kind."""
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise DkimKeysError(f"{folder} cannot be read: {error.strerror}") from None


def _in_order(selector: str) -> list[tuple[int, str]]:
    """Numbers by their size: s10 after s9."""
    return [(int(part) if part.isdigit() else 0, part) for part in _DIGITS.split(selector)]


def _key(file: Path) -> DkimKey:
    if not _SELECTOR.fullmatch(file.stem):
        raise DkimKeysError(f"{file} is not named as a selector: letters, digits, hyphens, dots")
    try:
        pem = file.read_bytes().replace(b"\r\n", b"\n")
    except OSError as error:
        raise DkimKeysError(f"{file} cannot be read: {error.strerror}") from None
    if b"ENCRYPTED" in pem:
        raise DkimKeysError(f"{file} is locked with a password, and nobody is there to type it")
    _try(file, pem)
    return DkimKey(domain=file.parent.name, selector=file.stem, pem=pem)


def _try(file: Path, pem: bytes) -> None:
    """Signs something and verifies it, so that a broken key stops the start and no mail."""
    try:
        key: dict[str, Any] = crypto.parse_pem_private_key(pem)
        bits = int(key["modulus"]).bit_length()
        is_whole = bits >= FEWEST_BITS and _signs(key)
    except (crypto.UnparsableKeyError, ValueError, TypeError, LookupError, ArithmeticError):
        raise DkimKeysError(f"{file} is no private RSA key in PEM") from None
    if not FEWEST_BITS <= bits <= MOST_BITS:
        raise DkimKeysError(f"{file} has {bits} bits: expected {FEWEST_BITS} to {MOST_BITS}")
    if not is_whole:
        raise DkimKeysError(f"{file} is damaged: what it signs does not verify")


def _signs(key: dict[str, Any]) -> bool:
    text = sha256(b"a mail")
    is_valid: bool = crypto.RSASSA_PKCS1_v1_5_verify(
        text, crypto.RSASSA_PKCS1_v1_5_sign(text, key), key
    )
    return is_valid
