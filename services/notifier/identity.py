"""The keys by which somebody is found again, under whatever name they come: the shop's number for
them, a cart of theirs, their addresses. Pure."""

from collections.abc import Iterator

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.shop import CustomerUpdated
from services.notifier.people import recognised


def keys_of(
    customer: Customer, entry: CustomerUpdated | None, region: str | None, cart_id: str | None
) -> tuple[str, ...]:
    """Every key, each once and in order. `entry`: the shop's address book. `region` is where a
    phone number without a country's code is meant to be (ISO 3166)."""
    keys = {f"customer:{customer.id}"}
    if cart_id is not None:
        keys.add(f"cart:{cart_id}")
    for channel, text in _contacts(customer, entry):
        address = recognised(channel, text, region)
        if address is not None:
            # Phones write the first letter of a mail address as a capital, and it is the same one.
            keys.add(address.key.lower())
    return tuple(sorted(keys))


def _contacts(customer: Customer, entry: CustomerUpdated | None) -> Iterator[tuple[Channel, str]]:
    if customer.email:
        yield Channel.EMAIL, customer.email
    if customer.phone:
        yield Channel.SMS, customer.phone
    if entry is not None:
        yield from ((contact.channel, contact.address) for contact in entry.contacts)
