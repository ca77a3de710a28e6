"""SMS, through Twilio's Messages API and Twilio's own client.

Twilio knows no idempotency key: a request that was written and not answered may have become an
SMS. So nothing is repeated here, and what is not known is said to be not known.
"""

from datetime import datetime
from functools import partial

from headsup.contracts.channels import Channel
from services.notifier.channels.base import PRIMARY
from services.notifier.channels.sms_match import says
from services.notifier.channels.twilio_api import TWILIO_API, TwilioAccount
from services.notifier.channels.twilio_messages import TwilioMessages
from services.notifier.rendered import RenderedSms


class SmsSender:
    """Sends SMS through one Twilio account. The provider's name for a message is its SID.

    `timeout`, in seconds, is over everything. `status_callback` is the public address that Twilio
    tells about the fate of a message; our notification id is added to it as `n`. Make it inside
    the running loop.
    """

    channel = Channel.SMS
    can_be_asked = True

    def __init__(
        self,
        account: TwilioAccount,
        *,
        name: str = PRIMARY,
        api_url: str = TWILIO_API,
        timeout: float = 10.0,
        status_callback: str | None = None,
    ) -> None:
        self.name = name
        self._messages = TwilioMessages(
            account, api_url=api_url, timeout=timeout, status_callback=status_callback
        )
        self._sender = _sender_parameter(account)

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

    async def close(self) -> None:
        """Ends the connections."""
        await self._messages.close()


def _sender_parameter(account: TwilioAccount) -> dict[str, str]:
    if account.is_service:
        return {"messaging_service_sid": account.sender}
    return {"from_": account.sender}
