"""Keys for the mail of the demo's shops, made anew at each start."""

from pathlib import Path
from typing import Final

from headsup.shops.profile import load_shops
from sandbox.parts.rsa_key import rsa_key

_BITS: Final = 1024
"""Found in a blink; a shop takes 2048."""
_SELECTOR: Final = "demo"


def put_mail_keys(folder: Path, shops: Path) -> Path:
    """Writes a key for each domain that a shop writes from, and its DNS record beside it, as the
    setting `HEADSUP_DKIM_KEYS` expects them. Returns `folder`."""
    for shop in load_shops(shops).values():
        own = folder / shop.mail_from.rpartition("@")[2].lower()
        own.mkdir(parents=True, exist_ok=True)
        pem, record = rsa_key(_BITS)
        (own / f"{_SELECTOR}.pem").write_bytes(pem)
        (own / f"{_SELECTOR}.txt").write_bytes(record + b"\n")
    return folder
