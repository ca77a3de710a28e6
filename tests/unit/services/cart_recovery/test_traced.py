"""A cart in traces: what is said of it at once hangs on what the shop said."""

from headsup.kafka.producer import MemoryPublisher
from headsup.tracing import OFF
from services.cart_recovery.desk import Desk
from tests.support.events import placed
from tests.support.recorded import Recorded, carried, id_of, parent_of, recorded
from tests.unit.services.cart_recovery.room import HOME, HOUR, Room, left


def watched(room: Room, traces: Recorded) -> Desk:
    """The desk, of which is recorded what it does."""
    room.desk._tracing = traces.tracing
    return room.desk


async def test_what_an_order_takes_back_hangs_on_the_order() -> None:
    room, traces = Room(), recorded()
    await room.hears(left("K1"))
    room.clock.move(HOUR)
    await room.ticks(HOME("K1"))
    room.publisher.published.clear()
    desk, ordered = (
        watched(room, traces),
        room.record(placed("A-1", room.clock.now(), cart_id="K1")),
    )
    ordered.headers = (*ordered.headers, *carried())
    await desk.take(ordered)
    span = traces.only()
    assert span.name == "process x.cart_recovery.joined"
    assert parent_of(span) == "b7ad6b7169203331"
    assert room.publisher.published
    for record in room.publisher.published:
        assert record.headers[-1:] == carried(id_of(span))


async def test_an_event_of_which_nothing_is_said_is_no_step() -> None:
    room, traces = Room(), recorded()
    await watched(room, traces).take(room.record(left("K1")))
    assert traces.spans == ()


async def test_where_nothing_is_recorded_nothing_is_added() -> None:
    room, publisher = Room(), MemoryPublisher()
    assert room.desk._tracing is OFF
    assert OFF.publisher(publisher) is publisher
    await room.hears(left("K1"))
    room.clock.move(HOUR)
    await room.ticks(HOME("K1"))
    assert room.publisher.published
    for record in room.publisher.published:
        assert [name for name, _ in record.headers] == ["content-type"]
