"""Every topic that a service reads or writes is there, as the services need it."""

from collections.abc import Iterator

from deploy.check.manifests import Manifests
from headsup.kafka.topics import topic_specs


def topics_are_declared(manifests: Manifests) -> Iterator[str]:
    """Where topics are declared at all, each is, with as many partitions and kept as long."""
    declared = {
        each.spec["topicName"]: each.spec for each in manifests if each.kind == "KafkaTopic"
    }
    if not declared:
        return  # then `headsup topics apply` makes them
    specs = {spec.name: spec for spec in topic_specs()}
    for name in sorted(specs.keys() - declared.keys()):
        yield f"KafkaTopic {name} is not declared"
    for name in sorted(declared.keys() - specs.keys()):
        yield f"KafkaTopic {name} is declared, and nobody reads or writes it"
    for name in specs.keys() & declared.keys():
        spec, said = specs[name], declared[name]
        if said["partitions"] != spec.partitions:
            yield f"KafkaTopic {name} has {said['partitions']} partitions, not {spec.partitions}"
        for key, value in spec.config.items():
            if said["config"].get(key) != value:
                yield f"KafkaTopic {name} has {key} {said['config'].get(key)}, not {value}"
