"""What `make security` is to find, it finds: in real packages, files and code."""

import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

from deploy.security import code, keys
from deploy.security.advisories import VULNERABLE, Accepted, NotAskedError, audited

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]
TODAY = date(2026, 11, 23)
HARMLESS = "colorama==0.4.6"


@pytest.fixture
def pins(tmp_path: Path) -> list[Path]:
    path = tmp_path / "requirements.txt"
    path.write_text(f"{VULNERABLE} \\\n    --hash=sha256:00\n# {HARMLESS}\n")
    return [path]


def test_a_vulnerable_version_is_told_until_it_is_accepted_and_after_that_day(
    pins: list[Path],
) -> None:
    told = audited(pins, (), TODAY).wrong
    assert any(VULNERABLE in each and str(pins[0]) in each for each in told)
    ids = sorted({each.split(" has ")[1].split(",")[0] for each in told})
    for_now = [Accepted(each, "it is only asked about", TODAY) for each in ids]
    assert audited(pins, for_now, TODAY).wrong == ()
    tomorrow = audited(pins, for_now, TODAY + timedelta(days=1)).wrong
    assert [each.split()[1] for each in tomorrow] == ids


def test_what_is_accepted_in_vain_is_told(pins: list[Path]) -> None:
    (*_, last) = audited(pins, [Accepted("X-1", "of old", TODAY)], TODAY).wrong
    assert "nothing has X-1" in last


def test_an_index_that_knows_no_advisories_is_no_comfort(pins: list[Path]) -> None:
    with pytest.raises(NotAskedError, match="its silence"):
        audited(pins, (), TODAY, proof=HARMLESS)


def test_an_index_that_knows_few_of_our_versions_is_none_either(pins: list[Path]) -> None:
    pins[0].write_text("\n".join(f"{name}==0.0.0.dev999" for name in ("jinja2", "click")))
    with pytest.raises(NotAskedError, match="2 of 2"):
        audited(pins, (), TODAY)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("Private Key", "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEA7bq" * 4),
        ("Twilio API Key", "account is AC" + "5d41402abc4b2a76b9719d911017c592"),
        ("Telegram Bot Token", "bot: 110201543:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"[:34] + "x"),
        ("AWS Access Key", "key=AKIA" + "IOSFODNN7ABCDEFG"),
        ("Basic Auth Credentials", "postgresql://headsup:" + "hunter2@db.shop.com/x"),
        ("Secret Keyword", 'password = "' + 'correct-horse-battery"'),
    ],
)
def test_a_key_in_a_file_is_found(kind: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "settings.py").write_text(f"# nothing\n{line}\n")
    for words in (["init", "--quiet"], ["add", "settings.py"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)  # noqa: S607
    seen = keys.found(tmp_path)
    assert kind in {each["type"] for each in seen["settings.py"]}
    assert any(each.startswith("settings.py:") for each in keys.unknown(seen, {}))


def test_careless_code_is_found(tmp_path: Path) -> None:
    (tmp_path / "careless.py").write_text("import pickle\n\npickle.loads(b'')\n")
    assert any("careless.py:3: B301" in each for each in code.found([tmp_path]))


def test_code_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (:\n")
    assert ["syntax error" in each for each in code.found([tmp_path])] == [True]
