"""The carts of the measurement are carts as the service keeps them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bench.open_carts import Table, open_cart, where_it_is_noon
from bench.shoppers import cart_id, customer, url
from headsup.kafka.topics import PARTITIONS
from services.cart_recovery.cart import Stage
from services.cart_recovery.reading import home_among
from services.cart_recovery.shelf import head, read
from tests.support.each import each

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@each("hour", range(0, 24, 3))
@each("variant", range(0, 60, 7))
def test_nobody_is_reminded_while_it_is_measured(variant: int, hour: int) -> None:
    now = NOW.replace(hour=hour)
    kept = open_cart(variant, 3, now)
    assert kept.look_at > (now + timedelta(minutes=25)).timestamp()
    assert kept.partition == 3


def test_every_other_cart_was_reminded_of() -> None:
    stages = [open_cart(variant, 0, NOW).cart.stage for variant in range(4)]
    assert stages == [Stage.ACTIVE, Stage.REMINDED] * 2


def test_every_record_is_a_cart_of_its_own() -> None:
    table = Table(NOW)
    for index in (0, 1, 405, 406, 407, 999_999):
        partition, key, value = table.record(index)
        cart = read(key, value).cart
        assert cart.cart_id == cart_id(index)
        assert partition == head(value).partition == home_among(PARTITIONS)(cart.cart_id)
        assert cart.facts.owner is not None
        assert cart.facts.owner.customer.email == customer(index).email
        assert cart.facts.owner.customer.phone == customer(index).phone
        assert cart.facts.link is not None
        assert cart.facts.link.url == url(index)


@pytest.mark.parametrize("hour", range(24))
def test_a_zone_is_found_where_it_is_noon(hour: int) -> None:
    moment = NOW.replace(hour=hour)
    assert moment.astimezone(ZoneInfo(where_it_is_noon(moment))).hour == 12
