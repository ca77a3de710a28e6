"""Files that are made from the code are written, and are seen to be old."""

from pathlib import Path

import pytest

from deploy.made import MADE, main


def test_what_is_committed_is_what_the_code_says() -> None:
    assert main(["--check"]) == 0
    assert len(MADE) == 9


def test_an_old_file_is_named_and_left_alone_until_it_is_to_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, fresh = tmp_path / "page.md", tmp_path / "fresh.md"
    page.write_text("old")
    made = {page: lambda: "new", fresh: lambda: "fresh"}
    assert main(["--check"], made) == 1
    assert capsys.readouterr().err.splitlines() == [
        "page.md is out of date: make schemas",
        "fresh.md is out of date: make schemas",
    ]
    assert page.read_text() == "old"
    assert main([], made) == 0
    assert (page.read_text(), fresh.read_text()) == ("new", "fresh")
    assert main(["--check"], made) == 0
