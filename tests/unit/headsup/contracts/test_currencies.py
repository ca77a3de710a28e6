"""The list of currencies is that of today."""

from babel.core import get_global

from headsup.contracts.currencies import DECIMALS


def test_every_currency_that_a_country_pays_with_is_known() -> None:
    """By CLDR's list of what is legal tender, and since when. Where this fails after an update of
    Babel, a country has other money than before: write it into the list, with its decimals."""
    tender = {
        currency
        for currencies in get_global("territory_currencies").values()
        for currency, _, end, is_tender in currencies
        if end is None and is_tender
    }
    assert tender - DECIMALS.keys() == set()
    assert len(DECIMALS) < len(tender) + 20


def test_what_cannot_be_divided_into_hundredths_is_known() -> None:
    some = {code: DECIMALS[code] for code in ("UAH", "USD", "JPY", "KRW", "KWD", "TND")}
    assert some == {"UAH": 2, "USD": 2, "JPY": 0, "KRW": 0, "KWD": 3, "TND": 3}
