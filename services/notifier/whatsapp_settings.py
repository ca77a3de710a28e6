"""What the notifier is told about WhatsApp."""

import re
from collections.abc import Iterable
from typing import Final

from headsup.settings import Environment
from headsup.shops.profile import ShopProfile
from services.notifier.channels import TwilioAccount
from services.notifier.languages import language_in
from services.notifier.render.templates import problems
from services.notifier.voices import Voices

_SENDER: Final = re.compile(r"\+[1-9][0-9]{6,14}|MG[0-9a-fA-F]{32}")


def whatsapp_account(environment: Environment) -> TwilioAccount | None:
    """The account of text messages, with a sender of its own; None when nobody is written to
    there. The caller calls `environment.check()`."""
    sender = environment.parsed("TWILIO_WHATSAPP_FROM", _sender, "")
    if not sender:
        return None
    return TwilioAccount(
        sid=environment.text("TWILIO_ACCOUNT_SID"),
        auth_token=environment.text("TWILIO_AUTH_TOKEN"),
        sender=sender,
    )


def check_templates(environment: Environment, shops: Iterable[ShopProfile], voices: Voices) -> None:
    """Refuses templates that no message could fill."""
    for shop in shops:
        spoken = voices.of(shop.source).languages
        for problem in problems(shop.whatsapp, lambda tag: language_in(tag) in spoken):  # noqa: B023 - used at once
            environment.refuse(f"HEADSUP_SHOPS is wrong: {shop.source}: {problem}.")


def _sender(text: str) -> str:
    sender = text.removeprefix("whatsapp:")
    if not _SENDER.fullmatch(sender):
        raise ValueError("expected a number such as +380441234567, or a Messaging Service (MG...)")
    return sender
