"""Which channel takes over where a message will not arrive."""

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.shops.profile import load_shops
from services.notifier.claims import Tried
from services.notifier.decide import Policy
from services.notifier.fallback import Fallen, next_channel
from services.notifier.people import Address, Person
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, SHOPS, known, requested

POLICY = Policy(load_shops(SHOPS), frozenset({"en", "uk", "ru"}))


def _fallen(
    kind: Kind = Kind.ORDER_RECEIVED, person: Person | None = None, notification_id: str = "r1.0"
) -> Fallen:
    return Fallen(
        notification_id=notification_id,
        source=SHOP,
        request_id="r1",
        route=0,
        channel=Channel.EMAIL,
        language="uk-UA",
        request=requested("r1", kind=kind).data,
        person=person or Person(),
        at=MONDAY,
    )


def test_the_next_channel_takes_over_under_a_number_of_its_own() -> None:
    found = next_channel(_fallen(), [Tried("r1.0", 0, Channel.EMAIL)], POLICY)
    assert found is not None
    row = found.row
    assert (row.id, row.channel, row.address) == ("r1.0.1", Channel.SMS, "+380501234567")
    assert row.at == MONDAY


def test_the_third_channel_takes_over_from_the_second() -> None:
    person = Person(entry=known((Channel.TELEGRAM, "4242")).data)
    tried = [Tried("r1.0", 0, Channel.EMAIL), Tried("r1.0.1", 0, Channel.TELEGRAM)]
    found = next_channel(_fallen(person=person, notification_id="r1.0.1"), tried, POLICY)
    assert found is not None
    assert (found.row.id, found.row.channel) == ("r1.0.2", Channel.SMS)


def test_nothing_takes_over_when_every_channel_was_tried_or_serves_another_route() -> None:
    tried = [Tried("r1.0", 0, Channel.EMAIL), Tried("r1.1", 1, Channel.SMS)]
    assert next_channel(_fallen(Kind.ORDER_CANCELLED), tried, POLICY) is None


def test_an_address_that_is_known_to_be_bad_does_not_take_over() -> None:
    person = Person(refused={Address(Channel.SMS, "+380501234567").key})
    assert next_channel(_fallen(person=person), [Tried("r1.0", 0, Channel.EMAIL)], POLICY) is None


def test_nothing_takes_over_a_second_time() -> None:
    person = Person(entry=known((Channel.TELEGRAM, "4242")).data)
    tried = [Tried("r1.0", 0, Channel.EMAIL), Tried("r1.0.1", 0, Channel.TELEGRAM)]
    assert next_channel(_fallen(person=person), tried, POLICY) is None
