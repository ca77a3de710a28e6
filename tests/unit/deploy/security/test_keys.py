from pathlib import Path

from deploy.security.keys import Found, remember, remembered, stale, unknown

SEEN: Found = {"a.py": [{"type": "Private Key", "hashed_secret": "12", "line_number": 7}]}


def test_what_is_remembered_is_not_told_again_wherever_it_moves_to(tmp_path: Path) -> None:
    assert [each.partition(": ")[0] for each in unknown(SEEN, {})] == ["a.py:7"]
    remember(SEEN, tmp_path / "known.json")
    known = remembered(tmp_path / "known.json")
    moved: Found = {"a.py": [SEEN["a.py"][0] | {"line_number": 9}]}
    assert not list(unknown(moved, known))
    assert list(unknown({"b.py": SEEN["a.py"]}, known)), "the same word elsewhere is another matter"


def test_what_is_not_there_any_more_is_told() -> None:
    assert stale({}, SEEN) == ["a.py"]
