"""The alphabet of an SMS, and how a message is coded. Pure.

3GPP TS 23.038, 6.2.1: the GSM 7-bit alphabet and its extension table.
"""

from typing import Final

BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = frozenset("\f^{}\\[~]|€")
"""Two septets each."""
GSM: Final = BASIC | EXTENSION


def is_gsm(text: str) -> bool:
    """Whether `text` fits the GSM 7-bit alphabet."""
    return GSM.issuperset(text)
