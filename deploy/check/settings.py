"""A manifest tells a service what it reads, all that it must be told, and no password in plain."""

from collections import Counter
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
_OF_TOOLS: Final = ("DATABASE_URL", "KAFKA_", "HEADSUP_TOPIC_PREFIX", "HEADSUP_ADDRESS_KEYS")
"""How the names begin of what the command line reads."""


@dataclass(frozen=True, slots=True)
class Given:
    """One variable of a container."""

    is_by_reference: bool
    """Out of a secret."""
    is_certain: bool
    """The container does not start without it."""


def settings_agree(manifests: Manifests) -> Iterator[str]:
    """What a service is told that it does not know, what it is not told, what is told in plain."""
    for manifest in manifests:
        for container in manifest.containers():
            yield from disagreements(str(container), container.name, _given(container, manifests))
            yield from _told_twice(container, manifests)


def disagreements(where: str, name: str, given: Mapping[str, Given]) -> Iterator[str]:
    """The same of one container: `where` it is, the `name` that says which service it runs, and
    all that it is told, by name."""
    known = _known(name)
    for each in sorted(given.keys() - known.keys()):
        yield f"{where} is told {each}, which it does not read"
    for each, setting in known.items():
        it = given.get(each)
        if name in SERVICES and setting.is_required and not (it and it.is_certain):
            yield f"{where} may not be told {each}, without which it does not start"
        if it and setting.is_secret and not it.is_by_reference:
            yield f"{where} is told {each} in plain; it belongs into a secret"


def _told_twice(container: Container, manifests: Manifests) -> Iterator[str]:
    """Of the two only the last counts, which whoever wrote the first does not see."""
    told = Counter(name for names in _from_maps(container, manifests) for name in names)
    told.update(each["name"] for each in container.body.get("env", []))
    for name, times in told.items():
        if times > 1:
            yield f"{container} is told {name} {times} times, and only the last counts"


def _from_maps(container: Container, manifests: Manifests) -> Iterator[Mapping[str, str]]:
    maps = {each.name: each for each in manifests if each.kind == "ConfigMap"}
    for source in container.body.get("envFrom", []):
        found = maps.get(source.get("configMapRef", {}).get("name"))
        if found is not None:
            yield found.body.get("data") or {}


def _known(name: str) -> Mapping[str, Setting]:
    if name in SERVICES:
        return settings_of(SERVICES[name])
    every = {**settings_of("notifier"), **settings_of("order_events")}
    return {each: every[each] for each in every if each.startswith(_OF_TOOLS)}


def _given(container: Container, manifests: Manifests) -> dict[str, Given]:
    """All variables by name. Of a whole secret nobody knows here what is in it, so each variable
    out of a secret is named one by one."""
    given: dict[str, Given] = {}
    for told in _from_maps(container, manifests):
        given |= {name: Given(is_by_reference=False, is_certain=True) for name in told}
    for variable in container.body.get("env", []):
        secret = variable.get("valueFrom", {}).get("secretKeyRef")
        given[variable["name"]] = Given(
            is_by_reference=secret is not None,
            is_certain=not (secret or {}).get("optional", False),
        )
    return given
