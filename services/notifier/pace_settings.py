"""What the notifier is told about how fast its senders may send."""

from typing import Final

from headsup.contracts.channels import Channel
from headsup.settings import Environment

_RATES: Final[dict[Channel, tuple[str, float]]] = {
    # Twilio queues what is faster, for ten hours and no longer; how fast a number may be depends on
    # the number: twilio.com/docs/messaging (message queues, rate limits).
    Channel.SMS: ("HEADSUP_TWILIO_SEGMENTS_A_SECOND", 0.0),
    # Meta's limit for a number: twilio.com/docs/api/errors/63018
    Channel.WHATSAPP: ("HEADSUP_WHATSAPP_MESSAGES_A_SECOND", 80.0),
    # core.telegram.org/bots/faq: "about 30 messages per second", and the bot answers beside.
    Channel.TELEGRAM: ("HEADSUP_TELEGRAM_MESSAGES_A_SECOND", 25.0),
}


def paces(environment: Environment) -> dict[Channel, float]:
    """Reads and checks them; 0 means that there is no limit. The caller calls
    `environment.check()`."""
    read = {
        channel: environment.number(name, default, least=0.0)
        for channel, (name, default) in _RATES.items()
    }
    return {channel: rate for channel, rate in read.items() if rate > 0}
