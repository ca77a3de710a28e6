"""order_events in Quix Streams: a stateful dataframe over RocksDB. `python -m ... TOTAL`.

An order in the state is its facts, what was told, and the ids of its latest events, by which one
that comes again is known. The state has a changelog topic, and is written with the offsets every
few seconds.

Guarantees: at least once. After a crash the events since the last checkpoint are handled again from
the state as it was then, so they say the same under the same ids. Deadlines are not looked at (it
knows no timers), and the state can be asked by nobody else.
"""

import sys
import tempfile
from typing import Any

from quixstreams import Application
from quixstreams.models import BytesSerializer

from bench.peers.work import Meter, Surroundings, handle_kept, read, say


class _ValueSerializer(BytesSerializer):  # type: ignore[misc]
    """Of a record of ours."""

    def __call__(self, value: Any, ctx: Any) -> Any:  # noqa: ARG002 - its name is called
        """Its value as it stands."""
        return value.value


def main(total: int) -> None:
    """Reports once all of the load is handled, written and acknowledged."""
    here, meter = Surroundings.of_this_process(), Meter(total)
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
            meter.begin()
            kept, said = handle_kept(state.get_bytes("order"), read(value, headers), here.prefix)
            if kept is not None:
                state.set_bytes("order", kept)
            if meter.handled():
                app.stop()  # after this one, with a checkpoint
            return said

        both = orders.concat(shipments)
        said = both.apply(taken, stateful=True, expand=True, metadata=True)
        said.to_topic(requested, key=lambda record: record.key)
        app.run()
        say(meter.report())


if __name__ == "__main__":
    main(int(sys.argv[1]))
