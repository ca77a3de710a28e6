"""order_events in Quix Streams: a stateful dataframe over RocksDB.

An order in the state is its facts, what was told, and the ids of its latest events, by which one
that comes again is known. The state has a changelog topic, and is written with the offsets every
few seconds.

Guarantees: at least once. After a crash the events since the last checkpoint are handled again from
the state as it was then, so they say the same under the same ids. Deadlines are not looked at (it
knows no timers), and the state can be asked by nobody else.
"""

import tempfile
from typing import Any

from quixstreams import Application
from quixstreams.models import BytesSerializer

from bench.peers.work import READY, Surroundings, handle_kept, read, say


class _ValueSerializer(BytesSerializer):  # type: ignore[misc]
    """Of a record of ours."""

    def __call__(self, value: Any, ctx: Any) -> Any:  # noqa: ARG002 - its name is called
        """Its value as it stands."""
        return value.value


def main() -> None:
    """Works until it is ended."""
    here = Surroundings.of_this_process()
    with tempfile.TemporaryDirectory() as folder:
        app = Application(
            broker_address=here.servers,
            consumer_group=f"{here.prefix}quixstreams",
            auto_offset_reset="earliest",
            state_dir=folder,
            auto_create_topics=True,
            loglevel="WARNING",
        )
        raw = {"key_deserializer": "bytes", "value_deserializer": "bytes"}
        orders, shipments = (app.dataframe(app.topic(name, **raw)) for name in here.sources)
        requested = app.topic(
            here.requested, key_serializer="bytes", value_serializer=_ValueSerializer()
        )

        def taken(value: bytes, _key: bytes, _at: int, headers: Any, state: Any) -> list[Any]:
            kept, said = handle_kept(state.get_bytes("order"), read(value, headers), here.prefix)
            if kept is not None:
                state.set_bytes("order", kept)
            return said

        both = orders.concat(shipments)
        said = both.apply(taken, stateful=True, expand=True, metadata=True)
        said.to_topic(requested, key=lambda record: record.key)
        say(READY)
        app.run()


if __name__ == "__main__":
    main()
