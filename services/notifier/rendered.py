"""Messages as they leave us: one type per channel, complete, so that sending adds nothing."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from headsup.contracts.channels import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A labelled link, or under a Telegram message an answer that is pressed."""

    label: str
    url: str
    press: str | None = None
    """What Telegram tells us when it is pressed; then it leads nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedEmail:
    """A mail. `notification_id` and `date` make every attempt the same mail, byte for byte."""

    notification_id: str
    to: str
    to_name: str | None
    from_address: str
    from_name: str
    reply_to: str | None
    subject: str
    text: str
    html: str
    language: str
    date: datetime
    stop_url: str | None = None
    """Where whoever gets it wants no more, by one click of their mail program (RFC 8058)."""

    channel = Channel.EMAIL


class Lettering(StrEnum):
    """In which letters a text message is written: that decides how many fit a part of it."""

    GSM = "gsm"  # as it is, 153 to a part
    LATIN = "latin"  # its own letters were replaced by Latin ones, 153 to a part
    NATIONAL = "national"  # its own, 67 to a part


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedSms:
    """A text message. `to` is E.164. `segments` is what the provider will bill."""

    notification_id: str
    to: str
    text: str
    segments: int
    lettering: Lettering = Lettering.GSM
    valid_for: float
    """Seconds after which the provider must not deliver it any more."""

    channel = Channel.SMS


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedTelegram:
    """A Telegram message in its HTML, with buttons in rows."""

    notification_id: str
    chat_id: int
    html: str
    buttons: tuple[tuple[Button, ...], ...] = ()

    channel = Channel.TELEGRAM


@dataclass(frozen=True, slots=True)
class FilledTemplate:
    """A text that Meta approved, with what fills its numbered gaps, in order."""

    content_sid: str
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedWhatsApp:
    """A WhatsApp message: in words of ours, or a template. `to` is E.164."""

    notification_id: str
    to: str
    text: str
    """In WhatsApp's markup; of a template nothing is known but what fills it."""
    template: FilledTemplate | None = None
    """Sent instead of the text."""
    valid_for: float
    """Seconds after which the provider must not deliver it any more."""

    channel = Channel.WHATSAPP


Rendered = RenderedEmail | RenderedSms | RenderedTelegram | RenderedWhatsApp
