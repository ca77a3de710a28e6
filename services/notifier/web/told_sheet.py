"""What somebody was told of an order, as a page lists it."""

from dataclasses import dataclass, field
from datetime import datetime

from headsup.contracts.replies import Answer
from services.notifier.answers import AnswerLinks
from services.notifier.page_links import PageLinks
from services.notifier.people import masked
from services.notifier.render import CannotRenderError, Draft, Recipient, Renderer
from services.notifier.rendered import Button
from services.notifier.said import Asking, Said, Story
from services.notifier.web.order_sheet import Happened, Reading, sentence, when


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """With what they are written."""

    renderer: Renderer
    reader: Recipient
    links: PageLinks
    answers: AnswerLinks | None = field(default=None)
    now: datetime


def told(story: Story, reading: Reading, telling: Telling) -> tuple[Happened, ...]:
    """The messages, the newest first: what each was headed with, when and how it was sent, whether
    it arrived, and where to read why."""
    return tuple(_line(said, reading, telling) for said in story.said)


def title_of(said: Said, reading: Reading, telling: Telling) -> str:
    """What the message was headed with. Today's words for it, where it cannot be written any more,
    are that something was told."""
    draft = Draft(
        notification_id="",
        request=said.request,
        recipient=telling.reader,
        channel=said.address.channel,
        address=said.address.value,
        shop=reading.shop,
        now=telling.now,
    )
    try:
        return telling.renderer.title(draft)
    except CannotRenderError:
        return reading.words.page.told


def state_of(said: Said, reading: Reading) -> str:
    """What became of it, in words."""
    return reading.words.states[said.state]


def _line(said: Said, reading: Reading, telling: Telling) -> Happened:
    channel = reading.words.channels[said.address.channel]
    note = reading.words.page.told_line.format(
        channel=channel, address=masked(said.address), state=state_of(said, reading)
    )
    return Happened(
        text=title_of(said, reading, telling),
        at=when(said.at, reading),
        note=sentence(note),
        url=telling.links.whys.of(said.number, said.planned_at),
    )


def answers_to(
    asking: Asking | None, reading: Reading, links: AnswerLinks | None
) -> tuple[Button, ...]:
    """Where the open question is answered: each on a page of its own, which asks once more."""
    found = links.of(asking.request_id, asking.question) if asking and links else None
    if found is None or asking is None:
        return ()
    labels: dict[Answer, str] = dict(reading.texts.answers[asking.question])
    return tuple(Button(label=labels[answer], url=url) for answer, url in found.items())
