"""The ways to reach a customer: one narrow interface, one file per provider, a stand-in beside."""

from services.notifier.channels.base import (
    PRIMARY,
    SECONDARY,
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    Sender,
    SendError,
    Tells,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.channels.email import EmailSender
from services.notifier.channels.memory import MemorySender
from services.notifier.channels.sms import TWILIO_API, SmsSender, TwilioAccount
from services.notifier.channels.smtp_pool import PoolLimits
from services.notifier.channels.smtp_url import SmtpServer, parse_smtp_url
from services.notifier.channels.telegram import TELEGRAM_API, TelegramSender

__all__ = [
    "PRIMARY",
    "SECONDARY",
    "TELEGRAM_API",
    "TWILIO_API",
    "BadConfigurationError",
    "EmailSender",
    "MemorySender",
    "PermanentError",
    "PoolLimits",
    "RateLimitedError",
    "SendError",
    "Sender",
    "SmsSender",
    "SmtpServer",
    "TelegramSender",
    "Tells",
    "TransientError",
    "TwilioAccount",
    "UnknownOutcomeError",
    "parse_smtp_url",
]
