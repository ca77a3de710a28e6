"""Text messages that customers wrote to one of our senders, as its provider lists them.

A webhook brings each one as it comes. Twilio tries no second time when that fails
(www.twilio.com/docs/messaging/guides/webhook-request), but it keeps the message; so what was missed
is found in its list (www.twilio.com/docs/messaging/api/message-resource).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from twilio.base.exceptions import TwilioException

from headsup.contracts.channels import Channel
from services.notifier.channels.base import PRIMARY, SendError, TransientError, UnknownOutcomeError
from services.notifier.channels.twilio_api import (
    MALFORMED,
    TWILIO_API,
    WHATSAPP,
    TwilioAccount,
    TwilioHttp,
    client_of,
    translate_page,
)

_PAGE: Final = 1000
"""The most that Twilio gives at once."""
_INBOUND: Final = "inbound"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextIn:
    """A text message that somebody wrote to us."""

    ref: str
    """The provider's name for it."""
    number: str = field(repr=False)
    """Who wrote it."""
    account: str
    """The provider's name for our account."""
    to: str
    text: str = field(repr=False)
    at: datetime
    """When the provider had it (real time)."""


class TextsIn(Protocol):
    """What came to one of our senders."""

    name: str
    """Ours for the sender."""

    async def between(self, start: datetime, end: datetime) -> list[TextIn]:
        """All that came in this time (real), the oldest first; some from around it do no harm.
        Raises SendError."""
        ...

    async def close(self) -> None:
        """Ends connections. It cannot be used afterwards."""
        ...


class TwilioTextsIn:
    """From Twilio's list of messages. What came to a Messaging Service stands there among all that
    the account sent, because it has several numbers. What came by WhatsApp is listed under the
    number as WhatsApp has it. Make it inside the running loop."""

    def __init__(
        self,
        account: TwilioAccount,
        *,
        name: str = PRIMARY,
        channel: Channel = Channel.SMS,
        api_url: str = TWILIO_API,
        timeout: float = 10.0,
    ) -> None:
        self.name = name
        self._http = TwilioHttp(timeout)
        self._messages = client_of(account, self._http, api_url).messages
        to = WHATSAPP + account.sender if channel is Channel.WHATSAPP else account.sender
        self._to: Mapping[str, str] = {} if account.is_service else {"to": to}

    async def between(self, start: datetime, end: datetime) -> list[TextIn]:
        """Every page of the list. Asking changes nothing, so a missing answer is no doubt."""
        try:
            return sorted(await self._listed(start, end), key=lambda each: each.at)
        except UnknownOutcomeError as error:
            raise TransientError(error.code) from error
        except TwilioException as error:
            raise translate_page(error) from error
        except SendError:
            raise
        except MALFORMED as error:
            raise TransientError(type(error).__name__) from error

    async def _listed(self, start: datetime, end: datetime) -> list[TextIn]:
        found: list[TextIn] = []
        page = await self._messages.page_async(
            **self._to, date_sent_after=start, date_sent_before=end, page_size=_PAGE
        )
        while page is not None:
            found += (_text_in(one, end) for one in page if _is_to_us(one))
            page = await page.next_page_async()
        # Twilio's times are of whole seconds, and the newest stands first.
        return found[::-1]

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.close()


def _is_to_us(listed: Any) -> bool:
    return bool(listed.sid) and listed.direction == _INBOUND


def _text_in(listed: Any, end: datetime) -> TextIn:
    return TextIn(
        ref=listed.sid,
        number=listed.from_ or "",
        account=listed.account_sid or "",
        to=listed.to or "",
        text=listed.body or "",
        at=(listed.date_created or end).astimezone(UTC),
    )


@dataclass
class MemoryTextsIn:
    """The stand-in: lists what it is given."""

    texts: list[TextIn] = field(default_factory=list)
    name: str = PRIMARY
    error: SendError | None = None
    """Raised whenever it is asked."""
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)

    async def between(self, start: datetime, end: datetime) -> list[TextIn]:
        """Those of that time."""
        self.asked.append((start, end))
        if self.error is not None:
            raise self.error
        found = [each for each in self.texts if start <= each.at <= end]
        return sorted(found, key=lambda each: each.at)

    async def close(self) -> None:
        """Nothing to end."""
