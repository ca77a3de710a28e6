"""What was wrong in an experiment, in words. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from tests.faults.journeys import Message, Statement

_MOST_NAMED: Final = 5
"""Examples of one complaint that are printed."""


class Complaints:
    """Collects them; those of one kind are one sentence."""

    def __init__(self) -> None:
        self._who: dict[str, list[str]] = defaultdict(list)

    def add(self, what: str, who: object = "") -> None:
        """This is wrong, with `who`."""
        self._who[what].append(_name(who))

    def __bool__(self) -> bool:
        return bool(self._who)

    def in_words(self) -> Iterator[str]:
        """A sentence for each kind."""
        for what, who in self._who.items():
            named = [name for name in sorted(who) if name][:_MOST_NAMED]
            more = f" and {len(who) - len(named)} more" if named and len(who) > len(named) else ""
            yield f"{what}: {', '.join(named)}{more}" if named else what


def _name(who: object) -> str:
    if isinstance(who, Message):
        return f"{_name(who.statement)} by {who.channel}"
    if isinstance(who, Statement):
        return f"{who.order} {who.kind} {who.subject}"
    return str(who)
