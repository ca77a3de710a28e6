"""Topics and users as Strimzi's operator keeps them: the topics are those that `headsup topics
apply` creates, the users those of deploy/rights.py."""

from pathlib import Path
from typing import Final

import yaml

from deploy.rights import USERS, Right, User
from headsup.kafka.topics import TopicSpec, topic_specs

_COMPONENT: Final = Path(__file__).parent / "k8s/components/strimzi"
TOPICS: Final = _COMPONENT / "topics.yaml"
USERS_FILE: Final = _COMPONENT / "users.yaml"
CLUSTER: Final = "kafka"
"""Its name, as Strimzi knows it; an overlay says another."""
NAMESPACE: Final = "kafka"
"""Where it is: Strimzi looks for topics and users beside it."""
_REPLICAS: Final = 3
_IN_SYNC: Final = "2"
"""So many have a record before it counts as written: one may be away."""
_HEAD: Final = "# Made by `make schemas` from {origin}.\n"


def topics() -> str:
    """The file with the topics."""
    made = yaml.safe_dump_all(map(_topic, topic_specs()), sort_keys=False)
    return _HEAD.format(origin="headsup/kafka/topics.py") + made


def users() -> str:
    """The file with the users."""
    made = yaml.safe_dump_all(map(_user, USERS), sort_keys=False)
    return _HEAD.format(origin="deploy/rights.py") + made


def _user(user: User) -> dict[str, object]:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {
            "name": user.name,
            "namespace": NAMESPACE,
            "labels": {"strimzi.io/cluster": CLUSTER},
        },
        "spec": {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": list(map(_acl, user.rights))},
        },
    }


def _acl(right: Right) -> dict[str, object]:
    return {
        "resource": {"type": right.kind, "name": right.name, "patternType": "literal"},
        "operations": list(right.operations),
    }


def _topic(spec: TopicSpec) -> dict[str, object]:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaTopic",
        "metadata": {
            "name": spec.name.replace("_", "-"),
            "namespace": NAMESPACE,
            "labels": {"strimzi.io/cluster": CLUSTER},
        },
        "spec": {
            "topicName": spec.name,
            "partitions": spec.partitions,
            "replicas": _REPLICAS,
            "config": {**spec.config, "min.insync.replicas": _IN_SYNC},
        },
    }
