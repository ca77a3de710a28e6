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
from services.notifier.channels.letters import Letters
from services.notifier.channels.memory import MemorySender
from services.notifier.channels.sms import SmsSender
from services.notifier.channels.smtp_pool import PoolLimits
from services.notifier.channels.smtp_url import SmtpServer, parse_smtp_url
from services.notifier.channels.telegram import TELEGRAM_API, TelegramSender
from services.notifier.channels.texts_in import TextIn, TextsIn, TwilioTextsIn
from services.notifier.channels.twilio_api import TWILIO_API, TwilioAccount
from services.notifier.channels.twilio_messages import Became, TwilioMessages
from services.notifier.channels.whatsapp import WhatsAppSender

__all__ = [
    "PRIMARY",
    "SECONDARY",
    "TELEGRAM_API",
    "TWILIO_API",
    "BadConfigurationError",
    "Became",
    "EmailSender",
    "Letters",
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
    "TextIn",
    "TextsIn",
    "TransientError",
    "TwilioAccount",
    "TwilioMessages",
    "TwilioTextsIn",
    "UnknownOutcomeError",
    "WhatsAppSender",
    "parse_smtp_url",
]
