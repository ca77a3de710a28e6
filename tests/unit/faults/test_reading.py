"""What a customer reads tells which message it is: on every channel, from the real texts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import (
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
)
from headsup.shops.profile import load_shops
from sandbox.providers.telegram_html import parse_html
from services.notifier.render import Draft, Recipient, Renderer
from services.notifier.rendered import RenderedTelegram
from services.order_events.facts import Facts
from services.order_events.fold import fold
from services.order_events.reconcile import reconcile, record
from services.order_events.rules.base import Case
from services.order_events.told import Told, apply_outcome
from tests.faults.journeys import PLOTS, REACHED, Cast, Journey, Message, Statement, journeys
from tests.faults.reading import READABLE, read
from tests.faults.rows.clock import late
from tests.faults.rows.promises import PROMISED, promised

NOON = PROMISED - timedelta(hours=4)
HOUR = timedelta(hours=1)
LATE = partial(late, change=NOON + HOUR, deadline=HOUR / 2)
MORE = (LATE, promised)
[SHOP] = load_shops(Path(__file__).parents[3] / "sandbox" / "shops" / "lavka.toml").values()


def _requests(journey: Journey) -> Iterator[tuple[Statement, NotificationRequested]]:
    """What is asked for when every event is looked at by itself."""
    facts: Facts | None = None
    told, now = Told(), NOON
    for step in journey.steps:
        if step.event is not None:
            facts = fold(facts, step.event)
        assert facts is not None
        now += HOUR
        decision = reconcile(Case(facts, told, now))
        record(told, decision, now)
        for each in decision.announce:
            apply_outcome(told, _sent(each.id, each.request, now))
            yield Statement(journey.order, each.request.kind, each.subject), each.request


def _sent(id_: str, request: NotificationRequested, now: datetime) -> NotificationOutcome:
    return NotificationOutcome(
        request_id=id_,
        notification_id=f"{id_}.0",
        order_id=request.order_id,
        customer_id=request.customer.id,
        kind=request.kind,
        status=OutcomeStatus.SENT,
        at=now,
    )


def _text(renderer: Renderer, request: NotificationRequested, channel: Channel) -> str:
    draft = Draft(
        notification_id="n",
        request=request,
        recipient=Recipient(name="Emma", language="en", time_zone="Europe/Kyiv"),
        channel=channel,
        address={Channel.EMAIL: "emma@mail.example", Channel.SMS: "+380501000000"}.get(
            channel, "700000000"
        ),
        shop=SHOP,
        now=NOON,
    )
    message = renderer.render(draft)
    return parse_html(message.html) if isinstance(message, RenderedTelegram) else message.text


@pytest.mark.parametrize(
    "plot", [*PLOTS, *MORE], ids=lambda plot: getattr(plot, "__name__", "late")
)
@pytest.mark.parametrize("channel", REACHED)
def test_every_message_of_a_journey_is_known_by_its_words(
    renderer: Renderer, plot: object, channel: Channel
) -> None:
    [journey] = journeys(Cast(orders=1, plots=(plot,)), NOON - HOUR)  # type: ignore[arg-type]
    asked = list(_requests(journey))
    assert [statement for statement, _ in asked] == journey.told
    for statement, request in asked:
        assert read(channel, _text(renderer, request, channel)) == Message(statement, channel)


def test_between_them_the_journeys_tell_all_that_can_be_read() -> None:
    told = journeys(Cast(orders=64, plots=(*PLOTS, *MORE)), NOON - HOUR)
    kinds = {statement.kind for journey in told for statement in journey.told}
    assert kinds == set(READABLE)


@pytest.mark.parametrize("text", ["", "Hello K00001", "Order is on its way.", "K1 is confirmed."])
def test_other_words_are_nobodys(text: str) -> None:
    assert read(Channel.SMS, text) is None
