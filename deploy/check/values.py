"""Each service understands what it is told in plain, its shops included: it is asked itself."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from deploy.check.kafka import told_in_plain
from deploy.check.manifests import Container, Manifests
from headsup.settings import Environment, SettingsError
from services.cart_recovery.settings import CartRecoverySettings
from services.notifier.settings import NotifierSettings
from services.order_events.settings import OrderEventsSettings

_READ: Final[Mapping[str, Callable[[Environment], Any]]] = {
    "order-events": OrderEventsSettings.from_environment,
    "notifier": NotifierSettings.from_environment,
    "cart-recovery": CartRecoverySettings.from_environment,
}
_KEY: Final = "0" * 64
_SECRETS: Final = {
    "DATABASE_URL": "postgresql://user@database.example/headsup",
    "KAFKA_SASL_PASSWORD": _KEY,
    "SMTP_URL": "smtp://relay.example:587",
    "TWILIO_ACCOUNT_SID": f"AC{'0' * 32}",
    "TWILIO_AUTH_TOKEN": _KEY[:32],
    "TWILIO_FROM": f"MG{'0' * 32}",
    "TELEGRAM_BOT_TOKEN": f"1:{_KEY[:35]}",
    "HEADSUP_ANSWER_KEY": _KEY,
    "HEADSUP_ERASED_KEY": _KEY,
}
"""What stands for those that nobody knows here."""
_WITH: Final = {
    "HEADSUP_SUPPORT_GROUPS": "HEADSUP_SUPPORT_SECRET",
    "HEADSUP_BOUNCE_ADDRESS": "HEADSUP_BOUNCE_KEY",
}
"""A secret that another setting asks for."""
_IN_THE_POD: Final = "/etc/headsup/"
"""Files that are not here."""
_SHOPS: Final = "HEADSUP_SHOPS"


def values_are_understood(manifests: Manifests) -> Iterator[str]:
    """What a service would end with at its start: a number that is none, an address without https,
    a line of a shop's file that nobody knows."""
    for manifest in manifests:
        for container in manifest.containers():
            if container.name in _READ:
                with TemporaryDirectory() as folder:
                    told = _told(container, manifests, Path(folder))
                    yield from (f"{container}: {problem}" for problem in _wrong(container, told))


def _told(container: Container, manifests: Manifests, folder: Path) -> dict[str, str]:
    plain = told_in_plain(container, manifests)
    here = {name: value for name, value in plain.items() if not value.startswith(_IN_THE_POD)}
    secret = {each["name"] for each in container.body["env"] if "valueFrom" in each}
    stand_ins = {name: value for name, value in _SECRETS.items() if name in secret}
    asked_for = {also: _KEY for name, also in _WITH.items() if name in here}
    return {**stand_ins, **asked_for, **here, _SHOPS: str(_shops(container, manifests, folder))}


def _shops(container: Container, manifests: Manifests, folder: Path) -> Path:
    """Where the files are that are mounted as shops."""
    volumes = (container.owner.pod or {})["spec"].get("volumes", [])
    named = {each["configMap"]["name"] for each in volumes if each["name"] == "shops"}
    for each in manifests:
        if each.kind == "ConfigMap" and each.name in named:
            for name, text in (each.body.get("data") or {}).items():
                (folder / name).write_text(text, "utf-8")
    return folder


def _wrong(container: Container, told: Mapping[str, str]) -> list[str]:
    try:
        _READ[container.name](Environment(told))
    except SettingsError as error:
        return error.problems
    return []
