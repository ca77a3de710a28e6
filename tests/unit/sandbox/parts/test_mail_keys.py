"""The demo's mail is signed with keys that the notifier takes."""

from pathlib import Path

from sandbox.parts.mail_keys import put_mail_keys
from services.notifier.channels.dkim_keys import load_dkim_keys
from services.notifier.channels.dkim_signature import dkim_signature
from services.notifier.channels.mime import build_mail
from tests.support.dkim import is_valid, lookup
from tests.unit.services.notifier.channels.mails import mail

SHOPS = Path("sandbox/shops")


def test_each_shop_of_the_demo_has_a_key_and_its_record(tmp_path: Path) -> None:
    folder = put_mail_keys(tmp_path / "dkim", SHOPS)
    keys = load_dkim_keys(folder).by_domain

    assert set(keys) == {"shop.example", "hearth.example", "sova.example"}
    for domain, key in keys.items():
        record = (folder / domain / "demo.txt").read_bytes().strip()
        content = build_mail(mail()).content
        signed = dkim_signature(content, key, one_click=False) + content
        assert is_valid(signed, lookup({f"demo._domainkey.{domain}.": record}))


def test_every_start_makes_others(tmp_path: Path) -> None:
    first, second = (
        load_dkim_keys(put_mail_keys(tmp_path / name, SHOPS)).by_domain for name in "ab"
    )
    assert first["shop.example"].pem != second["shop.example"].pem
