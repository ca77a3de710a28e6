"""What `python -m bench --page` writes."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.experiment import Findings
from bench.figures import Row
from bench.report import encoded, kept
from bench.writing import write_page
from tests.support.bench_report import RUN

ABOUT = msgspec.structs.replace(
    RUN, minutes=1, experiments=("starts",), versions={"Python": "3.11.7"}
)


def _report(seconds: float, **changes: Any) -> bytes:
    found = {
        "starts": Findings([Row(name="start", value=seconds, unit="s", counted="from exec on")])
    }
    return encoded(kept(msgspec.structs.replace(ABOUT, **changes), found))


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (docs := tmp_path / "docs").mkdir()
    (tmp_path / "build").mkdir()
    (docs / "performance.md").write_text("<!-- bench:begin -->\n<!-- bench:end -->\n")
    return docs


def test_without_a_new_run_the_page_is_written_anew_from_what_was_kept(docs: Path) -> None:
    (docs / "performance.json").write_bytes(_report(0.5))
    write_page()
    assert "| start | 0.5\u00a0s |" in (docs / "performance.md").read_text(encoding="utf-8")


def test_a_new_run_takes_the_place_of_what_was_kept(docs: Path) -> None:
    (docs / "performance.json").write_bytes(_report(0.5))
    Path("build/bench.json").write_bytes(_report(0.25, commit="fedcba9876"))
    write_page()
    page = (docs / "performance.md").read_text(encoding="utf-8")
    assert "| start | 0.25\u00a0s |" in page
    assert "fedcba9876" in page
    assert "0123456789" not in page


def test_where_nothing_was_measured_that_is_said(docs: Path) -> None:
    with pytest.raises(SystemExit, match="make bench"):
        write_page()
    assert not (docs / "performance.json").exists()
