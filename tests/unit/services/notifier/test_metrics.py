"""What counts as told in time, late, or missed, from nought."""

import pytest
from prometheus_client import CollectorRegistry

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier.attempts import State
from services.notifier.decide import Decision
from services.notifier.metrics import LATE, Attempt, IntakeMetrics, SendingMetrics
from services.notifier.priorities import Priority
from tests.support.each import each

NEWS, MARKETING = Kind.ORDER_RECEIVED, Kind.CART_ABANDONED


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def news(registry: CollectorRegistry) -> dict[str, float | None]:
    """All of it, by how it ended."""
    name = "headsup_notifier_news_total"
    ends = ("in_time", "late", "missed")
    return {end: registry.get_sample_value(name, {"result": end}) for end in ends}


def test_news_is_told_in_time_or_late_and_marketing_does_not_count(
    registry: CollectorRegistry,
) -> None:
    metrics = SendingMetrics(registry)
    assert news(registry) == {"in_time": 0, "late": 0, "missed": 0}
    for seconds in (-1.0, LATE, LATE + 1):
        metrics.told(NEWS, Channel.SMS, Priority.NEWS, seconds)
        metrics.told(MARKETING, Channel.EMAIL, Priority.MARKETING, seconds)
    assert news(registry) == {"in_time": 2, "late": 1, "missed": 0}


@each(
    ("kind", "state", "reason", "missed"),
    [
        (NEWS, State.EXPIRED, Reason.STALE, 3),
        (NEWS, State.FAILED, Reason.GAVE_UP, 3),
        (NEWS, State.UNKNOWN, Reason.NO_ANSWER, 3),
        (NEWS, State.SUPPRESSED, Reason.CANNOT_RENDER, 3),
        (NEWS, State.FAILED, Reason.BAD_CONFIGURATION, 3),
        (NEWS, State.PLANNED, Reason.BAD_CONFIGURATION, 0),
        (NEWS, State.FAILED, Reason.INVALID_ADDRESS, 0),
        (NEWS, State.SENT, "", 0),
        (MARKETING, State.EXPIRED, Reason.STALE, 0),
    ],
)
def test_what_is_never_told_by_our_fault_or_a_providers_is_missed(
    kind: Kind, state: State, reason: str, missed: int
) -> None:
    registry = CollectorRegistry()
    SendingMetrics(registry).ended(Attempt(Channel.SMS, kind, "primary", state, reason), 3)
    assert news(registry)["missed"] == missed


def test_news_that_was_too_old_when_it_came_counts_and_marketing_does_not(
    registry: CollectorRegistry,
) -> None:
    metrics = IntakeMetrics(registry)
    for kind in (NEWS, MARKETING):
        metrics.decided(kind, Decision.EXPIRED, Reason.STALE)
        metrics.decided(kind, Decision.PLANNED, "")
    assert registry.get_sample_value("headsup_notifier_news_too_old_total") == 1
