"""Files of events are taken apart into events, whatever form they have."""

import json
from pathlib import Path

import pytest

from headsup.cli.event_files import UnreadableFileError, read, split

ONE = '{"id": "1"}'
TWO = '{"id": "2"}'


def pieces(text: str) -> list[tuple[int, int, str]]:
    return [(p.number, p.line, p.text.decode()) for p in split(text.encode(), "file")]


def test_a_file_may_hold_one_event() -> None:
    written = json.dumps({"id": "1", "data": {}}, indent=2)
    assert pieces(f"\n{written}\n") == [(1, 2, written)]


def test_a_file_may_hold_an_event_a_line() -> None:
    assert pieces(f"{ONE}\n\n{TWO}\n") == [(1, 1, ONE), (2, 3, TWO)]


def test_a_file_may_hold_an_array() -> None:
    assert pieces(f"[\n  {ONE},\n  {TWO}\n]\n") == [(1, 2, ONE), (2, 3, TWO)]


def test_a_file_may_hold_events_that_span_lines_one_after_the_other() -> None:
    long = '{\n"id": "1"\n}'
    assert pieces(f"{long}\n{TWO}\n") == [(1, 1, long), (2, 4, TWO)]


def test_a_broken_line_spoils_no_other() -> None:
    assert pieces(f'{ONE}\n{{"id": \n{TWO}') == [(1, 1, ONE), (2, 2, '{"id": '), (3, 3, TWO)]
    assert pieces(f'{{"id": \n{TWO}') == [(1, 1, '{"id": '), (2, 2, TWO)]
    assert pieces(f"{ONE}\nid=2\n{TWO}") == [(1, 1, ONE), (2, 2, "id=2"), (3, 3, TWO)]


def test_what_cannot_be_told_apart_is_one_piece() -> None:
    assert pieces(f"[{ONE}, id=2, {ONE}]") == [(1, 1, ONE), (2, 1, f"id=2, {ONE}]")]
    assert pieces("order=1\nstatus=paid") == [(1, 1, "order=1\nstatus=paid")]


def test_endless_nesting_is_a_piece_like_any_other() -> None:
    nested = "[" * 50_000
    assert pieces(nested) == [(1, 1, nested[1:])]


def test_a_byte_order_mark_is_no_part_of_an_event() -> None:
    assert pieces(f"\ufeff{ONE}") == [(1, 1, ONE)]


def test_bytes_that_are_no_text_are_one_piece() -> None:
    assert [piece.text for piece in split(b"\xff\xfe{}", "file")] == [b"\xff\xfe{}"]


@pytest.mark.parametrize("content", ["", "\n \n", "[]", "[ ]\n"])
def test_a_file_without_an_event_is_unreadable(tmp_path: Path, content: str) -> None:
    path = tmp_path / "events.json"
    path.write_text(content)
    with pytest.raises(UnreadableFileError, match="holds no event"):
        read(str(path))


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        read(str(tmp_path / "events.json"))


def test_a_folder_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="Is a directory"):
        read(str(tmp_path))
