"""The oracle of the journeys leaves out nothing."""

from headsup.contracts.catalogue import Kind
from tests.journeys.oracle import statements, statements_of_parcels
from tests.journeys.oracle.of_parcels import SAYS


def test_the_oracle_judges_what_every_kind_says_of_an_order() -> None:
    judged = {*statements.CHECKS, *statements_of_parcels.PARCEL_KINDS, *SAYS}

    of_carts = {Kind.CART_ABANDONED, Kind.CHECKOUT_ABANDONED}
    assert {*Kind} - judged == of_carts | {Kind.CHAT_LINKED}  # said by the bot, of no order
    assert of_carts == statements.OF_CARTS
