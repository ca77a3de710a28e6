"""Ways to reach a customer, and the two classes of messages that the law tells apart."""

from enum import StrEnum


class Channel(StrEnum):
    """A way to reach a customer."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    TELEGRAM = "telegram"


class MessageClass(StrEnum):
    """Why a message may be sent at all."""

    TRANSACTIONAL = "transactional"  # part of the contract: GDPR Art. 6(1)(b)
    MARKETING = "marketing"  # only with consent: Directive 2002/58 Art. 13
