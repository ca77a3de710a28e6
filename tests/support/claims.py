"""Claimed notifications, as tests need them."""

from typing import Any

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.attempts import Claimed
from services.notifier.channels import PRIMARY
from services.notifier.people import Address, Person
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, requested


def claimed(
    *, channel: Channel = Channel.EMAIL, kind: Kind = Kind.ORDER_RECEIVED, **changes: Any
) -> Claimed:
    """The first attempt to tell Oksana that her order was received. An SMS can be asked about."""
    given: dict[str, Any] = {
        "id": "r1.0",
        "request_id": "r1",
        "route": 0,
        "address": Address(channel, "an address"),
        "language": "uk-UA",
        "planned_at": MONDAY,
        "number": 1,
        "attempt": 1 + changes.get("retries", 0),
        "retries": 0,
        "sender": PRIMARY,
        "can_be_asked": channel is Channel.SMS,
        "written_at": MONDAY,
        "reason": None,
        "is_withdrawn": False,
        "source": SHOP,
        "request": requested("r1", kind=kind).data,
        "person": Person(),
        "waited": 0.0,
    }
    return Claimed(**given | changes)
