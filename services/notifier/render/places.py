"""Time zones and locales by their names, where there are such. Pure."""

from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError


def zone_or_none(name: str) -> ZoneInfo | None:
    """The zone of the IANA database."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a folder of the database is an OSError
        return None


def locale_or_none(tag: str) -> Locale | None:
    """The locale of CLDR, by a language tag such as en-GB."""
    try:
        return Locale.parse(tag, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
