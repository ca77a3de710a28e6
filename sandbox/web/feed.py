"""Carries what the providers accept from their inbox to the stage."""

from datetime import UTC, datetime

from headsup.clock import Clock
from sandbox.providers.inbox import Inbox, Received
from sandbox.web.shown import Link, Message
from sandbox.web.stage import Stage


async def feed(inbox: Inbox, stage: Stage, clock: Clock) -> None:
    """Shows every new message and every change, for ever. `clock` is the machine's: it measures how
    fast we are."""
    shown: set[str] = set()
    with inbox.subscribe() as changes:
        while True:
            change = await changes.get()
            now = clock.now()
            for received in [change] if change else inbox.messages():
                if received.id not in shown:
                    shown.add(received.id)
                    stage.received(message_of(received, now))
                else:
                    stage.changed(message_of(received, now))


def message_of(received: Received, now: datetime) -> Message:
    """A message as the page shows it; what it is about is not known yet."""
    return Message(
        id=received.id,
        channel=received.channel,
        to=received.to,
        language=received.language,
        subject=received.subject,
        text=received.text,
        html=received.html,
        at=received.at.astimezone(UTC),
        received_at=now,
        provider_ref=received.provider_ref,
        buttons=tuple(
            tuple(Link(label=each.label, url=each.url, press=each.press) for each in row)
            for row in received.buttons
        ),
    )
