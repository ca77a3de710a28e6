"""Only who has keys waits for the library that seals."""

import subprocess
import sys

import pytest

from headsup.address_keys import read_keys
from headsup.seals import seals_of
from headsup.settings import SettingsError
from tests.support.sealing import keys


def test_without_keys_nothing_seals() -> None:
    assert seals_of(None) is None


def test_the_service_imports_no_cryptography_until_there_is_a_key() -> None:
    says = "import sys, services.order_events.wiring; sys.exit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", says], check=False).returncode == 0


def test_keys_without_the_library_are_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "headsup.sealing", None)
    with pytest.raises(SettingsError, match=r"needs cryptography: install headsup\[encryption\]"):
        seals_of(read_keys(keys("k1")))
