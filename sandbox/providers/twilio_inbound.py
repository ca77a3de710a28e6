"""Text messages that somebody writes to our number, as the stand-in for Twilio brings them.

twilio.com/docs/messaging/guides/webhook-request: a signed form, answered with TwiML.
"""

import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from xml.sax.saxutils import unescape  # nosec B406 # replaces five entities, parses nothing

import httpx
from twilio.request_validator import RequestValidator

from sandbox.providers.twilio_whatsapp import PREFIX

_TIMEOUT: Final = 15.0
_MESSAGE: Final = re.compile(r"<Message>([^<]*)</Message>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """The webhook of a number."""

    url: str
    account: str
    auth_token: str = field(repr=False)
    number: str
    """Whose webhook it is."""
    approved: dict[str, str] = field(default_factory=dict)
    """The number's texts that Meta approved, by ContentSid, with gaps such as `{{1}}`."""
    kept: list[dict[str, Any]] = field(default_factory=list)
    """What was written, as the API lists it, whether the webhook took it or not."""

    async def write(self, sender: str, text: str) -> int:
        """Somebody writes to the number, by WhatsApp where theirs begins so; the status with which
        the webhook answers. Raises httpx.TransportError."""
        status, _ = await self.exchange(sender, text)
        return status

    async def exchange(self, sender: str, text: str) -> tuple[int, str | None]:
        """The same, with what is said to whoever wrote, if anything is."""
        fields = self.came(sender, text, datetime.now(UTC))
        signature = RequestValidator(self.auth_token).compute_signature(self.url, fields)
        headers = {"X-Twilio-Signature": signature}
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            answer = await client.post(self.url, data=fields, headers=headers)
        return answer.status_code, _said(answer.text)

    def came(self, sender: str, text: str, at: datetime) -> dict[str, str]:
        """Twilio has it; the form that it brings."""
        sid = f"SM{secrets.token_hex(16)}"
        fields = {
            "ApiVersion": "2010-04-01",
            "AccountSid": self.account,
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "NumSegments": "1",
            "From": sender,
            "To": PREFIX + self.number if sender.startswith(PREFIX) else self.number,
            "Body": text,
        }
        self.kept.append(_listed(fields, at))
        return fields


def _said(twiml: str) -> str | None:
    """The message of an answer: www.twilio.com/docs/messaging/twiml/message"""
    found = _MESSAGE.search(twiml)
    return unescape(found[1]) if found else None


def _listed(fields: dict[str, str], now: datetime) -> dict[str, Any]:
    date = format_datetime(now)
    return {
        "account_sid": fields["AccountSid"],
        "api_version": fields["ApiVersion"],
        "body": fields["Body"],
        "date_created": date,
        "date_sent": date,
        "date_updated": date,
        "direction": "inbound",
        "error_code": None,
        "error_message": None,
        "from": fields["From"],
        "messaging_service_sid": None,
        "num_media": fields["NumMedia"],
        "num_segments": fields["NumSegments"],
        "price": None,
        "price_unit": "USD",
        "sid": fields["MessageSid"],
        "status": "received",
        "subresource_uris": {},
        "to": fields["To"],
        "uri": f"/2010-04-01/Accounts/{fields['AccountSid']}/Messages/{fields['MessageSid']}.json",
    }
