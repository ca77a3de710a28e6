"""What a .dockerignore leaves out, by Docker's rules
(docs.docker.com/build/concepts/context/#dockerignore-files): the last pattern that fits decides,
and one that fits a folder fits all in it."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath


class Ignored:
    """The patterns of one file."""

    def __init__(self, text: str) -> None:
        self._patterns = list(_patterns(text))

    def leaves_out(self, path: str) -> bool:
        """Whether a file is kept from the builder."""
        names = [path, *map(str, PurePosixPath(path).parents)][:-1] or [path]
        answer = False
        for pattern, is_left_out in self._patterns:
            if any(pattern.fullmatch(name) for name in names):
                answer = is_left_out
        return answer


def _patterns(text: str) -> Iterator[tuple[re.Pattern[str], bool]]:
    for line in map(str.strip, text.splitlines()):
        if line and not line.startswith("#"):
            pattern = line.removeprefix("!").strip("/")
            yield re.compile(_as_regular(pattern)), not line.startswith("!")


def _as_regular(pattern: str) -> str:
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    meaning = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(meaning.get(piece, re.escape(piece)) for piece in pieces)
