"""What Twilio says of our messages: `POST /webhooks/twilio/status?n=<notification id>`.

Twilio gives us 15 seconds for an answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.brought import NotTakenError
from services.notifier.channels.twilio_api import by_channel
from services.notifier.failures import failure_of_sms
from services.notifier.receipt_metrics import OTHER, ReceiptMetrics, Refused
from services.notifier.receipts import STATES, TWILIO, Effect, Receipt
from services.notifier.reception import Receipts
from services.notifier.settings import TWILIO_STATUS_PATH
from services.notifier.web.forms import CALL_PATIENCE, MalformedError, once, query_of, read_form
from services.notifier.web.twilio_trust import SID, Trust

_CODE = re.compile(r"[0-9]{5}")
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,120}")
_STATUSES: Final[Mapping[Refused | Effect, int]] = {
    Refused.FORGED: 403,
    Refused.MALFORMED: 400,
    Refused.NOT_TAKEN: 503,
}
"""Everything else is answered with 200: what is known, ignored or about nothing of ours would only
be sent again."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A request in the form agreed on, as yet vouched for by nobody."""

    notification_id: str
    fields: Mapping[str, str]

    @property
    def channel(self) -> Channel:
        """By which it went."""
        return by_channel(self.fields.get("To", ""))[0]

    @property
    def status(self) -> str:
        """The message's, as the metric names it."""
        status = self.fields["MessageStatus"]
        return status if status in TWILIO else OTHER

    @property
    def receipt(self) -> Receipt | None:
        """What it says; None when we know no such status."""
        word = TWILIO.get(self.fields["MessageStatus"])
        if word is None:
            return None
        code = _CODE.fullmatch(self.fields.get("ErrorCode", ""))
        has_failed = STATES[word] is State.FAILED
        return Receipt(
            notification_id=self.notification_id,
            channel=self.channel,
            word=word,
            provider_ref=self.fields["MessageSid"],
            failure=failure_of_sms(code[0] if code else "") if has_failed else None,
        )


def status_route(trust: Trust, receipts: Receipts, metrics: ReceiptMetrics) -> Route:
    """The route, for the application of the service."""

    async def endpoint(request: Request) -> Response:
        channel, status, result = await _answer(request, trust, receipts)
        metrics.came(channel, status, result)
        return Response(status_code=_STATUSES.get(result, 200))

    return Route(TWILIO_STATUS_PATH, endpoint, methods=["POST"])


async def _answer(
    request: Request, trust: Trust, receipts: Receipts
) -> tuple[Channel, str, Effect | Refused]:
    try:
        posted = await _read(request)
    except MalformedError:
        return Channel.SMS, OTHER, Refused.MALFORMED
    if not trust.is_genuine(request, posted.fields):
        return Channel.SMS, OTHER, Refused.FORGED
    channel, receipt = posted.channel, posted.receipt
    if receipt is None:
        return channel, OTHER, Refused.IGNORED
    try:
        return channel, posted.status, await receipts.take(receipt)
    except NotTakenError:
        return channel, posted.status, Refused.NOT_TAKEN


async def _read(request: Request) -> Posted:
    """Raises MalformedError."""
    fields = await read_form(request, seconds=CALL_PATIENCE)
    posted = Posted(once(query_of(request)).get("n", ""), fields)
    if not _ID.fullmatch(posted.notification_id):
        raise MalformedError("no notification")
    if not all(SID.fullmatch(posted.fields.get(n, "")) for n in ("MessageSid", "AccountSid")):
        raise MalformedError("no SID")
    if not posted.fields.get("MessageStatus"):
        raise MalformedError("no status")
    return posted
