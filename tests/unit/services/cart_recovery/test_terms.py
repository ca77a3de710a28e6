"""What a shop wants of its reminders."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import msgspec

from headsup.shops.carts import CartPolicy
from headsup.shops.night import Night
from headsup.shops.profile import ShopProfile, Support
from services.cart_recovery.terms import Terms

PROFILE = ShopProfile(
    source="https://shop.example",
    name="Shop",
    mail_from="shop@shop.example",
    support=Support(phone="+380441234567"),
    language="uk",
    time_zone="Europe/Kyiv",
    home_url="https://shop.example",
    carts=CartPolicy(reminder_hours=(2,), checkout_hours=(5,), pause_hours=48, window_days=3),
    night=Night(begins=22, ends=7),
)


def test_they_are_those_of_its_profile() -> None:
    terms = Terms.of(PROFILE)
    assert terms == Terms(policy=PROFILE.carts, night=PROFILE.night, zone=ZoneInfo("Europe/Kyiv"))
    assert terms.pause == timedelta(hours=48)
    assert terms.window == timedelta(days=3)


def test_a_zone_that_is_none_is_no_reason_to_stop() -> None:
    profile = msgspec.structs.replace(PROFILE, time_zone="Mars/Olympus")
    assert Terms.of(profile).zone is UTC


def test_nothing_is_said_of_a_visit_after_the_last_delay_a_night_and_the_time_to_live() -> None:
    assert Terms.of(PROFILE).reach == timedelta(hours=5 + 24 + 12)
