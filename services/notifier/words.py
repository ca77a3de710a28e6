"""What a provider was given, kept in the ledger while nobody knows how the call ended. Pure.

It is written between the claim and the call, so its absence says that there was no call; and a
provider is asked about these words, whatever our texts say by then. Mail does without: it goes
again as the same mail, and to write it down would cost each of them.
"""

from typing import Final, NamedTuple

from headsup.contracts.channels import Channel
from services.notifier.attempts import Claimed
from services.notifier.rendered import (
    FilledTemplate,
    Lettering,
    Rendered,
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
    RenderedWhatsApp,
)

KEPT_ON: Final = frozenset({Channel.SMS, Channel.TELEGRAM, Channel.WHATSAPP})
_UNIT: Final = "\x1f"
"""Stands between the parts of a template, and in no text of ours."""


class Cost(NamedTuple):
    """What a text message is billed by."""

    segments: int | None = None
    lettering: Lettering | None = None


FREE: Final = Cost()
"""Of everything else."""


def cost_of(message: Rendered) -> Cost:
    """What the provider is going to bill it by."""
    if isinstance(message, RenderedSms):
        return Cost(message.segments, message.lettering)
    return FREE


def words_of(message: Rendered) -> str | None:
    """What is kept of it; None when nothing is."""
    match message:
        case RenderedSms():
            return _kept(message.text)
        case RenderedTelegram():
            return _kept(message.html)
        case RenderedWhatsApp(template=FilledTemplate() as template):
            return _kept(_UNIT.join(("", template.content_sid, *template.variables)))
        case RenderedWhatsApp():
            return _kept(message.text)
        case RenderedEmail():
            return None


def as_given(claimed: Claimed) -> RenderedSms | RenderedWhatsApp | None:
    """The message to ask a provider about; None when it was never given to one."""
    if claimed.words is None:
        return None
    if claimed.address.channel is Channel.WHATSAPP:
        return _whatsapp(claimed, claimed.words)
    return RenderedSms(
        notification_id=claimed.id,
        to=claimed.address.value,
        text=claimed.words,
        segments=0,
        valid_for=0.0,
    )


def _whatsapp(claimed: Claimed, words: str) -> RenderedWhatsApp:
    template = None
    if words.startswith(_UNIT):
        _, sid, *variables = words.split(_UNIT)
        template = FilledTemplate(sid, tuple(variables))
    return RenderedWhatsApp(
        notification_id=claimed.id,
        to=claimed.address.value,
        text="" if template else words,
        template=template,
        valid_for=0.0,
    )


def _kept(words: str) -> str:
    return words.replace("\0", "")  # PostgreSQL keeps none
