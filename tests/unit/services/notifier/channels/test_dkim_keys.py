"""Keys come from files, are tried before the first mail, and what is wrong names the file."""

import subprocess
from pathlib import Path
from shutil import which

import pytest

from sandbox.parts.rsa_key import rsa_key
from services.notifier.channels.dkim_key import DkimKeys
from services.notifier.channels.dkim_keys import (
    DkimKeysError,
    load_dkim_keys,
    without_mail,
)
from services.notifier.channels.dkim_signature import dkim_signature
from services.notifier.channels.mime import build_mail
from tests.support.dkim import DOMAIN, dns, is_valid, key, pair, put_key
from tests.unit.services.notifier.channels.mails import mail


def selectors(keys: DkimKeys) -> dict[str, str]:
    return {domain: key.selector for domain, key in keys.by_domain.items()}


def test_each_domain_has_the_key_of_its_folder(tmp_path: Path) -> None:
    put_key(tmp_path, "shop.example", "2026-11")
    put_key(tmp_path, "other.example", "s1")

    keys = load_dkim_keys(tmp_path)

    assert selectors(keys) == {"shop.example": "2026-11", "other.example": "s1"}


@pytest.mark.parametrize(
    ("names", "newest"),
    [
        (("2025-11", "2026-03", "2025-12"), "2026-03"),
        (("s9", "s10", "s2"), "s10"),
        (("headsup1", "headsup2"), "headsup2"),
    ],
)
def test_of_several_the_one_that_comes_last_signs(
    tmp_path: Path, names: tuple[str, ...], newest: str
) -> None:
    for name in names:
        put_key(tmp_path, DOMAIN, name)

    assert selectors(load_dkim_keys(tmp_path)) == {DOMAIN: newest}


def test_what_a_mounted_secret_brings_along_and_public_keys_beside_are_no_keys(
    tmp_path: Path,
) -> None:
    hidden = put_key(tmp_path / "..2026_11_22", DOMAIN, "2026-11")
    (tmp_path / "..data").symlink_to(hidden.parent.parent)
    (tmp_path / DOMAIN).symlink_to(Path("..data") / DOMAIN)
    hidden.with_suffix(".txt").write_text("v=DKIM1; k=rsa; p=")

    assert selectors(load_dkim_keys(tmp_path)) == {DOMAIN: "2026-11"}


def test_a_domain_below_takes_the_key_of_the_nearest_one_above() -> None:
    above, below = key("shop.example"), key("mail.shop.example")
    keys = DkimKeys({"shop.example": above, "mail.shop.example": below})

    assert keys.of("shop.example") is above
    assert keys.of("Mail.Shop.example") is below
    assert keys.of("a.mail.shop.example") is below
    assert keys.of("news.shop.example") is above
    assert keys.of("myshop.example") is None
    assert keys.of("example") is None


def test_a_key_that_no_mail_could_use_is_found() -> None:
    keys = DkimKeys({"shop.example": key(), "relay.example": key("relay.example")})

    assert without_mail(keys, ["Mail.shop.example"]) == ["relay.example"]
    assert without_mail(keys, ["myshop.example", "relay.example"]) == ["shop.example"]


@pytest.mark.parametrize(
    ("pem", "problem"),
    [
        (b"", "is no private RSA key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\n????\n-----END PRIVATE KEY-----\n", "is no private RSA"),
        (b"-----BEGIN PRIVATE KEY-----\nMC4CAQ==\n-----END PRIVATE KEY-----\n", "is no private"),
        (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMC4=\n-----END", "is locked with a password"),
        (pair()[0].replace(b"PRIVATE", b"PUBLIC")[:200], "is no private RSA key in PEM"),
        (rsa_key(768, seed=3)[0], "has 768 bits: expected 1024 to 4096"),
    ],
)
def test_what_is_no_key_is_refused_with_the_name_of_its_file(
    tmp_path: Path, pem: bytes, problem: str
) -> None:
    file = put_key(tmp_path, DOMAIN, "s1", pem)

    with pytest.raises(DkimKeysError, match=problem) as caught:
        load_dkim_keys(tmp_path)

    assert str(file) in str(caught.value)
    assert "KEY--" not in str(caught.value)


def test_a_key_in_which_one_digit_changed_is_refused(tmp_path: Path) -> None:
    pem = pair()[0]
    middle = len(pem) // 2
    changed = b"A" if pem[middle : middle + 1] != b"A" else b"B"
    put_key(tmp_path, DOMAIN, "s1", pem[:middle] + changed + pem[middle + 1 :])

    with pytest.raises(DkimKeysError):
        load_dkim_keys(tmp_path)


@pytest.mark.parametrize("name", ["Shop.example", "shop", "a..example", "пошта.ex", "a b.c"])
def test_a_folder_that_is_not_named_as_a_domain_is_refused(tmp_path: Path, name: str) -> None:
    put_key(tmp_path, name, "s1")
    with pytest.raises(DkimKeysError, match="is not named as a domain"):
        load_dkim_keys(tmp_path)


@pytest.mark.parametrize("name", ["a b", "s_1", "-s", "ключ"])
def test_a_file_that_is_not_named_as_a_selector_is_refused(tmp_path: Path, name: str) -> None:
    put_key(tmp_path, DOMAIN, name)
    with pytest.raises(DkimKeysError, match="is not named as a selector"):
        load_dkim_keys(tmp_path)


def test_a_folder_without_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DkimKeysError, match="is no folder"):
        load_dkim_keys(tmp_path / "missing")
    with pytest.raises(DkimKeysError, match="has no folder that is named as a domain"):
        load_dkim_keys(tmp_path)
    (tmp_path / DOMAIN).mkdir()
    with pytest.raises(DkimKeysError, match=r"has no key: expected <selector>\.pem"):
        load_dkim_keys(tmp_path)


def test_line_ends_of_another_system_do_no_harm(tmp_path: Path) -> None:
    put_key(tmp_path, DOMAIN, "2026-11", pair()[0].replace(b"\n", b"\r\n"))
    found = load_dkim_keys(tmp_path).by_domain[DOMAIN]
    content = build_mail(mail()).content

    assert is_valid(dkim_signature(content, found, one_click=False) + content, dns((found, 1)))


@pytest.mark.skipif(which("openssl") is None, reason="needs OpenSSL")
@pytest.mark.parametrize("form", ["-traditional", ""])
def test_a_key_that_openssl_made_is_taken(tmp_path: Path, form: str) -> None:
    file = put_key(tmp_path, DOMAIN, "s1")
    made = ["openssl", "genrsa", *([form] if form else []), "-out", str(file), "1024"]
    subprocess.run(made, check=True, capture_output=True)

    assert selectors(load_dkim_keys(tmp_path)) == {DOMAIN: "s1"}
