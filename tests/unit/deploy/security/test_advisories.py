from pathlib import Path

import msgspec
import pytest

from deploy.security.advisories import Accepted, accepted, grouped, requirements


def test_no_list_that_is_asked_about_names_a_package_twice() -> None:
    groups = grouped(["a==1", "b==1", "a==2", "c==3", "a==3"])
    assert groups == [["a==1", "b==1", "c==3"], ["a==2"], ["a==3"]]


def test_every_file_of_pins_is_asked_about() -> None:
    pinned = {path for path in Path().glob("*/**/*.txt") if "--hash=" in path.read_text("utf-8")}
    ours = {path for path in pinned if path.parts[0] not in ("build", ".venv")}
    assert set(requirements()) == ours


def test_what_we_live_with_has_a_reason_and_a_day(tmp_path: Path) -> None:
    table = tmp_path / "accepted.json"
    table.write_text('[{"id": "X-1", "why": "not reached by us", "until": "2026-12-31"}]')
    (only,) = accepted(table)
    assert isinstance(only, Accepted)
    table.write_text('[{"id": "X-1", "until": "2026-12-31"}]')
    with pytest.raises(msgspec.ValidationError, match="why"):
        accepted(table)
    assert all(each.why.strip() for each in accepted())
