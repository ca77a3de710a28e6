"""What customers write back: `POST /webhooks/twilio/inbound`, for each text message to our number.

A word that answers a question counts (`meaning`); everything else is left alone, and a person reads
it where the shop's messages are read. Nothing is replied. What we cannot take, Twilio brings no
second time: `missed_texts` finds it in its list. Twilio keeps its own words (STOP and the
like) to itself, whatever we do: https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup.contracts.channels import Channel
from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.brought import NotTakenError
from services.notifier.channels.twilio_api import TwilioAccount, senders_of
from services.notifier.receipt_metrics import Refused
from services.notifier.replies import Replies, Texted
from services.notifier.settings import TWILIO_INBOUND_PATH
from services.notifier.web.forms import MalformedError, read_form
from services.notifier.web.twilio_trust import SID, Trust

NOTHING: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""TwiML that says nothing: www.twilio.com/docs/messaging/twiml"""
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_STATUSES: Final[Mapping[Refused, int]] = {
    Refused.FORGED: 403,
    Refused.MALFORMED: 400,
    Refused.NOT_TAKEN: 503,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundDesk:
    """What the route works with."""

    trust: Trust
    accounts: Mapping[str, TwilioAccount]
    """Those that we send with, by our name for the sender."""
    replies: Replies
    metrics: AnswerMetrics

    async def take(self, request: Request) -> Response:
        """A text message."""
        try:
            fields = await _read(request)
        except MalformedError:
            return self._refused(Refused.MALFORMED)
        if not self.trust.is_genuine(request, fields):
            return self._refused(Refused.FORGED)
        if not _NUMBER.fullmatch(fields["From"]):  # a short code, or another channel
            return self._refused(Refused.IGNORED)
        texted = Texted(
            number=fields["From"],
            text=fields["Body"],
            senders=senders_of(self.accounts, fields["AccountSid"], fields["To"]),
            ref=fields["MessageSid"],
        )
        try:
            self.metrics.heard(await self.replies.take(texted), Channel.SMS)
        except NotTakenError:
            return self._refused(Refused.NOT_TAKEN)
        return _nothing()

    def _refused(self, result: Refused) -> Response:
        self.metrics.refused(Channel.SMS, result)
        status = _STATUSES.get(result)
        return _nothing() if status is None else Response(status_code=status)


def inbound_route(desk: InboundDesk) -> Route:
    """The route, for the application of the service."""
    return Route(TWILIO_INBOUND_PATH, desk.take, methods=["POST"])


async def _read(request: Request) -> dict[str, str]:
    """Raises MalformedError."""
    fields = await read_form(request)
    if not all(SID.fullmatch(fields.get(name, "")) for name in ("MessageSid", "AccountSid")):
        raise MalformedError("no SID")
    if not all(name in fields for name in ("From", "To", "Body")):
        raise MalformedError("no message")
    return fields


def _nothing() -> Response:
    return Response(NOTHING, media_type="text/xml")
