"""The settings as operators are promised them: which there are, what each means, and what it is
when it is left out. They are written in `settings.toml`; docs/settings.md is made of it."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

_FILE: Final = Path(__file__).with_name("settings.toml")
_ALWAYS: Final = ("every",)
_SECTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "order_events": (*_ALWAYS, "database", "order_events"),
    "cart_recovery": (*_ALWAYS, "cart_recovery"),
    "notifier": (*_ALWAYS, "database", "notifier"),
}
"""What each service reads."""
_OURS: Final = (
    *("HEADSUP_", "TWILIO_", "TELEGRAM_", "SMTP_"),
    *("KAFKA_SASL_", "KAFKA_TLS_", "KAFKA_OAUTH_", "KAFKA_KERBEROS_", "KAFKA_SECURITY_"),
)
"""How names begin that hardly anybody else gives."""
_ALIKE: Final = 0.8
_OF_KUBERNETES: Final = re.compile(r"(.+)_SERVICE_HOST")
"""Kubernetes tells each container of a namespace's services by variables like these
(kubernetes.io/docs/concepts/services-networking/service/#environment-variables)."""


class Setting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One setting."""

    meaning: str
    """In words, with links from docs/."""
    default: str | None = None
    """What it is when it is left out, letter by letter."""
    without: str | None = None
    """What happens when it is left out, in words."""
    is_secret: bool = False
    """Whether it may hold a password: it belongs into a secret, and is never shown."""

    @property
    def is_required(self) -> bool:
        """Whether no service starts without it."""
        return self.default is None and self.without is None


@cache
def sections() -> Mapping[str, Mapping[str, Setting]]:
    """All settings, by their names, by who reads them."""
    text = _FILE.read_bytes()
    return msgspec.toml.decode(text, type=dict[str, dict[str, Setting]])


def settings_of(service: str) -> dict[str, Setting]:
    """What a service reads. Raises KeyError for one that there is not."""
    return {
        name: setting
        for section in _SECTIONS[service]
        for name, setting in sections()[section].items()
    }


def strangers(variables: Collection[str]) -> Iterator[str]:
    """What in an environment looks like a setting of ours and is none, a sentence for each: it was
    mistyped, and nobody would say so."""
    known = {name for section in sections().values() for name in section}
    linked = tuple(f"{found[1]}_" for found in map(_OF_KUBERNETES.fullmatch, variables) if found)
    for name in sorted(variables):
        if name in known or not name.startswith(_OURS) or (linked and name.startswith(linked)):
            continue
        meant = difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)
        yield f"{name} is no setting" + (f"; is {meant[0]} meant?" if meant else ".")


_PAGE: Final = """# Settings

All settings come from the environment. What is missing or wrong stops the start with a sentence
that names it, and exit code 2. What looks like one of them and is none is named in the log at the
start. Those marked with a key may hold a password: they belong into a secret.

{tables}
Its shops are those of `sandbox/shops`, whatever `HEADSUP_SHOPS` says: put a file of yours beside
them to try it. Events of your own are about the demo's time, which its page shows.

This page is made from `headsup/contracts/settings.toml` by `make schemas`.
"""
_TITLES: Final = {
    "every": "Every service",
    "database": "Those with a database: order_events and the notifier",
    "order_events": "order_events",
    "cart_recovery": "cart_recovery",
    "notifier": "The notifier",
    "demo": "The demo",
}


def page() -> str:
    """docs/settings.md: all of them, in tables."""
    return _PAGE.format(tables="\n".join(_table(*each) for each in _TITLES.items()))


def _table(section: str, title: str) -> str:
    rows = (_row(name, setting) for name, setting in sections()[section].items())
    return "\n".join(_lines(title, rows)) + "\n"


def _lines(title: str, rows: Iterable[str]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| setting | meaning | left out |"
    yield "|---|---|---|"
    yield from rows


def _row(name: str, setting: Setting) -> str:
    key = " 🔑" if setting.is_secret else ""
    default = f"`{setting.default}`" if setting.default is not None else setting.without
    return f"| `{name}`{key} | {setting.meaning} | {default or '**required**'} |"
