"""Which addresses the shop's newer word names, and how a plan goes around suppressed ones."""

from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import ContactPoint, CustomerUpdated
from headsup.shops.profile import load_shops
from services.notifier.decide import Decided, Known, Policy, decide
from services.notifier.people import Address
from services.notifier.plan import Planned
from services.notifier.suppressions import (
    ENDS_WITH_A_NEWER_WORD,
    Suppressed,
    given_anew,
    plan_around,
)
from services.notifier.suppressions_desk import entry, read
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, SHOPS, known, requested

POLICY = Policy(load_shops(SHOPS), frozenset({"en", "uk", "ru"}))
LATER = MONDAY + timedelta(hours=1)


class Database:
    """Answers which of the addresses are suppressed."""

    def __init__(self, *keys: str) -> None:
        self._suppressed = {(SHOP, key) for key in keys}
        self.questions = 0

    async def fetch(self, _query: str, sources: list[str], keys: list[str]) -> list[dict[str, str]]:
        self.questions += 1
        asked = zip(sources, keys, strict=True)
        return [{"source": s, "address": k} for s, k in asked if (s, k) in self._suppressed]


async def _planned(database: Database, *events: Any) -> list[Decided]:
    def again(event: Any, suppressed: Suppressed) -> Decided:
        return decide(event, Known({}, frozenset(), suppressed), POLICY, MONDAY)

    return await plan_around(database, [again(event, {}) for event in events], again)


def _addresses(decided: Decided) -> list[str]:
    assert isinstance(decided.plan, Planned)
    return [one.address.key for one in decided.plan.notifications]


async def test_without_suppressed_addresses_one_question_is_asked_for_all() -> None:
    database = Database()
    decided = await _planned(database, requested("r1"), requested("r2", order_id="A-2"))
    assert [_addresses(one) for one in decided] == [["email:oksana@mail.example"]] * 2
    assert database.questions == 1


async def test_a_suppressed_address_is_gone_around_and_the_plan_says_why() -> None:
    [decided] = await _planned(Database("email:oksana@mail.example"), requested("r1"))
    assert _addresses(decided) == ["sms:+380501234567"]
    passed = [(one.channel, one.reason) for one in decided.plan.passed_over]
    assert (Channel.EMAIL, Reason.REFUSED) in passed


async def test_the_next_choice_may_be_suppressed_as_well() -> None:
    database = Database("email:oksana@mail.example", "sms:+380501234567")
    [decided] = await _planned(database, requested("r1"))
    assert decided.reason is Reason.REFUSED
    assert database.questions == 2


async def test_what_is_suppressed_for_one_request_leaves_the_others_as_they_were() -> None:
    database = Database("email:oksana@mail.example")
    around, other = await _planned(
        database,
        requested("r1"),
        requested("r2", order_id="A-2", kind=Kind.SHIPMENT_SHIPPED),
    )
    assert _addresses(around) == _addresses(other) == ["sms:+380501234567"]
    assert around.plan.passed_over != other.plan.passed_over


def test_the_shops_word_names_addresses_as_they_are_written_to() -> None:
    events = [
        known((Channel.SMS, "050 123-45-67"), (Channel.EMAIL, "no address"), at=MONDAY),
        known((Channel.SMS, "+380501234567"), (Channel.TELEGRAM, "4242"), at=LATER),
    ]
    assert given_anew(events, POLICY) == [
        (SHOP, "sms:+380501234567", LATER),
        (SHOP, "telegram:4242", LATER),
    ]


def test_of_a_shop_that_we_do_not_know_only_what_needs_no_country_is_read() -> None:
    data = CustomerUpdated(
        customer_id="c-1",
        contacts=(
            ContactPoint(channel=Channel.SMS, address="050 123-45-67"),
            ContactPoint(channel=Channel.EMAIL, address="a@b.example"),
        ),
    )
    event = envelope.make("https://other.example", "e-1", MONDAY, data)
    assert given_anew([event], POLICY) == [("https://other.example", "email:a@b.example", MONDAY)]


def test_what_does_not_exist_does_not_come_to_be_because_it_is_said_again() -> None:
    assert ENDS_WITH_A_NEWER_WORD[Reason.INVALID_ADDRESS] is False
    assert ENDS_WITH_A_NEWER_WORD[Reason.OPTED_OUT] is True
    assert ENDS_WITH_A_NEWER_WORD[Reason.BLOCKED] is True


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("oksana@mail.example", "email:oksana@mail.example"),
        ("email:oksana@mail.example", "email:oksana@mail.example"),
        ("+38 050 123-45-67", "sms:+380501234567"),
        ("sms:+380501234567", "sms:+380501234567"),
        ("4242", "telegram:4242"),
        ("telegram:-100123", "telegram:-100123"),
        ("oksana", None),
        ("050 123-45-67", None),
        ("fax:123", None),
        ("", None),
    ],
)
def test_an_address_is_read_as_people_write_it(written: str, key: str | None) -> None:
    address = read(written)
    assert (address.key if address else None) == key


def test_a_suppression_is_shown_without_its_address() -> None:
    row = {
        "source": SHOP,
        "address": Address(Channel.EMAIL, "oksana@mail.example").key,
        "reason": "invalid_address",
        "code": None,
        "since": MONDAY,
    }
    shown = entry(row)
    assert shown.heading == "email o***@mail.example"
    assert shown.detail == {"reason": "invalid_address", "shop": SHOP}
