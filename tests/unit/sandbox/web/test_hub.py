"""Changes reach every watcher, and a slow one slows nobody down."""

from sandbox.web.hub import BACKLOG, Hub


async def test_every_watcher_hears_a_change() -> None:
    hub = Hub()
    with hub.watching() as first, hub.watching() as second:
        hub.tell("event", {"id": "e1"})

        assert await anext(first) == ("event", b'{"id":"e1"}')
        assert await anext(second) == ("event", b'{"id":"e1"}')


async def test_a_watcher_that_falls_too_far_behind_is_let_go() -> None:
    hub = Hub()
    with hub.watching() as changes:
        for number in range(BACKLOG + 5):
            hub.tell("event", number)

        assert len([change async for change in changes]) == BACKLOG


async def test_a_closed_hub_ends_every_stream() -> None:
    hub = Hub()
    with hub.watching() as before:
        hub.close()
        assert [change async for change in before] == []
    with hub.watching() as after:
        assert [change async for change in after] == []


async def test_a_quiet_line_is_tested_now_and_then() -> None:
    hub = Hub(quiet=0.01)
    with hub.watching() as changes:
        assert await anext(changes) is None
