"""Whether WhatsApp carries a message: an address of its own, and a text that may be sent there."""

from dataclasses import replace

import msgspec
import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.shops.profile import load_shops
from headsup.shops.reach import Template, WhatsApp
from services.notifier.people import Address, Person
from services.notifier.plan import Circumstances, PassedOver, Planned, fall_back, plan
from tests.support.notifier import MONDAY, OKSANA, SHOPS, known, requested

SHIPPED = Kind.SHIPMENT_SHIPPED
NUMBER = Address(Channel.WHATSAPP, "+380501112233")
PHONE = Address(Channel.SMS, str(OKSANA.phone))
[SHOP] = load_shops(SHOPS).values()


def approved(*languages: str, kind: Kind = SHIPPED) -> WhatsApp:
    template = Template(content_sid=f"HX{'0' * 32}")
    return WhatsApp(templates={kind: dict.fromkeys(languages, template)})


def around(
    whatsapp: WhatsApp, *, talks: bool = False, address: str = NUMBER.value
) -> Circumstances:
    return Circumstances(
        shop=msgspec.structs.replace(SHOP, whatsapp=whatsapp),
        person=Person(
            entry=known((Channel.WHATSAPP, address), language="uk-UA").data,
            talks=frozenset({NUMBER.key}) if talks else frozenset(),
        ),
        spoken=frozenset({"en", "uk", "ru"}),
    )


def carried(given: Circumstances) -> tuple[Address, Reason | None]:
    """By what the message goes, and why not by WhatsApp."""
    planned = plan(requested("r1", kind=SHIPPED).data, given, MONDAY)
    assert isinstance(planned, Planned)
    why = {each.channel: each.reason for each in planned.passed_over}
    return planned.notifications[0].address, why.get(Channel.WHATSAPP)


@pytest.mark.parametrize(
    ("given", "address", "why"),
    [
        (around(approved("uk")), NUMBER, None),
        (around(approved("uk-UA")), NUMBER, None),
        (around(approved("en")), PHONE, Reason.NO_TEMPLATE),
        (around(approved("uk", kind=Kind.ORDER_RECEIVED)), PHONE, Reason.NO_TEMPLATE),
        (around(WhatsApp()), PHONE, Reason.NO_TEMPLATE),
        (around(WhatsApp(), talks=True), NUMBER, None),
        (around(approved("uk"), address="050 111 22 33"), PHONE, Reason.INVALID_ADDRESS),
        (
            replace(around(approved("uk")), channels=frozenset(Channel) - {Channel.WHATSAPP}),
            PHONE,
            Reason.NOT_USED,
        ),
    ],
    ids=[
        "by an approved text in their language",
        "or in exactly theirs",
        "not by one in another language",
        "nor by one of another kind",
        "nor where none is approved",
        "but in our words within a day of theirs",
        "not to a number that is not whole",
        "and never without a sender",
    ],
)
def test_whatsapp_carries_it_before_sms(
    given: Circumstances, address: Address, why: Reason | None
) -> None:
    assert carried(given) == (address, why)


def test_a_phone_number_of_an_order_is_no_address_on_whatsapp() -> None:
    given = replace(around(approved("uk")), person=Person())
    assert carried(given) == (PHONE, Reason.NO_ADDRESS)


def test_a_message_falls_back_to_whatsapp_only_with_a_text_that_may_be_sent() -> None:
    request = requested("r1", kind=SHIPPED).data
    tried = {Channel.TELEGRAM}
    with_text = fall_back(request, 0, tried, around(approved("uk")), MONDAY)
    without = fall_back(request, 0, tried, around(WhatsApp()), MONDAY)
    assert with_text is not None
    assert without is not None
    assert (with_text.address, without.address) == (NUMBER, PHONE)


def test_what_was_passed_over_names_the_route() -> None:
    planned = plan(requested("r1", kind=SHIPPED).data, around(WhatsApp()), MONDAY)
    assert PassedOver(0, Channel.WHATSAPP, Reason.NO_TEMPLATE) in planned.passed_over
