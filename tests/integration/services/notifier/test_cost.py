"""What a text message costs is kept, counted and shown."""

from dataclasses import replace

import msgspec

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.shops.reach import Alphabet
from services.notifier.attempts import State
from services.notifier.rendered import Lettering
from services.notifier.trace import trace
from tests.support.answering import PHONE
from tests.support.events import SHOP
from tests.support.notifier import Rig, requested

BY_SMS = Customer(id="c-1", name="Оксана", phone=PHONE, language="uk")


async def test_a_shop_that_wants_the_cheapest_pays_less_and_sees_it(rig: Rig) -> None:
    shop = msgspec.structs.replace(rig.settings.shops[SHOP], sms_alphabet=Alphabet.CHEAPEST)
    rig.settings = replace(rig.settings, shops={**rig.settings.shops, SHOP: shop})
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.SHIPMENT_SHIPPED, customer=BY_SMS))
        await rig.until({"r1.0": State.SENT})
        [message] = rig.senders.sms.sent
        counted = rig.registry.get_sample_value(
            "headsup_notifier_sms_segments_total",
            {"kind": "shipment.shipped", "sender": "primary", "lettering": message.lettering},
        )
    row = await rig.pool.fetchrow("SELECT segments, lettering FROM notifier.notifications")
    assert row is not None
    assert (row["segments"], row["lettering"]) == (message.segments, message.lettering)
    assert message.lettering is Lettering.LATIN
    assert counted == message.segments == 1
    async with rig.pool.acquire() as connection:
        shown = [each.detail for each in await trace(connection, "A-1")]
    assert "1 part, transliterated" in {detail.get("cost") for detail in shown}
