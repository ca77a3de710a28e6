"""What every sender promises, held against each of them and against the stand-in beside them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from headsup.clock import SystemClock
from sandbox.providers.faults import Fault
from services.notifier.channels import (
    PRIMARY,
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    TransientError,
    UnknownOutcomeError,
)
from tests.contract.channels.harness import (
    PATIENT,
    PROVIDERS,
    RETRY_AFTER,
    TIMEOUT,
    Connect,
    Harness,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(params=PROVIDERS, scope="module", loop_scope="module")
async def connect(request: pytest.FixtureRequest) -> AsyncIterator[Connect]:
    """One provider for all tests of this file; each begins with an empty one."""
    async with PROVIDERS[request.param]() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def harness(connect: Connect) -> AsyncIterator[Harness]:
    """A sender that has all the time it needs."""
    made = connect(PATIENT)
    yield made
    await made.sender.close()


@pytest_asyncio.fixture(loop_scope="module")
async def hasty(connect: Connect) -> AsyncIterator[Harness]:
    """A sender that gives up on a silent provider after `TIMEOUT`."""
    made = connect(TIMEOUT)
    yield made
    await made.sender.close()


async def fails(harness: Harness, fault: Fault) -> SendError:
    harness.arrange(fault)
    with pytest.raises(SendError) as caught:
        await harness.sender.send(harness.message(1))
    return caught.value


async def test_an_accepted_message_arrives_and_gets_a_name(harness: Harness) -> None:
    name = await harness.sender.send(harness.message(1))

    assert 0 < len(name) <= 200
    assert harness.accepted() == ["Text 1"]


async def test_two_messages_get_two_names(harness: Harness) -> None:
    first = await harness.sender.send(harness.message(1))
    second = await harness.sender.send(harness.message(2))

    assert first != second


async def test_a_refused_recipient_is_a_permanent_error(harness: Harness) -> None:
    error = await fails(harness, Fault.REFUSE)

    assert type(error) is PermanentError
    assert harness.accepted() == []


async def test_a_provider_that_is_down_is_a_transient_error(harness: Harness) -> None:
    sender = harness.towards_nobody()

    with pytest.raises(SendError) as caught:
        await sender.send(harness.message(1))

    assert type(caught.value) is TransientError
    await sender.close()


async def test_too_many_messages_is_a_rate_limit_that_says_when(harness: Harness) -> None:
    error = await fails(harness, Fault.RATE_LIMIT)

    assert type(error) is RateLimitedError
    assert error.retry_after == (RETRY_AFTER if harness.says_when else None)
    assert harness.accepted() == []


async def test_credentials_that_the_provider_refuses_are_bad_configuration(
    harness: Harness,
) -> None:
    error = await fails(harness, Fault.BAD_CREDENTIALS)

    assert type(error) is BadConfigurationError
    assert harness.accepted() == []


async def test_a_provider_that_accepts_and_falls_silent_is_an_unknown_outcome(
    hasty: Harness,
) -> None:
    error = await fails(hasty, Fault.ACCEPT_THEN_SILENCE)

    assert type(error) is UnknownOutcomeError
    assert hasty.accepted() == ["Text 1"]


@pytest.mark.parametrize(
    "fault", [Fault.REFUSE, Fault.RATE_LIMIT, Fault.BAD_CREDENTIALS, Fault.ACCEPT_THEN_SILENCE]
)
async def test_after_a_failure_the_next_message_goes_out(hasty: Harness, fault: Fault) -> None:
    await fails(hasty, fault)

    await hasty.sender.send(hasty.message(2))

    assert hasty.accepted()[-1] == "Text 2"


async def test_an_error_holds_no_address_and_no_text(harness: Harness) -> None:
    error = await fails(harness, Fault.REFUSE)

    for secret in ("olena", "38050123", "4815162342", "Text"):
        assert secret not in f"{error} {error.code}"


async def test_messages_sent_at_once_all_arrive_once_under_their_own_names(
    harness: Harness,
) -> None:
    names = await asyncio.gather(
        *(harness.sender.send(harness.message(number)) for number in range(20))
    )

    assert len(set(names)) == 20
    assert sorted(harness.accepted()) == sorted(f"Text {number}" for number in range(20))


async def test_a_send_that_is_cancelled_in_the_middle_leaves_the_sender_usable(
    harness: Harness,
) -> None:
    harness.arrange(Fault.DELAY)
    sending = asyncio.create_task(harness.sender.send(harness.message(1)))
    await asyncio.wait([sending], timeout=0.05)

    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    release(harness)

    assert await harness.sender.send(harness.message(2))
    error = await fails(harness, Fault.REFUSE)
    assert type(error) is PermanentError


async def test_every_sender_has_a_name_among_those_of_its_channel(harness: Harness) -> None:
    assert harness.sender.name == PRIMARY


async def test_a_provider_that_can_be_asked_knows_what_it_took_and_never_answered(
    hasty: Harness,
) -> None:
    before = SystemClock().now()
    await fails(hasty, Fault.ACCEPT_THEN_SILENCE)

    found = await hasty.sender.find(hasty.message(1), before)

    assert len(found) == (1 if hasty.sender.can_be_asked else 0)


async def test_it_knows_nothing_of_what_it_never_took(harness: Harness) -> None:
    before = SystemClock().now()
    await fails(harness, Fault.RATE_LIMIT)
    await harness.sender.send(harness.message(2))

    assert await harness.sender.find(harness.message(1), before) == ()


async def test_it_names_what_it_took_as_it_did_when_it_took_it_the_oldest_first(
    harness: Harness,
) -> None:
    before, message = SystemClock().now(), harness.message(1)
    names = [
        await harness.sender.send(message),
        await harness.sender.send(harness.same_as(message)),
    ]

    found = await harness.sender.find(message, before)

    assert list(found) == (names if harness.sender.can_be_asked else [])


async def test_what_it_took_long_before_is_another_message(harness: Harness) -> None:
    await harness.sender.send(harness.message(1))
    later = SystemClock().now() + timedelta(minutes=10)

    assert await harness.sender.find(harness.message(1), later) == ()


async def test_a_sender_that_was_closed_can_be_closed_again(harness: Harness) -> None:
    await harness.sender.send(harness.message(1))

    await harness.sender.close()
    await harness.sender.close()

    assert harness.accepted() == ["Text 1"]


def release(harness: Harness) -> None:
    """The stand-in holds every message, not only the one."""
    go_on = getattr(harness.sender, "release", None)
    if go_on is not None:
        go_on()
