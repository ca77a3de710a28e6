"""WhatsApp, through Twilio's Messages API: free words within 24 hours of the customer's last ones,
else a text that Meta approved (twilio.com/docs/whatsapp/key-concepts).

What is true of an SMS at Twilio is true of these messages too: no idempotency key, and what is not
known is asked about.
"""

import json
from datetime import datetime
from functools import partial

from headsup.contracts.channels import Channel
from services.notifier.channels.sms_match import holds, says
from services.notifier.channels.twilio_api import WHATSAPP
from services.notifier.channels.twilio_sender import TwilioSender
from services.notifier.rendered import RenderedWhatsApp


class WhatsAppSender(TwilioSender):
    """Sends WhatsApp messages through one Twilio account, as `SmsSender` does SMS."""

    channel = Channel.WHATSAPP
    prefix = WHATSAPP

    async def send(self, message: RenderedWhatsApp) -> str:
        """Hands the message over and returns its SID. Raises SendError."""
        return await self._messages.create(
            message.notification_id,
            message.valid_for,
            to=self.prefix + message.to,
            **_said(message),
            **self._sender,
        )

    async def find(self, message: RenderedWhatsApp, since: datetime) -> tuple[str, ...]:
        """As `SmsSender.find`. Of a template only its variables are known to us: a message that
        holds them all is taken for it."""
        is_ours = partial(says, text=message.text)
        if message.template is not None:
            is_ours = partial(holds, words=message.template.variables)
        return await self._messages.listed(self.prefix + message.to, is_ours, since)


def _said(message: RenderedWhatsApp) -> dict[str, str]:
    """A template goes without a body: error 63016 is what becomes of both."""
    template = message.template
    if template is None:
        return {"body": message.text}
    numbered = {str(number): text for number, text in enumerate(template.variables, start=1)}
    variables = {"content_variables": json.dumps(numbered, ensure_ascii=False)} if numbered else {}
    return {"content_sid": template.content_sid, **variables}
