"""What Kafka lets us do with each topic, asked before anything is done.

A right that lacks would else come to light with the first record: what is read is told then, but
what cannot be written waits in an outbox, or ends a service in the middle of its work. Since 2.3
Kafka says in its answer about topics what the user may do there (KIP-430). aiokafka (0.14) knows
that question only in older forms, hence this one beside its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import TopicAuthorizationFailedError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int16, Int32, Schema, String

from headsup.kafka.reaching import reaching
from headsup.kafka.security import Protection, Servers, brokers_of, reached
from headsup.settings import SettingsError

_NOT_SAID: Final = -(2**31)
"""By a broker that was not asked, or does not know."""
_NOT_AUTHORIZED: Final = TopicAuthorizationFailedError.errno
"""What is said of a topic with which we may do nothing, whether it is there or not."""
_BITS: Final[Mapping[str, int]] = {"read": 1 << 3, "write to": 1 << 4, "delete records of": 1 << 6}
"""What we do with topics, in words, and where in the answer it stands whether we may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What somebody does with topics, by their names without prefix."""

    reads: tuple[str, ...]
    writes: tuple[str, ...]
    cuts_off: tuple[str, ...] = ()
    """Of these it deletes records."""

    def by_act(self, prefix: str) -> dict[str, list[str]]:
        """The topics by what is done with them, in words."""
        topics = (self.reads, self.writes, self.cuts_off)
        return {
            act: [prefix + topic for topic in each] for act, each in zip(_BITS, topics, strict=True)
        }


class _Answer(Response):  # type: ignore[misc] # aiokafka is untyped
    API_KEY, API_VERSION = 3, 8
    _PARTITION = Schema(
        *(("error_code", Int16), ("partition", Int32), ("leader", Int32), ("epoch", Int32)),
        *(("replicas", Array(Int32)), ("isr", Array(Int32)), ("offline", Array(Int32))),
    )
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "brokers",
            Array(
                *(("node_id", Int32), ("host", String("utf-8"))),
                *(("port", Int32), ("rack", String("utf-8"))),
            ),
        ),
        *(("cluster_id", String("utf-8")), ("controller_id", Int32)),
        (
            "topics",
            Array(
                *(("error_code", Int16), ("topic", String("utf-8")), ("is_internal", Boolean)),
                *(("partitions", Array(_PARTITION)), ("allowed", Int32)),
            ),
        ),
        ("allowed", Int32),
    )


class _Question(RequestStruct):  # type: ignore[misc]
    API_KEY, API_VERSION = 3, 8
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        *(("topics", Array(String("utf-8"))), ("makes_topics", Boolean)),
        *(("of_the_cluster", Boolean), ("of_topics", Boolean)),
    )


class _Asking(Request[_Question]):  # type: ignore[misc]
    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[_Question]) -> _Question:
        return request_struct_class(self._topics, False, False, True)


async def expect_rights(brokers: Servers, needs: Needs, prefix: str) -> None:
    """Raises SettingsError where the broker does not let us do what we need, with a sentence for
    each thing that it does not. Where nobody says who we are, and where it does not say what we
    may, it is taken to let us."""
    if brokers_of(brokers).security.protection is Protection.PLAINTEXT:
        return
    by_act = needs.by_act(prefix)
    client = AIOKafkaClient(**reached(brokers))
    try:
        async with reaching(brokers):
            await client.bootstrap()
        asked = _Asking(sorted({topic for topics in by_act.values() for topic in topics}))
        answer = await client.send(client.get_random_node(), asked)
    except NotImplementedError:
        return  # by aiokafka: this broker is older, or a stand-in
    finally:
        await client.close()
    if problems := list(lacking(answer.topics, by_act)):
        raise SettingsError(problems)


def lacking(topics: Iterable[Any], by_act: Mapping[str, Iterable[str]]) -> Iterable[str]:
    """What the broker does not let us do, as it described the topics."""
    allowed = {
        topic: 0 if error else bits
        for error, topic, _, _, bits in topics
        if error in (0, _NOT_AUTHORIZED)
    }
    for act, bit in _BITS.items():
        may_not = [
            topic
            for topic in by_act[act]
            if topic in allowed and allowed[topic] != _NOT_SAID and not allowed[topic] & bit
        ]
        if may_not:
            names = ", ".join(sorted(may_not))
            yield f"The broker does not let this user {act} {names}: see docs/operating/tls.md."
