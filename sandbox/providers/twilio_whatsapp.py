"""What is different at Twilio where a message goes by WhatsApp: the window, and approved texts.

twilio.com/docs/whatsapp/key-concepts, and for the codes twilio.com/docs/api/errors/<code>. A body
outside the window is taken at first, and fails a moment later.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from headsup.contracts.channels import Channel

PREFIX: Final = "whatsapp:"
WINDOW: Final = timedelta(hours=24)
OUTSIDE: Final = 63016
ERRORS: Final[Mapping[int, tuple[int, str]]] = {
    # code: HTTP status and text
    21655: (400, "The ContentSid is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
}
_CONTENT: Final = re.compile(r"HX[0-9a-fA-F]{32}")
_GAP: Final = re.compile(r"\{\{(\w+)\}\}")


def channel_of(form: Mapping[str, str]) -> Channel:
    """By which the message goes."""
    return Channel.WHATSAPP if form.get("To", "").startswith(PREFIX) else Channel.SMS


def number_in(address: str) -> str:
    """The number, without the channel before it."""
    return address.removeprefix(PREFIX)


def refusal_of(form: Mapping[str, str]) -> int | None:
    """Twilio's code for what is wrong with it as a WhatsApp message; None when nothing is."""
    if channel_of(form) is not Channel.WHATSAPP:
        return None
    sender = form.get("From", "")
    if sender and not sender.startswith(PREFIX):
        return 63007
    if "ContentSid" in form and not _CONTENT.fullmatch(form["ContentSid"]):
        return 21655
    return None if _variables(form) is not None else 21656


def body_of(form: Mapping[str, str], texts: Mapping[str, str]) -> str:
    """What the customer reads: of a template, its approved text with the gaps filled."""
    if "ContentSid" not in form:
        return form.get("Body", "")
    variables = _variables(form) or {}
    text = texts.get(form["ContentSid"])
    if text is None:
        return " ".join(variables.values()) or form["ContentSid"]
    return _GAP.sub(lambda gap: variables.get(gap[1], ""), text)


def is_outside(form: Mapping[str, str], came: Iterable[Mapping[str, Any]], now: datetime) -> bool:
    """Whether it is in words of the shop's own though the customer did not write within a day.
    `came`: what customers wrote, as the API lists it."""
    if channel_of(form) is not Channel.WHATSAPP or not form.get("Body"):
        return False
    wrote = (_date(each["date_sent"]) for each in came if each["from"] == form["To"])
    return not any(now - at < WINDOW for at in wrote)


def _variables(form: Mapping[str, str]) -> dict[str, str] | None:
    try:
        found = json.loads(form.get("ContentVariables", "{}"))
    except ValueError:
        return None
    is_right = isinstance(found, dict) and all(
        isinstance(each, str) and each and "\n" not in each for each in found.values()
    )
    return found if is_right else None


def _date(text: str) -> datetime:
    return parsedate_to_datetime(text).astimezone(UTC)
