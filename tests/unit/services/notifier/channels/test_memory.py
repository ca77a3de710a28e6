"""The stand-in: what a test tells it to do, it does."""

import pytest

from headsup.contracts.channels import Channel
from services.notifier.channels import MemorySender, TransientError, UnknownOutcomeError
from services.notifier.rendered import RenderedEmail
from tests.unit.services.notifier.channels.mails import mail


async def test_it_fails_as_often_and_in_the_order_that_was_asked_for() -> None:
    sender: MemorySender[RenderedEmail] = MemorySender(Channel.EMAIL)
    sender.fail(TransientError("busy"), times=2)
    sender.fail(UnknownOutcomeError("silence"), accepted=True)

    for expected in (TransientError, TransientError, UnknownOutcomeError):
        with pytest.raises(expected):
            await sender.send(mail())
    name = await sender.send(mail())

    assert name == "memory-2"
    assert len(sender.sent) == 2


async def test_it_says_whether_it_was_closed() -> None:
    sender: MemorySender[RenderedEmail] = MemorySender(Channel.EMAIL)
    assert not sender.closed

    await sender.close()

    assert sender.closed
