"""What is paid for traces by an event of which nothing is recorded, in calls of functions."""

from datetime import UTC, datetime

import pytest

from bench.traces import MOST_WHEN_UNRECORDED, NEVER, calls, came
from tests.support.recorded import SPAN, TRACE

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
UNRECORDED = f"00-{TRACE}-{SPAN}-00".encode()


@pytest.mark.parametrize(
    "context",
    [(), (("traceparent", UNRECORDED),)],
    ids=["its trace begins here", "the shop does not record it"],
)
async def test_what_is_not_recorded_is_hardly_paid_for(
    context: tuple[tuple[str, bytes], ...],
) -> None:
    off, unrecorded = await calls(None, came(), NOW), await calls(NEVER, came(*context), NOW)
    assert unrecorded / off < MOST_WHEN_UNRECORDED
