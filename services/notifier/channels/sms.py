"""SMS, through Twilio's Messages API and Twilio's own client.

Twilio knows no idempotency key: a request that was written and not answered may have become an
SMS. So nothing is repeated here, and what is not known is said to be not known.
"""

from datetime import datetime
from functools import partial

from headsup.contracts.channels import Channel
from services.notifier.channels.sms_match import says
from services.notifier.channels.twilio_sender import TwilioSender
from services.notifier.rendered import RenderedSms


class SmsSender(TwilioSender):
    """Sends SMS through one Twilio account."""

    channel = Channel.SMS

    async def send(self, message: RenderedSms) -> str:
        """Hands the SMS over and returns its SID. Raises SendError."""
        return await self._messages.create(
            message.notification_id,
            message.valid_for,
            to=message.to,
            body=message.text,
            **self._sender,
        )

    async def find(self, message: RenderedSms, since: datetime) -> tuple[str, ...]:
        """SIDs of the SMS to this recipient that say the same and were taken at `since` or later,
        the oldest first. Raises SendError; never `UnknownOutcomeError`, because asking changes
        nothing."""
        return await self._messages.listed(message.to, partial(says, text=message.text), since)
