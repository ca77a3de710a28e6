"""Messages of one Twilio account, whatever they go by: given to it, looked for, asked about."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from twilio.base.exceptions import TwilioException

from services.notifier.channels.base import TransientError, UnknownOutcomeError
from services.notifier.channels.sms_match import bearing
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

LONGEST_VALIDITY: Final = 36_000
"""Seconds that Twilio keeps a message in its queue at most, and when nothing is said."""
_NOT_FOUND: Final = 404
_PAGE: Final = 50
"""Messages to one recipient that are looked through. Twilio lists the newest first, and nobody is
sent so many within the minutes that an answer may be missing."""


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a message, in Twilio's words."""

    status: str
    code: str = ""
    """Of the error; empty when there is none."""


class TwilioMessages:
    """`timeout`, in seconds, is over everything. `status_callback` is the public address that
    Twilio tells about the fate of a message; our notification id is added to it as `n`. Make it
    inside the running loop."""

    def __init__(
        self,
        account: TwilioAccount,
        *,
        api_url: str = TWILIO_API,
        timeout: float = 10.0,
        status_callback: str | None = None,
    ) -> None:
        self._http = TwilioHttp(timeout)
        self._messages = client_of(account, self._http, api_url).messages
        self._status_callback = status_callback

    async def create(self, notification_id: str, valid_for: float, **fields: Any) -> str:
        """Hands a message over and returns its SID. Raises SendError."""
        try:
            created = await self._messages.create_async(
                validity_period=max(1, min(int(valid_for), LONGEST_VALIDITY)),
                **fields,
                **self._callback(notification_id),
            )
        except (TwilioException, ValueError) as error:
            raise translate(error) from error
        sid: str | None = created.sid
        if not sid:
            raise error_of(Verdict.UNKNOWN, "no sid")
        return sid

    async def listed(
        self, to: str, is_ours: Callable[[str | None], bool], since: datetime
    ) -> tuple[str, ...]:
        """SIDs of the messages to this recipient whose body `is_ours` and that were taken at
        `since` or later, the oldest first. Raises SendError; never `UnknownOutcomeError`, because
        asking changes nothing."""
        try:
            page = await self._messages.page_async(to=to, page_size=_PAGE)
            return bearing(list(page), is_ours, since)
        except UnknownOutcomeError as error:
            raise TransientError(error.code) from error
        except TwilioException as error:
            raise translate_page(error) from error
        except MALFORMED as error:
            raise TransientError(type(error).__name__) from error

    async def became(self, sid: str) -> Became | None:
        """What became of a message; None when there is none of that name. Raises SendError, never
        `UnknownOutcomeError`."""
        try:
            found = await self._messages(sid).fetch_async()
            return Became(str(found.status), str(found.error_code or ""))
        except TwilioException as error:
            if getattr(error, "status", None) == _NOT_FOUND:
                return None
            known = translate(error)
        except UnknownOutcomeError as error:
            known = error
        except MALFORMED as error:
            raise TransientError(type(error).__name__) from error
        raise TransientError(known.code) if isinstance(known, UnknownOutcomeError) else known

    async def close(self) -> None:
        """Ends the connections."""
        await self._http.close()

    def _callback(self, notification_id: str) -> dict[str, str]:
        if self._status_callback is None:
            return {}
        return {"status_callback": f"{self._status_callback}?n={quote(notification_id, safe='')}"}
