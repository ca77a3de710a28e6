"""A scenario told about somebody: what the shop sends, and what has to be received. Pure."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import make
from sandbox.scenarios.model import (
    DAY_BEGINS,
    DAY_ENDS,
    Expected,
    Person,
    Scenario,
    Step,
    Story,
    TimedAct,
    TimedEvent,
    Word,
    channels_of,
    is_about_cart,
)
from sandbox.scenarios.people import PEOPLE


def first_sensible_moment(start: datetime, zone: ZoneInfo, latest: time = DAY_ENDS) -> datetime:
    """`start` itself if the story may begin at that hour, otherwise the next morning."""
    local = start.astimezone(zone)
    if DAY_BEGINS <= local.time() < latest:
        return start
    day = local.date() + timedelta(days=local.time() >= latest)
    return datetime.combine(day, DAY_BEGINS, zone)


def story_of(scenario: Scenario, person: Person, order: str, start: datetime) -> Story:
    """A story that begins as soon after `start` as people order."""
    return Story(
        person,
        order,
        first_sensible_moment(start, ZoneInfo(person.time_zone), scenario.latest),
        _recipient(scenario, person),
        scenario.shop,
    )


def _recipient(scenario: Scenario, person: Person) -> Person | None:
    """Who gets the parcels. Nobody sends themselves a gift: then it is the other of the two."""
    if scenario.recipient is None:
        return None
    return PEOPLE[scenario.person if person.key == scenario.recipient else scenario.recipient]


def steps(scenario: Scenario, story: Story) -> list[TimedEvent]:
    """What the shop sends, in its order. The customers' addresses come first."""
    people = filter(None, (story.person, story.recipient))
    known = [
        make(story.shop.source, f"{story.order}-{person.key}", story.placed, person.as_update())
        for person in people
    ]
    return [*(TimedEvent(story.placed, each) for each in known), *_events(scenario, story)]


def _events(scenario: Scenario, story: Story) -> Iterable[TimedEvent]:
    for number, step in enumerate(scenario.tell(story), start=1):
        if step.data is not None:
            event = make(story.shop.source, f"{story.order}-{number}", step.at, step.data)
            yield TimedEvent(step.at, event)


def acts(scenario: Scenario, story: Story) -> list[TimedAct]:
    """What the customer does, in order."""
    return [TimedAct(step.at, step.does) for step in scenario.tell(story) if step.does is not None]


def words(scenario: Scenario, story: Story) -> list[Word]:
    """What the bot must say, in order. People without a chat have none."""
    chat = story.person.chat
    told = scenario.tell(story) if chat else ()
    return [Word(chat, piece) for step in told for piece in step.hears if chat]


def expected(scenario: Scenario, story: Story) -> list[Expected]:
    """The messages that must be received, by the catalogue's routes and the shop's channels."""
    return [
        _expected(story, kind, channel, person)
        for step in scenario.tell(story)
        if not step.overtaken
        for kind in step.tells
        for person in story.hearers(kind)
        for channel in _ways(step, kind, person, story)
    ]


def _ways(step: Step, kind: Kind, person: Person, story: Story) -> list[Channel]:
    """Somebody without such an address is told as the catalogue says."""
    own = [channel for channel in step.by if channel in person.addresses]
    return own or channels_of(kind, person, story.shop)


def _expected(story: Story, kind: Kind, channel: Channel, person: Person) -> Expected:
    order, cart = (None, story.cart) if is_about_cart(kind) else (story.order, None)
    return Expected(order, kind, channel, person.language, person.addresses[channel], cart)


def is_recovered(scenario: Scenario, story: Story) -> bool:
    """Whether the shop must hear that a reminder brought the story's order."""
    told = list(scenario.tell(story))
    reminded = any(message.cart for message in expected(scenario, story))
    return reminded and any(step.recovers for step in told)
