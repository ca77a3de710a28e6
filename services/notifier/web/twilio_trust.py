"""Whom we believe of those who say that they are Twilio.

Anybody can call a public address, so everything hangs on the signature
(twilio.com/docs/usage/webhooks/webhooks-security): it is made over the address that Twilio was
given and over all that it sends. The address is taken from our settings; the Host header is part of
what a forger would write.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from twilio.request_validator import (
    SIGNATURE_HEADER,
    SIGNATURE_SETTINGS_HEADER,
    RequestValidator,
    get_signature_algorithm,
)

from services.notifier.web.forms import query_of

SID: Final = re.compile(r"[A-Z]{2}[0-9A-Za-z]{1,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom we believe at one address."""

    address: str
    """The public address of the route, without its query."""
    tokens: Mapping[str, str] = field(repr=False)
    """The auth token of each account, by the account's SID."""

    def is_genuine(self, request: Request, fields: Mapping[str, str]) -> bool:
        """Whether the account that these fields name signed them for this address."""
        token = self.tokens.get(fields["AccountSid"])
        if token is None:
            return False
        algorithm = get_signature_algorithm(request.headers.get(SIGNATURE_SETTINGS_HEADER))
        signature = request.headers.get(SIGNATURE_HEADER, "")
        query = query_of(request)
        address = f"{self.address}?{query}" if query else self.address
        validator = RequestValidator(token)
        return bool(validator.validate(address, dict(fields), signature, algorithm))
