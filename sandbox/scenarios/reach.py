"""Stories of reaching somebody: where they look, when they are awake, and only while they want it.

At the demo's pace an hour is a quarter of a second, and people here answer within hours.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.shop import (
    AgentWrote,
    ConversationHandedBack,
    CustomerErased,
    DelayReason,
    EstimateChanged,
)
from sandbox.scenarios.model import SOVA, PhoneOff, Presses, Scenario, Step, Story, Writes
from sandbox.scenarios.says import check_in, delivered, in_transit, out_for_delivery, placed, step

TALK_TO_A_HUMAN = "human:"
"""What the button under every message in a chat carries."""


def _by_whatsapp(story: Story) -> Iterable[Step]:
    """Told a second time about the same person, all of it goes by WhatsApp: its window is open for
    a day of real time."""
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    yield step(story.at(1, "11:00"), in_transit(story, "Depot 1", 3), Kind.SHIPMENT_SHIPPED)
    slipped = step(story.at(2, "10:45"), _slipped(story, 4), Kind.SHIPMENT_DELAYED)
    yield replace(slipped, by=(Channel.SMS,))  # for which Meta approved no text
    thanks = Writes(Channel.WHATSAPP, "Дякую, що попередили. Буду вдома.")
    yield replace(step(story.at(2, "18:30"), None), does=thanks)
    yield step(story.at(3, "18:00"), None, Kind.SHIPMENT_ARRIVING_TOMORROW)
    yield step(story.at(4, "08:10"), out_for_delivery(story, 4), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(4, "16:30"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 4)


def _phone_off(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    yield replace(step(story.at(1, "09:30"), None), does=PhoneOff(timedelta(hours=30)))
    shipped = step(story.at(1, "10:00"), in_transit(story, "Depot 2", 3), Kind.SHIPMENT_SHIPPED)
    yield replace(shipped, by=(Channel.SMS, Channel.WHATSAPP))
    yield step(story.at(2, "18:00"), None, Kind.SHIPMENT_ARRIVING_TOMORROW)
    yield replace(step(story.at(3, "08:00"), None), does=PhoneOff(timedelta(hours=4)))
    yield step(story.at(3, "08:20"), out_for_delivery(story, 3), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(3, "17:00"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 3)


def _at_night(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    shipped = step(story.at(1, "21:40"), in_transit(story, "Depot 3", 3), Kind.SHIPMENT_SHIPPED)
    yield replace(shipped, overtaken=True)
    # They were told of no other day yet: it is shipped, and comes on the new one.
    yield step(story.at(2, "03:30"), _slipped(story, 4), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(3, "18:00"), None, Kind.SHIPMENT_ARRIVING_TOMORROW)
    # What is urgent wakes them.
    yield step(story.at(4, "06:40"), out_for_delivery(story, 4), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(4, "16:20"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 4)


def _talks_to_the_bot(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    yield step(story.at(1, "11:00"), in_transit(story, "Depot 6", 4), Kind.SHIPMENT_SHIPPED)
    asks = Writes(Channel.TELEGRAM, "Where is my order?")
    about = f"Order {story.order} at Lavka"
    yield replace(step(story.at(1, "18:30"), None), does=asks, hears=(about,))
    passed_on = ("I have passed this on",)
    wants_a_human = Presses(TALK_TO_A_HUMAN)
    yield replace(step(story.at(2, "09:30"), None), does=wants_a_human, hears=passed_on)
    wish = Writes(Channel.TELEGRAM, "Could the courier come after six?")
    yield replace(step(story.at(2, "12:00"), None), does=wish)
    said = "I have asked them to come between six and eight. Anna, Lavka"
    agent = AgentWrote(customer_id=story.person.customer_id, text=said)
    yield replace(step(story.at(2, "14:30"), agent), hears=(said,))
    back = ConversationHandedBack(customer_id=story.person.customer_id)
    yield replace(step(story.at(2, "17:00"), back), hears=("have handed over to me again",))
    yield step(story.at(3, "18:00"), None, Kind.SHIPMENT_ARRIVING_TOMORROW)
    yield step(story.at(4, "08:15"), out_for_delivery(story, 4), Kind.SHIPMENT_OUT_FOR_DELIVERY)
    yield step(story.at(4, "17:10"), delivered(story), Kind.SHIPMENT_DELIVERED)
    yield check_in(story, 4)


def _forgotten(story: Story) -> Iterable[Step]:
    yield step(story.placed, placed(story), Kind.ORDER_CONFIRMED)
    yield step(story.at(1, "11:00"), in_transit(story, "Depot 4", 4), Kind.SHIPMENT_SHIPPED)
    yield step(story.at(2, "10:00"), CustomerErased(customer_id=story.person.customer_id))
    # Others would hear of it on the evening before, of the courier, and of the parcel.
    yield step(story.at(4, "08:20"), out_for_delivery(story, 4))
    yield step(story.at(4, "16:50"), delivered(story))


def _slipped(story: Story, day: int) -> EstimateChanged:
    return EstimateChanged(
        order_id=story.order,
        shipment_id=story.shipment,
        estimate=story.estimate(day),
        reason=DelayReason.WEATHER,
    )


REACH_STORIES = (
    Scenario(
        name="by-whatsapp",
        title="By WhatsApp",
        summary="Approved texts at first; once she writes, our own words.",
        person="sofia",
        tell=_by_whatsapp,
        group="reach",
    ),
    Scenario(
        name="at-night",
        title="At night",
        summary="Held until the morning; then only the newest is told.",
        person="lesia",
        tell=_at_night,
        shop=SOVA,
        group="reach",
    ),
    Scenario(
        name="phone-off",
        title="A phone that is off",
        summary="No sign that WhatsApp arrived: SMS takes over.",
        person="taras",
        tell=_phone_off,
        group="reach",
    ),
    Scenario(
        name="the-bot",
        title="Where is my order?",
        summary="The bot knows; then a person of the shop answers.",
        person="chloe",
        tell=_talks_to_the_bot,
        group="reach",
    ),
    Scenario(
        name="forgotten",
        title="Forget me",
        summary="Erased everywhere: the parcel comes, not a word more.",
        person="artyom",
        tell=_forgotten,
        group="reach",
    ),
)
