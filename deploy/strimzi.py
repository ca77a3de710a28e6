"""The topics as Strimzi's operator keeps them, made from what `headsup topics apply` creates.

python -m deploy.strimzi            writes deploy/k8s/components/strimzi/topics.yaml
python -m deploy.strimzi --check    exits 1 where it should have been written
"""

import sys
from pathlib import Path
from typing import Final

import yaml

from headsup.kafka.topics import TopicSpec, topic_specs

TOPICS: Final = Path(__file__).parent / "k8s/components/strimzi/topics.yaml"
CLUSTER: Final = "kafka"
"""Its name, as Strimzi knows it; an overlay says another."""
NAMESPACE: Final = "kafka"
"""Where it is: Strimzi looks for topics and users beside it."""
_REPLICAS: Final = 3
_IN_SYNC: Final = "2"
"""So many have a record before it counts as written: one may be away."""
_HEAD: Final = "# Made by `python -m deploy.strimzi` from headsup/kafka/topics.py.\n"


def topics() -> str:
    """The file."""
    return _HEAD + yaml.safe_dump_all(map(_topic, topic_specs()), sort_keys=False)


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


def main(arguments: list[str]) -> int:
    """Writes the file, or with `--check` only compares; the exit code."""
    if arguments == ["--check"]:
        if TOPICS.read_text("utf-8") == topics():
            return 0
        sys.stderr.write(f"{TOPICS.name} is out of date: python -m deploy.strimzi\n")
        return 1
    TOPICS.write_text(topics(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
