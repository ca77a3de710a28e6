"""Files of events: one event, a JSON array of them, or one after the other (JSON lines)."""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from headsup.contracts.explain import Explanation, explain

STDIN: Final = "-"
_SPACE = re.compile(r"\s*")
_decoder = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of a file, as it is written there; broken JSON is a piece as well."""

    source: str
    """The file, or "standard input"."""
    number: int
    """1 for the first event of the file."""
    line: int
    """Where it begins, from 1."""
    text: bytes


@dataclass(frozen=True, slots=True)
class Explained:
    """An event of a file and what there is to say about it."""

    piece: Piece
    explanation: Explanation


class UnreadableFileError(Exception):
    """A file that cannot be read, or that holds no event."""


def explain_file(name: str, now: datetime) -> list[Explained]:
    """Every event of a file; `-` is standard input. Raises UnreadableFileError."""
    return [Explained(piece, explain(piece.text, now)) for piece in read(name)]


def read(name: str) -> list[Piece]:
    """The events of a file. Raises UnreadableFileError."""
    source = "standard input" if name == STDIN else name
    try:
        content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise UnreadableFileError(f"{source} cannot be read: {error.strerror}.") from error
    pieces = split(content, source)
    if not pieces:
        raise UnreadableFileError(f"{source} holds no event.")
    return pieces


def split(content: bytes, source: str) -> list[Piece]:
    """Takes a file apart. What cannot be told apart any more is the last piece."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [Piece(source, 1, 1, content)]
    spans = _lines(text) if _is_lines(text) else _documents(text)
    return [
        Piece(source, number, text.count("\n", 0, start) + 1, text[start:end].encode())
        for number, (start, end) in enumerate(spans, start=1)
    ]


_Span = tuple[int, int]


def _is_lines(text: str) -> bool:
    """Whether every line is an event of its own, so that a broken one spoils no other."""
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        return False
    return all(line.startswith("{") for line in lines) or (
        lines[0].startswith("{") and _end(lines[0], 0) is not None
    )


def _lines(text: str) -> Iterator[_Span]:
    for line in re.finditer(r"[^\n]+", text):
        if line[0].strip():
            yield line.start(), line.end()


def _documents(text: str) -> Iterator[_Span]:
    at = _after_space(text, 0)
    listed = text.startswith("[", at)
    if listed:
        at = _after_space(text, at + 1)
    while at < len(text) and not (listed and text[at] == "]"):
        end = _end(text, at)
        yield at, end or len(text)
        if end is None:
            return
        at = _after_space(text, end)
        if listed and text.startswith(",", at):
            at = _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _end(text: str, at: int) -> int | None:
    """Where the JSON value that begins here ends; None when it is broken."""
    try:
        return _decoder.raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        return None
