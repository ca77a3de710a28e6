"""The address that a mail comes back to when it cannot be delivered: it names the notification, and
proves that we wrote it. Pure.

    bounces+<notification id>+<tag>@notify.example

The tag is a truncated HMAC, so that nobody can silence a customer with a bounce of their own
making. Everything is written in small letters, because some mail servers change the case.
"""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

LONGEST_LOCAL_PART: Final = 64
"""Octets (RFC 5321 section 4.5.3.1.1)."""
TAG_LENGTH: Final = 12
"""Characters of base32: 60 bits. A guess costs a dialogue with our server, so that is plenty."""
LONGEST_ID: Final = 36
"""Of a notification, as order_events and the notifier make them: `<32 digits>.<route>.<number>`."""
LONGEST_NAME: Final = LONGEST_LOCAL_PART - LONGEST_ID - TAG_LENGTH - len("++")

_ADDRESS = re.compile(r"([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)@([a-z0-9-]+(?:\.[a-z0-9-]+)+)")
_ID = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class ReturnPath:
    """Makes and reads such addresses. Raises ValueError that says what is expected of `address`."""

    address: str
    key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        found = _ADDRESS.fullmatch(self.address)
        if found is None or len(found[1]) > LONGEST_NAME:
            raise ValueError(
                "expected a mail address in small letters, "
                f"with at most {LONGEST_NAME} characters before the @"
            )

    def of(self, notification_id: str) -> str | None:
        """Where this notification's mail comes back to; None when its id fits no address."""
        name, _, domain = self.address.partition("@")
        local = f"{name}+{notification_id}+{self._tag(notification_id)}"
        if len(local) > LONGEST_LOCAL_PART or not _ID.fullmatch(notification_id):
            return None
        return f"{local}@{domain}"

    def notification(self, recipient: str) -> str | None:
        """The notification that this address names; None when it is not one of ours."""
        notification_id = self._read(recipient.lower())
        if notification_id is None or not recipient.isascii():
            return None
        tag = recipient.lower().partition("@")[0].rpartition("+")[2]
        if not hmac.compare_digest(tag, self._tag(notification_id)):
            return None
        return notification_id

    def _read(self, recipient: str) -> str | None:
        name, _, domain = self.address.partition("@")
        form = rf"{re.escape(name)}\+({_ID.pattern})\+[a-z2-7]+@{re.escape(domain)}"
        found = re.fullmatch(form, recipient)
        return found[1] if found else None

    def _tag(self, notification_id: str) -> str:
        digest = hmac.digest(self.key, notification_id.encode(), sha256)
        return b32encode(digest).decode().lower()[:TAG_LENGTH]
