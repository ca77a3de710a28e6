"""What customers write back: `POST /webhooks/twilio/inbound`, for each text message to our number.

A word that answers a question counts (`meaning`), and so does one that wants no more messages, some
again, or to know who we are (`texting`); those are replied to, in the answer to Twilio. Everything
else is left alone, and a person reads it where the shop's messages are read. What we cannot take,
Twilio brings no second time: `missed_texts` finds it in its list. Where Twilio acted upon a word
itself it says so, and has answered (`OptOutType`):
https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape  # nosec B406 # replaces three characters, parses nothing

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from headsup.contracts.channels import Channel
from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.brought import NotTakenError
from services.notifier.channels.twilio_api import TwilioAccount, by_channel, senders_of
from services.notifier.receipt_metrics import Refused
from services.notifier.render.clean import clean
from services.notifier.render.wishes import Wish
from services.notifier.replies import Replies
from services.notifier.settings import TWILIO_INBOUND_PATH
from services.notifier.texted import Texted
from services.notifier.web.forms import CALL_PATIENCE, MalformedError, read_form
from services.notifier.web.twilio_trust import SID, Trust

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'
NOTHING: Final = f"{_HEAD}<Response/>"
"""TwiML that says nothing: www.twilio.com/docs/messaging/twiml"""
WORDS_OF_TWILIO: Final = frozenset(
    {
        *("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        *("START", "YES", "UNSTOP", "HELP", "INFO"),
    }
)
"""Twilio acts upon them and answers, unless the account has that switched off:
help.twilio.com/articles/223134027"""
_LONGEST: Final = 1_600
"""Characters of a message that Twilio takes: www.twilio.com/docs/api/errors/21617"""
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
    whatsapp: Mapping[str, TwilioAccount]
    """Those that we send WhatsApp messages with."""
    replies: Replies
    metrics: AnswerMetrics
    has_words_at_twilio: bool = True
    """Whether Twilio answers its own words, such as STOP."""

    async def take(self, request: Request) -> Response:
        """A text message."""
        try:
            fields = await _read(request)
        except MalformedError:
            return self._refused(Refused.MALFORMED)
        if not self.trust.is_genuine(request, fields):
            return self._refused(Refused.FORGED)
        channel, number = by_channel(fields["From"])
        if not _NUMBER.fullmatch(number):  # a short code, or another channel
            return self._refused(Refused.IGNORED, channel)
        accounts = self.whatsapp if channel is Channel.WHATSAPP else self.accounts
        texted = Texted(
            number=number,
            text=fields["Body"],
            channel=channel,
            senders=senders_of(accounts, fields["AccountSid"], by_channel(fields["To"])[1]),
            ref=fields["MessageSid"],
            taken_for=_taken_for(fields),
            is_answered=_taken_for(fields) is not None or self._keeps(fields["Body"]),
        )
        try:
            heard = await self.replies.take(texted)
        except NotTakenError:
            return self._refused(Refused.NOT_TAKEN, channel)
        self.metrics.heard(heard, channel)
        return _nothing() if heard.reply is None else saying(heard.reply)

    def _keeps(self, text: str) -> bool:
        """Whether Twilio answers a word itself: only where it is all that was written."""
        return self.has_words_at_twilio and text.strip().upper() in WORDS_OF_TWILIO

    def _refused(self, result: Refused, channel: Channel = Channel.SMS) -> Response:
        self.metrics.refused(channel, result)
        status = _STATUSES.get(result)
        return _nothing() if status is None else Response(status_code=status)


def inbound_route(desk: InboundDesk) -> Route:
    """The route, for the application of the service."""
    return Route(TWILIO_INBOUND_PATH, desk.take, methods=["POST"])


async def _read(request: Request) -> dict[str, str]:
    """Raises MalformedError."""
    fields = await read_form(request, seconds=CALL_PATIENCE)
    if not all(SID.fullmatch(fields.get(name, "")) for name in ("MessageSid", "AccountSid")):
        raise MalformedError("no SID")
    if not all(name in fields for name in ("From", "To", "Body")):
        raise MalformedError("no message")
    return fields


def _taken_for(fields: Mapping[str, str]) -> Wish | None:
    """By Advanced Opt-Out. A word of tomorrow's is none."""
    kind = fields.get("OptOutType", "").lower()
    return Wish(kind) if kind in set(Wish) else None


def saying(text: str) -> Response:
    """A reply: its words and lines stay apart, and nothing in it steers."""
    said = escape("\n".join(clean(line, _LONGEST) for line in text.splitlines()))
    return Response(f"{_HEAD}<Response><Message>{said}</Message></Response>", media_type="text/xml")


def _nothing() -> Response:
    return Response(NOTHING, media_type="text/xml")
