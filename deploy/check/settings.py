"""A manifest tells a service what it reads, all that it must be told, and no password in plain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from deploy.check.manifests import Container, Manifests
from headsup.contracts.settings import Setting, settings_of

SERVICES: Final[Mapping[str, str]] = {
    "order-events": "order_events",
    "notifier": "notifier",
    "cart-recovery": "cart_recovery",
}
"""By their containers."""
_OF_TOOLS: Final = ("DATABASE_URL", "KAFKA_", "HEADSUP_TOPIC_PREFIX")
"""How the names begin of what the command line reads."""


@dataclass(frozen=True, slots=True)
class _Given:
    """One variable of a container."""

    is_by_reference: bool
    """Out of a secret."""
    is_certain: bool
    """The pod does not start without it."""


def settings_agree(manifests: Manifests) -> Iterator[str]:
    """What a service is told that it does not know, what it is not told, what is told in plain."""
    for manifest in manifests:
        for container in manifest.containers():
            known = _known(container)
            given = _given(container, manifests)
            for name in sorted(given.keys() - known.keys()):
                yield f"{container} is told {name}, which it does not read"
            for name, setting in known.items():
                yield from _told(container, name, setting, given.get(name))


def _told(container: Container, name: str, setting: Setting, given: _Given | None) -> Iterator[str]:
    if container.name in SERVICES and setting.is_required and not (given and given.is_certain):
        yield f"{container} may not be told {name}, without which it does not start"
    if given and setting.is_secret and not given.is_by_reference:
        yield f"{container} is told {name} in plain; it belongs into a secret"


def _known(container: Container) -> Mapping[str, Setting]:
    if container.name in SERVICES:
        return settings_of(SERVICES[container.name])
    every = settings_of("notifier")
    return {name: every[name] for name in every if name.startswith(_OF_TOOLS)}


def _given(container: Container, manifests: Manifests) -> dict[str, _Given]:
    """All variables by name. Of a whole secret nobody knows here what is in it, so each variable
    out of a secret is named one by one."""
    given: dict[str, _Given] = {}
    for source in container.body.get("envFrom", []):
        maps = [each for each in manifests if each.kind == "ConfigMap"]
        name = source.get("configMapRef", {}).get("name")
        for each in (each for each in maps if each.name == name):
            given |= {key: _Given(False, True) for key in each.body.get("data", {})}
    for variable in container.body.get("env", []):
        secret = variable.get("valueFrom", {}).get("secretKeyRef")
        given[variable["name"]] = _Given(
            is_by_reference=secret is not None,
            is_certain=not (secret or {}).get("optional", False),
        )
    return given
