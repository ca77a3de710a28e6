"""The currencies of today, and how many decimals an amount in each has.

ISO 4217, list one, which SIX keeps (www.six-group.com, "Data Standards"), as of January 2026: the
currencies that somebody pays with, without funds, metals and codes for testing. A test holds
the codes against those of CLDR, so that it is noticed when a country changes its money.

It is for advice and explanations only. Nothing is refused for not being in it, and no amount is
rounded to it: a list is always older than the newest currency.
"""

from collections.abc import Mapping
from typing import Final

from headsup.contracts.base import Money

_USUAL: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN
    BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL
    GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
    LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO
    NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE
    SOS SRD SSP STN SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD
    XCG YER ZAR ZMW ZWG
"""
_WITHOUT: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_IN_THOUSANDTHS: Final = "BHD IQD JOD KWD LYD OMR TND"

DECIMALS: Final[Mapping[str, int]] = {
    **dict.fromkeys(_USUAL.split(), 2),
    **dict.fromkeys(_WITHOUT.split(), 0),
    **dict.fromkeys(_IN_THOUSANDTHS.split(), 3),
}
"""How many decimals an amount has, by the currency's code."""


def oddity(money: Money) -> tuple[str, str] | None:
    """What is odd about an amount: the field, and what there is to say of it. None where nothing
    is. Zeros at its end are as good as none."""
    known = DECIMALS.get(money.currency)
    if known is None:
        return "currency", "no currency of ISO 4217 that is known here, told as it is written"
    used = len(money.amount.partition(".")[2].rstrip("0"))
    if used > known:
        return "amount", f"{used} decimals, and {money.currency} has {known}: told unrounded"
    return None
