"""What Twilio says of our messages: `POST /webhooks/twilio/status?n=<notification id>`.

Anybody can call a public address, so everything hangs on the signature
(twilio.com/docs/usage/webhooks/webhooks-security): it is made over the address that Twilio was
given and over all that it sends. The address is taken from our settings; the Host header is part of
what a forger would write. Twilio gives us 15 seconds for an answer.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.failures import failure_of_sms
from services.notifier.receipt_metrics import OTHER, ReceiptMetrics, Refused
from services.notifier.receipts import STATES, TWILIO, Effect, Receipt
from services.notifier.reception import NotTakenError, Receipts
from services.notifier.settings import TWILIO_STATUS_PATH

LARGEST_BODY: Final = 16_384
"""Octets; Twilio's are smaller than 1 kB."""
MOST_FIELDS: Final = 100
PATIENCE: Final = 5.0
"""Seconds for the whole request to arrive."""

_FORM = "application/x-www-form-urlencoded"
_SID = re.compile(r"[A-Z]{2}[0-9A-Za-z]{1,62}")
_CODE = re.compile(r"[0-9]{5}")
_ID = re.compile(r"[^\s\x00-\x1f\x7f]{1,120}")
_STATUSES: Final[Mapping[Refused | Effect, int]] = {
    Refused.FORGED: 403,
    Refused.MALFORMED: 400,
    Refused.NOT_TAKEN: 503,
}
"""Everything else is answered with 200: what is known, ignored or about nothing of ours would only
be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom we believe."""

    address: str
    """The public address of the route, without its query."""
    tokens: Mapping[str, str] = field(repr=False)
    """The auth token of each account, by the account's SID."""


class MalformedError(ValueError):
    """This is not what Twilio sends."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A request in the form agreed on, as yet vouched for by nobody."""

    query: str
    notification_id: str
    fields: Mapping[str, str]

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
            channel=Channel.SMS,
            word=word,
            provider_ref=self.fields["MessageSid"],
            failure=failure_of_sms(code[0] if code else "") if has_failed else None,
        )


def status_route(trust: Trust, receipts: Receipts, metrics: ReceiptMetrics) -> Route:
    """The route, for the application of the service."""

    async def endpoint(request: Request) -> Response:
        status, result = await _answer(request, trust, receipts)
        metrics.came(Channel.SMS, status, result)
        return Response(status_code=_STATUSES.get(result, 200))

    return Route(TWILIO_STATUS_PATH, endpoint, methods=["POST"])


async def _answer(
    request: Request, trust: Trust, receipts: Receipts
) -> tuple[str, Effect | Refused]:
    try:
        posted = await _read(request)
    except MalformedError:
        return OTHER, Refused.MALFORMED
    if not _is_genuine(request, posted, trust):
        return OTHER, Refused.FORGED
    receipt = posted.receipt
    if receipt is None:
        return OTHER, Refused.IGNORED
    try:
        return posted.status, await receipts.take(receipt)
    except NotTakenError:
        return posted.status, Refused.NOT_TAKEN


def _is_genuine(request: Request, posted: Posted, trust: Trust) -> bool:
    token = trust.tokens.get(posted.fields["AccountSid"])
    if token is None:
        return False
    algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
    signature = request.headers.get(SIGNATURE_HEADER, "")
    address = f"{trust.address}?{posted.query}"
    validator = RequestValidator(token)
    return bool(validator.validate(address, dict(posted.fields), signature, algorithm))


async def _read(request: Request) -> Posted:
    """Raises MalformedError."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM:
        raise MalformedError("no form")
    query = request.scope["query_string"].decode("latin-1")
    posted = Posted(query, _once(query).get("n", ""), _once(await _body(request)))
    if not _ID.fullmatch(posted.notification_id):
        raise MalformedError("no notification")
    if not all(_SID.fullmatch(posted.fields.get(n, "")) for n in ("MessageSid", "AccountSid")):
        raise MalformedError("no SID")
    if not posted.fields.get("MessageStatus"):
        raise MalformedError("no status")
    return posted


async def _body(request: Request) -> str:
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise MalformedError("too large")
        return body.decode()
    except (ClientDisconnect, TimeoutError, UnicodeDecodeError) as error:
        raise MalformedError("cut off, or no text") from error


def _once(form: str) -> dict[str, str]:
    """The fields of a form, each of which stands there once. Raises MalformedError."""
    try:
        pairs = parse_qsl(
            form,
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise MalformedError("no form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedError("a field twice")
    return fields
