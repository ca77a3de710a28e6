"""Keys as an operator gives them: what is wrong is said, and nothing of a key is."""

import base64
from pathlib import Path

import pytest

from headsup.address_keys import AddressKeys, address_keys
from headsup.settings import Environment, SettingsError
from tests.support.each import each
from tests.support.sealing import key, keys

SECRET = base64.b64encode(b"s" * 32).decode()


def read(variables: dict[str, str]) -> AddressKeys | None:
    environment = Environment(variables)
    found = address_keys(environment)
    environment.check()
    return found


def test_without_the_setting_there_are_no_keys() -> None:
    assert read({}) is None


def test_the_first_key_is_the_one_that_is_written_with() -> None:
    found = read({"HEADSUP_ADDRESS_KEYS": keys("k2", "k1")})
    assert found is not None
    assert (list(found.keys), found.writes) == (["k2", "k1"], "k2")


def test_clear_before_the_keys_writes_in_clear_and_reads_them_all() -> None:
    found = read({"HEADSUP_ADDRESS_KEYS": keys("clear", "k1")})
    assert found is not None
    assert (list(found.keys), found.writes) == (["k1"], None)


def test_a_file_has_a_key_a_line(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{key('k2')}\n{key('k1')}\n")
    found = read({"HEADSUP_ADDRESS_KEYS_FILE": str(file)})
    assert found is not None
    assert (list(found.keys), found.writes) == (["k2", "k1"], "k2")


def test_nothing_shows_a_key() -> None:
    assert SECRET not in repr(read({"HEADSUP_ADDRESS_KEYS": f"k1:{SECRET}"}))


@each(
    "given",
    {
        "no id": SECRET,
        "an empty id": f":{SECRET}",
        "an id in capitals": f"K1:{SECRET}",
        "clear as an id": f"clear:{SECRET}",
        "clear alone": "clear",
        "clear behind": f"k1:{SECRET},clear",
        "too short": f"k1:{SECRET[:-8]}",
        "no base64": f"k1:{SECRET[:-1]}!",
        "one id twice": f"k1:{SECRET},{key('k1')}",
        "one key twice": f"k1:{SECRET},k2:{SECRET}",
        "only commas": ",,",
    },
)
def test_what_is_wrong_is_said_without_the_key(given: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read({"HEADSUP_ADDRESS_KEYS": given})
    [problem] = caught.value.problems
    assert problem.startswith("HEADSUP_ADDRESS_KEYS is wrong: ")
    assert SECRET[:8] not in problem


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HEADSUP_ADDRESS_KEYS_FILE is wrong"):
        read({"HEADSUP_ADDRESS_KEYS_FILE": str(tmp_path / "none")})


def test_a_file_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_bytes(b"\xff" * 32)
    with pytest.raises(SettingsError, match="HEADSUP_ADDRESS_KEYS_FILE is wrong"):
        read({"HEADSUP_ADDRESS_KEYS_FILE": str(file)})


def test_both_at_once_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(key("k2"))
    with pytest.raises(SettingsError, match="are both set"):
        read({"HEADSUP_ADDRESS_KEYS": key("k1"), "HEADSUP_ADDRESS_KEYS_FILE": str(file)})
