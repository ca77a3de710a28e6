"""What the channels that go through Twilio have in common: one account, and who speaks."""

from typing import ClassVar

from services.notifier.channels.base import PRIMARY
from services.notifier.channels.twilio_api import TWILIO_API, TwilioAccount
from services.notifier.channels.twilio_messages import TwilioMessages


class TwilioSender:
    """Hands messages over through one Twilio account. The provider's name for a message is its SID.

    `timeout`, in seconds, is over everything. `status_callback` is the public address that Twilio
    tells about the fate of a message; our notification id is added to it as `n`. Make it inside
    the running loop.
    """

    prefix: ClassVar[str] = ""
    """Before each number, which by itself is one for SMS."""
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
        self._sender = (
            {"messaging_service_sid": account.sender}
            if account.is_service
            else {"from_": self.prefix + account.sender}
        )

    async def close(self) -> None:
        """Ends the connections."""
        await self._messages.close()
