"""What people choose: each word is later than the ones that it replaces, and what nobody changed
stays as it was."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.replies import PreferencesChanged, QuietHours
from headsup.contracts.shop import Consent, CustomerUpdated
from services.notifier.choosing import (
    NO_HOURS,
    Choice,
    ChoiceError,
    Chooser,
    Field,
    counting,
    read_choice,
    said_at,
    weighed,
)
from services.notifier.people import Person, forbidden_by
from tests.support.events import SHOP
from tests.support.notifier import MONDAY
from tests.unit.services.notifier.render import samples

SHOWN = (Channel.EMAIL, Channel.SMS)
MARKETING, NEWS = MessageClass.MARKETING, MessageClass.TRANSACTIONAL
ALL = Choice(language="en", order=SHOWN, orders=frozenset(SHOWN), offers=frozenset(), quiet=None)
FORM = {"language": "en", "quiet": "shop", "begins": "21", "ends": "8"} | {
    f"place.{channel}": str(place) for place, channel in enumerate(SHOWN, 1)
}
moments = st.integers(-100, 100).map(lambda hours: MONDAY + timedelta(hours=hours))


def _chooser(person: Person) -> Chooser:
    return Chooser(number=1, source=SHOP, customer=Customer(id="c-1"), language="en", person=person)


def _word(at: datetime, *, granted: bool) -> Consent:
    return Consent(
        channel=Channel.EMAIL, message_class=MARKETING, granted=granted, at=at, source="page"
    )


@given(st.lists(st.tuples(moments, st.booleans()), max_size=5), st.none() | moments, st.booleans())
def test_the_word_that_is_given_last_counts_whatever_clocks_say(
    words: list[tuple[datetime, bool]], opted_out_at: datetime | None, wants: bool
) -> None:
    entry = CustomerUpdated(
        customer_id="c-1", consents=tuple(_word(at, granted=said) for at, said in words)
    )
    person = Person(entry=entry, opted_out_at=opted_out_at)
    at = said_at(person, Channel.EMAIL, MARKETING, MONDAY)
    chosen = PreferencesChanged(customer_id="c-1", consents=(_word(at, granted=wants),))
    allowed = forbidden_by(replace(person, chosen=chosen), Channel.EMAIL, MARKETING) is None
    assert allowed is wants


def test_nothing_changed_is_nothing_kept() -> None:
    kept = weighed(_chooser(Person()), ALL, ALL, MONDAY)
    assert kept == PreferencesChanged(customer_id="c-1")


def test_the_same_choice_twice_is_kept_once() -> None:
    wanted = replace(ALL, offers=frozenset({Channel.SMS}), quiet=QuietHours(begins=1, ends=2))
    first = weighed(_chooser(Person()), ALL, wanted, MONDAY)
    after = Person(chosen=first)
    assert weighed(_chooser(after), wanted, wanted, MONDAY + timedelta(days=1)) == first


def test_what_was_said_of_another_channel_stays() -> None:
    by_sms = replace(ALL, orders=frozenset({Channel.SMS}))
    no_mail = weighed(_chooser(Person()), ALL, by_sms, MONDAY)
    nothing = replace(ALL, orders=frozenset[Channel]())
    kept = weighed(_chooser(Person(chosen=no_mail)), by_sms, nothing, MONDAY)
    assert {(word.channel, word.granted) for word in kept.consents} == {
        (Channel.EMAIL, False),
        (Channel.SMS, False),
    }
    assert all(word.message_class is NEWS and word.text is None for word in kept.consents)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"language": "xx"}, Field.LANGUAGE),
        ({"place.sms": "3"}, Field.ORDER),
        ({"place.sms": "²"}, Field.ORDER),
        ({"orders.fax": "yes"}, Field.CHANNELS),
        ({"orders.sms": "on"}, Field.CHANNELS),
        ({"quiet": ""}, Field.QUIET),
        ({"begins": "24"}, Field.HOURS),
        ({"ends": "08"}, Field.HOURS),
        ({"ends": "٣"}, Field.HOURS),
        ({"quiet": "own", "begins": "8", "ends": "8"}, Field.HOURS),
        ({"was": "own 23 10", "quiet": "shop", "begins": "22", "ends": "10"}, Field.QUIET),
    ],
)
def test_what_cannot_be_meant_is_named(changes: dict[str, str], field: Field) -> None:
    with pytest.raises(ChoiceError) as caught:
        read_choice(FORM | changes, SHOWN, {"en", "uk"})
    assert caught.value.field is field


@pytest.mark.parametrize(
    ("was", "said", "meant"),
    [
        ("shop 21 8", ("shop", "23", "10"), QuietHours(begins=23, ends=10)),
        ("none 21 8", ("none", "23", "10"), QuietHours(begins=23, ends=10)),
        ("own 23 10", ("own", "22", "10"), QuietHours(begins=22, ends=10)),
        ("own 23 10", ("shop", "23", "10"), None),
        ("own 23 10", ("none", "23", "10"), NO_HOURS),
        ("shop 21 8", ("shop", "21", "8"), None),
    ],
)
def test_who_changes_hours_and_nothing_else_means_hours_of_their_own(
    was: str, said: tuple[str, str, str], meant: QuietHours | None
) -> None:
    fields = dict(zip(("quiet", "begins", "ends"), said, strict=True))
    assert read_choice(FORM | fields | {"was": was}, SHOWN, {"en"}).quiet == meant


def test_who_gives_no_places_chooses_no_order_and_may_go_back_to_it() -> None:
    none = FORM | {"place.email": "", "place.sms": ""}
    assert read_choice(none, SHOWN, {"en"}).order == ()
    assert read_choice(none | {"place.sms": "2"}, SHOWN, {"en"}).order == (Channel.SMS,)
    chosen = PreferencesChanged(customer_id="c-1", channel_order=(Channel.SMS,))
    counts = counting(_chooser(Person(chosen=chosen)), SHOWN, samples.lavka(), frozenset({"en"}))
    assert counts.order == (Channel.SMS,)
    kept = weighed(_chooser(Person(chosen=chosen)), counts, replace(counts, order=()), MONDAY)
    assert kept.channel_order == ()


def test_who_chose_nothing_has_no_order() -> None:
    counts = counting(_chooser(Person()), SHOWN, samples.lavka(), frozenset({"en"}))
    assert counts.order == ()


def test_two_in_one_place_stay_as_they_stand() -> None:
    choice = read_choice(FORM | {"place.email": "2"}, SHOWN, {"en"})
    assert choice.order == SHOWN
    choice = read_choice(FORM | {"place.email": "2", "place.sms": "1"}, SHOWN, {"en"})
    assert choice.order == (Channel.SMS, Channel.EMAIL)
