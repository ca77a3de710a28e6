"""What cannot wait goes first, and marketing never takes all the room."""

import pytest

from headsup.contracts.catalogue import CATALOGUE, Kind, Urgency
from headsup.contracts.channels import MessageClass
from services.notifier.priorities import Priority, priority_of, room_of
from tests.support.each import each


@each("kind", list(Kind))
def test_a_kind_goes_by_its_class_and_then_by_its_urgency(kind: Kind) -> None:
    entry, priority = CATALOGUE[kind], priority_of(kind)
    is_marketing = entry.message_class is MessageClass.MARKETING
    assert (priority is Priority.MARKETING) == is_marketing
    assert (priority is Priority.URGENT) == (entry.urgency is Urgency.NOW and not is_marketing)


@pytest.mark.parametrize(
    ("priority", "capacity", "room"),
    [
        (Priority.URGENT, 16, 16),
        (Priority.NEWS, 16, 16),
        (Priority.MARKETING, 16, 12),
        (Priority.MARKETING, 4, 3),
        (Priority.MARKETING, 2, 1),
        (Priority.MARKETING, 1, 1),
        (Priority.NEWS, 1, 1),
    ],
)
def test_marketing_leaves_room(priority: Priority, capacity: int, room: int) -> None:
    assert room_of(priority, capacity) == room
