"""The settings of signed mail: what is wrong stops the start, what is missing is said once."""

from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from headsup.contracts.channels import Channel
from headsup.settings import Environment, SettingsError
from headsup.shops.profile import ShopProfile
from services.notifier.channels.dkim_key import DkimKeys
from services.notifier.dkim_settings import advise, dkim_settings, unsigned_domains
from tests.support.dkim import key, put_key
from tests.unit.services.notifier.render.samples import lavka

SETTING = "HEADSUP_DKIM_KEYS"


def shop(mail_from: str, *channels: Channel) -> ShopProfile:
    used = frozenset(channels or (Channel.EMAIL,))
    return msgspec.structs.replace(lavka(), mail_from=mail_from, channels=used)


def read(folder: Path | str, *shops: ShopProfile) -> DkimKeys:
    environment = Environment({SETTING: str(folder)} if folder else {})
    keys = dkim_settings(environment, shops)
    environment.check()
    return keys


def test_without_the_setting_nothing_is_signed() -> None:
    assert read("", shop("orders@shop.example")).by_domain == {}


@pytest.mark.parametrize("mail_from", ["orders@shop.example", "orders@Mail.Shop.example"])
def test_a_key_of_the_domain_in_from_or_of_one_above_signs(tmp_path: Path, mail_from: str) -> None:
    put_key(tmp_path, "shop.example", "s1")
    keys = read(tmp_path, shop(mail_from))
    assert unsigned_domains(keys, [shop(mail_from)]) == []


@pytest.mark.parametrize("domain", ["mail.shop.example", "relay.example", "op.example"])
def test_a_key_that_no_from_is_aligned_with_stops_the_start(tmp_path: Path, domain: str) -> None:
    put_key(tmp_path, domain, "s1")
    with pytest.raises(SettingsError, match=f"{SETTING} has a key for {domain}, and no shop"):
        read(tmp_path, shop("orders@shop.example"))


def test_a_broken_key_stops_the_start_and_names_its_file(tmp_path: Path) -> None:
    file = put_key(tmp_path, "shop.example", "s1", b"")
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, shop("orders@shop.example"))
    assert caught.value.problems == [f"{SETTING} is wrong: {file} is no private RSA key in PEM."]


def test_who_writes_unsigned_is_said_once_with_what_it_costs() -> None:
    shops = [
        shop("orders@shop.example"),
        shop("news@b.example"),
        shop("sales@b.example"),
        shop("x@texts.example", Channel.SMS),
    ]
    keys = DkimKeys({"shop.example": key()})

    with capture_logs() as logs:
        advise(keys, shops, has_marketing=True)

    assert [(entry["log_level"], entry["domains"]) for entry in logs] == [("warning", "b.example")]
    assert "one-click" in logs[0]["event"]
    assert logs[0]["needs"] == SETTING


def test_without_marketing_nothing_is_said_of_unsubscribing() -> None:
    with capture_logs() as logs:
        advise(DkimKeys(), [shop("orders@shop.example")], has_marketing=False)
    assert "unsubscribe" not in logs[0]["event"]


def test_where_all_is_signed_nothing_is_said() -> None:
    with capture_logs() as logs:
        advise(DkimKeys({"shop.example": key()}), [shop("o@shop.example")], has_marketing=True)
    assert logs == []
