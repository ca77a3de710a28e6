"""Twilio's side of its callbacks: signed by its own library, posted over HTTP."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from twilio.request_validator import RequestValidator

from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.reception import Receipts
from services.notifier.settings import TWILIO_STATUS_PATH
from services.notifier.web.twilio import status_route
from services.notifier.web.twilio_trust import Trust
from tests.support.serving import serving

PUBLIC = f"https://notify.example/headsup{TWILIO_STATUS_PATH}"
"""Where the world reaches the route, behind a proxy that takes "/headsup" away."""
PRIMARY, SECONDARY = ("AC" + "1" * 32, "the first token"), ("AC" + "2" * 32, "the second token")


def sid(number: int = 1) -> str:
    """The name of a message at Twilio."""
    return f"SM{number:032x}"


@dataclass
class Twilio:
    """Posts callbacks to a running route."""

    client: httpx.AsyncClient
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    async def says(self, status: str, about: str = "r1.0", **changes: str) -> int:
        """Says it rightly; the status of the answer."""
        fields = form(status, **changes)
        return await self.posts(f"n={about}", fields, signature(PUBLIC, f"n={about}", fields))

    async def posts(self, query: str, content: Mapping[str, str], signed: str | None) -> int:
        """Posts a form, whoever signed it."""
        headers = {} if signed is None else {"X-Twilio-Signature": signed}
        return await self.sends(query, data=dict(content), headers=headers)

    async def sends(self, query: str, **request: Any) -> int:
        """Posts anything."""
        path = f"{TWILIO_STATUS_PATH}?{query}"
        return (await self.client.post(path, **request)).status_code

    def counted(self, status: str, result: str) -> float:
        """How often this came and did that."""
        labels = {"channel": "sms", "status": status, "result": result}
        return self.registry.get_sample_value("headsup_notifier_receipts_total", labels) or 0.0


def form(status: str, **changes: str) -> dict[str, str]:
    """What Twilio posts."""
    return {
        "ApiVersion": "2010-04-01",
        "AccountSid": PRIMARY[0],
        "MessageSid": sid(),
        "SmsSid": sid(),
        "SmsStatus": status,
        "MessageStatus": status,
        "From": "+15005550006",
        "To": "+380501234567",
    } | changes


def signature(address: str, query: str, fields: Mapping[str, str], token: str = PRIMARY[1]) -> str:
    """What Twilio writes under it."""
    validator = RequestValidator(token)
    return str(validator.compute_signature(f"{address}?{query}", dict(fields)))


@asynccontextmanager
async def twilio(receipts: Receipts) -> AsyncIterator[Twilio]:
    """The route on a port of its own, and Twilio in front of it."""
    registry = CollectorRegistry()
    trust = Trust(address=PUBLIC, tokens=dict([PRIMARY, SECONDARY]))
    route = status_route(trust, receipts, ReceiptMetrics(registry))
    async with (
        serving(Starlette(routes=[route])) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield Twilio(client, registry)
