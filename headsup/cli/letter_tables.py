"""How dead letters look on a terminal. What they hold is shown only where somebody asks for it."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from headsup.dead_letters import Letter, Resolution
from headsup.kafka.consumer import Record

_WIDE: Final = 200
"""Columns of a table that goes into a file or a pipe."""
_NONE: Final = "No dead letter waits."


def console() -> Console:
    """Standard output, as wide as it is."""
    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def table(letters: Iterable[Letter]) -> Table:
    """One line a letter."""
    shown = Table(box=None, pad_edge=False, header_style="bold")
    shown.add_column("id", no_wrap=True, overflow="fold")
    shown.add_column("set aside (UTC)", no_wrap=True)
    for name in ("reason", "field", "problem"):
        shown.add_column(name, overflow="fold")
    shown.add_column("bytes", justify="right", no_wrap=True)
    for letter in letters:
        texts = (str(letter.id), _time(letter.at), letter.reason, letter.field, letter.problem)
        shown.add_row(*map(Text, texts), Text(f"{letter.cut_from or letter.size}"))
    return shown


def summary(letters: Iterable[Letter], *, are_chosen: bool = False) -> list[str]:
    """How many there are, by topic and reason. `are_chosen` says that others may wait beside
    them."""
    counts = Counter((letter.topic, letter.reason) for letter in letters)
    lines = [f"{count:>8}  {topic}  {reason}" for (topic, reason), count in sorted(counts.items())]
    if not counts:
        return ["No dead letter that waits fits the options." if are_chosen else _NONE]
    total = counts.total()
    return [*lines, f"{total:>8}  dead {'letter waits' if total == 1 else 'letters wait'}."]


def as_json(letter: Letter) -> str:
    """One line of JSON."""
    return json.dumps(
        {
            "id": str(letter.id),
            "topic": letter.topic,
            "at": letter.at.isoformat(),
            "reason": letter.reason,
            "field": letter.field,
            "problem": letter.problem,
            "service": letter.service,
            "origin": letter.origin,
            "bytes": letter.size,
            "cut_from": letter.cut_from or None,
        },
        ensure_ascii=False,
    )


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def described(letter: Letter, resolution: Resolution | None) -> list[str]:
    """What is known of a letter."""
    rows = {
        "id": str(letter.id),
        "set aside": f"{_time(letter.at)} UTC by {letter.service}",
        "reason": letter.reason,
        "field": letter.field or "the whole record",
        "problem": letter.problem,
        "came from": letter.origin,
        "cut": f"the beginning of {letter.cut_from} bytes" if letter.cut_from else "",
        "state": f"was {resolution}" if resolution else "waits",
    }
    return [f"{name:<10} {text}" for name, text in rows.items() if text]


def contents(record: Record, *, openly: bool) -> list[str]:
    """What a letter holds: all of it, or how much that is."""
    headers = [(name, value) for name, value in record.headers if not name.startswith("dlq-")]
    if not openly:
        rows = [("key", _much(record.key))]
        rows += [("header", f"{printable(name)}: {_much(value)}") for name, value in headers]
        rows += [("value", _much(record.value)), ("", "(--with-content shows them)")]
        return [f"{name:<10} {text}" for name, text in rows]
    lines = [f"{'key':<10} {_text(record.key)}"]
    lines += [f"{'header':<10} {printable(name)}: {_text(value)}" for name, value in headers]
    return [*lines, "", _text(record.value)]


def _much(content: bytes | None) -> str:
    return "none" if content is None else f"{len(content)} bytes"


def _text(content: bytes | None) -> str:
    return "none" if content is None else printable(content.decode(errors="replace"))


def printable(text: str) -> str:
    """The text without what would command a terminal."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text
    )
