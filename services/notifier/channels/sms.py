"""SMS, through Twilio's Messages API and Twilio's own client.

Twilio knows no idempotency key: a request that was written and not answered may have become an
SMS. So nothing is repeated here, and what is not known is said to be not known.
"""

from datetime import datetime
from urllib.parse import quote

from twilio.base.exceptions import TwilioException

from headsup.contracts.channels import Channel
from services.notifier.channels.base import PRIMARY, TransientError, UnknownOutcomeError
from services.notifier.channels.sms_match import matching
from services.notifier.channels.twilio_api import (
    MALFORMED,
    TWILIO_API,
    TwilioAccount,
    TwilioHttp,
    client_of,
    translate,
    translate_page,
)
from services.notifier.channels.verdicts import Verdict, error_of
from services.notifier.rendered import RenderedSms

LONGEST_VALIDITY = 36_000
"""Seconds that Twilio keeps a message in its queue at most, and when nothing is said."""

_PAGE = 50
"""Messages to one recipient that are looked through. Twilio lists the newest first, and nobody is
sent so many within the minutes that an answer may be missing."""


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
        self._http = TwilioHttp(timeout)
        self._messages = client_of(account, self._http, api_url).messages
        self._sender = _sender_parameter(account)
        self._status_callback = status_callback

    async def send(self, message: RenderedSms) -> str:
        """Hands the SMS over and returns its SID. Raises SendError."""
        try:
            created = await self._messages.create_async(
                to=message.to,
                body=message.text,
                validity_period=_validity(message.valid_for),
                **self._sender,
                **self._callback(message.notification_id),
            )
        except (TwilioException, ValueError) as error:
            raise translate(error) from error
        sid: str | None = created.sid
        if not sid:
            raise error_of(Verdict.UNKNOWN, "no sid")
        return sid

    async def find(self, message: RenderedSms, since: datetime) -> tuple[str, ...]:
        """SIDs of the SMS to this recipient that say the same and were taken at `since` or later,
        the oldest first. Raises SendError; never `UnknownOutcomeError`, because asking changes
        nothing."""
        try:
            page = await self._messages.page_async(to=message.to, page_size=_PAGE)
            return matching(list(page), message.text, since)
        except UnknownOutcomeError as error:
            raise TransientError(error.code) from error
        except TwilioException as error:
            raise translate_page(error) from error
        except MALFORMED as error:
            raise TransientError(type(error).__name__) from error

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.close()

    def _callback(self, notification_id: str) -> dict[str, str]:
        if self._status_callback is None:
            return {}
        return {"status_callback": f"{self._status_callback}?n={quote(notification_id, safe='')}"}


def _sender_parameter(account: TwilioAccount) -> dict[str, str]:
    if account.is_service:
        return {"messaging_service_sid": account.sender}
    return {"from_": account.sender}


def _validity(seconds: float) -> int:
    return max(1, min(int(seconds), LONGEST_VALIDITY))
