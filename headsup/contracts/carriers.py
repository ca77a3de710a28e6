"""The names of carriers, as shops and their systems write them."""

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=1000)
def carrier_key(name: str) -> str:
    """What stands for a carrier, however its name is written: "Nova Poshta", "NOVA-POSHTA" and
    "nova poshta " are one. Case, spaces and punctuation do not tell carriers apart."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(sign for sign in folded if sign.isalnum()) or folded
