"""What the notifier is told about signing mail."""

from collections.abc import Collection
from pathlib import Path
from typing import Final

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.settings import Environment
from headsup.shops.profile import ShopProfile
from services.notifier.channels.dkim_key import DkimKeys

_SETTING: Final = "HEADSUP_DKIM_KEYS"


def dkim_settings(environment: Environment, shops: Collection[ShopProfile]) -> DkimKeys:
    """Reads and tries the keys. A key for a domain that no shop writes from is refused: its
    signature would not stand for the address that a reader sees (DMARC, RFC 7489 section 3.1.1).
    The caller calls `environment.check()`."""
    if environment.optional(_SETTING) is None:
        return DkimKeys()
    from services.notifier.channels.dkim_keys import (  # noqa: PLC0415 - a start waits for dkimpy
        load_dkim_keys,
        without_mail,
    )

    keys = environment.parsed(_SETTING, lambda text: load_dkim_keys(Path(text))) or DkimKeys()
    if shops:
        for domain in without_mail(keys, [from_domain(shop) for shop in shops]):
            environment.refuse(
                f"{_SETTING} has a key for {domain}, and no shop's `mail_from` is of that domain "
                "or of one below it: its signature would not count."
            )
    return keys


def unsigned_domains(keys: DkimKeys, shops: Collection[ShopProfile]) -> list[str]:
    """The domains that shops write from by mail and that no key signs for."""
    writing = {from_domain(shop) for shop in shops if Channel.EMAIL in shop.channels}
    return sorted(domain for domain in writing if keys.of(domain) is None)


def advise(keys: DkimKeys, shops: Collection[ShopProfile], *, has_marketing: bool) -> None:
    """Says once, at the start, whose mail is not signed here."""
    domains = unsigned_domains(keys, shops)
    if not domains:
        return
    logs.logger().warning(
        "mail is sent without a DKIM signature; the relay must sign it, or many mailboxes refuse it"
        + (", and none offers the one-click unsubscribe of its marketing" if has_marketing else ""),
        domains=", ".join(domains),
        needs=_SETTING,
    )


def from_domain(shop: ShopProfile) -> str:
    """What stands behind the @ of the address that a shop writes from."""
    return shop.mail_from.rpartition("@")[2].lower()
