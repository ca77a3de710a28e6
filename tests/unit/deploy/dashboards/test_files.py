"""Each dashboard has a file of its own."""

from deploy.dashboards.files import BOARDS, MADE


def test_there_is_a_file_for_each() -> None:
    names = [path.name for path in MADE]
    assert len(BOARDS) == len(set(names))
    assert names[0] == "headsup-told.json"
