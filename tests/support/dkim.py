"""Keys for mail, and the DNS that a receiver would ask, without a network."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import dkim

from sandbox.parts.rsa_key import rsa_key
from services.notifier.channels.dkim_key import DkimKey

Lookup = Callable[..., bytes | None]

DOMAIN, SELECTOR = "shop.example", "2026-11"


@cache
def pair(seed: int = 1, bits: int = 1024) -> tuple[bytes, bytes]:
    """A private key and its DNS record; short, because long ones take long to find."""
    return rsa_key(bits, seed=seed)


def key(domain: str = DOMAIN, selector: str = SELECTOR, seed: int = 1) -> DkimKey:
    """A key as it is read from a file."""
    return DkimKey(domain=domain, selector=selector, pem=pair(seed)[0])


def dns(*keys: tuple[DkimKey, int]) -> Lookup:
    """What DNS says of these keys, each with the seed that it was made from."""
    return lookup({f"{k.selector}._domainkey.{k.domain}.": pair(seed)[1] for k, seed in keys})


def lookup(records: Mapping[str, bytes]) -> Lookup:
    """TXT records, by name."""

    def found(name: bytes, timeout: float = 5) -> bytes | None:  # noqa: ARG001 - as dkimpy asks
        return records.get(name.decode())

    return found


def is_valid(content: bytes, asked: Lookup) -> bool:
    """Whether a receiver takes its signature. A mail without one is not valid."""
    verdict: bool = dkim.verify(content, dnsfunc=asked)
    return verdict


def put_key(folder: Path, domain: str, selector: str, pem: bytes | None = None) -> Path:
    """A file with a key, where the setting expects it."""
    file = folder / domain / f"{selector}.pem"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pair()[0] if pem is None else pem)
    return file
