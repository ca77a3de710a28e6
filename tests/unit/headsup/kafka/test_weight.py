"""How many bytes records hold."""

from headsup.kafka.producer import Outgoing
from headsup.kafka.weight import HEADER, weight


def test_all_that_they_hold_counts() -> None:
    records = [
        Outgoing("topic", b"key", b"value", (("name", b"text"), ("none", None))),
        Outgoing("topic", None, b"12"),
        Outgoing("topic", b"1", None),
    ]
    assert weight(records) == 3 + 5 + 8 + 4 + 2 + 1 + 2 * HEADER
    assert weight([]) == 0
