"""Which dead letters a command means: the options that say so, and what they come to."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import typer

from headsup.contracts.registry import DEAD_LETTERS, READ, Internal, Topic
from headsup.dead_letters import LetterId, Wanted

Topics = Annotated[
    list[str] | None,
    typer.Option("--topic", help="Of this topic, such as shop.orders. May be given again."),
]
Reasons = Annotated[
    list[str] | None,
    typer.Option("--reason", help="For this reason, such as bad_data. May be given again."),
]
Service = Annotated[
    str | None,
    typer.Option(help="Set aside by this service: order_events, notifier or cart_recovery."),
]
Since = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help="Set aside at that time or later: 2026-11-24T10:00+02:00, 2026-11-24 (UTC), "
        "or how long ago: 30m, 2h, 3d.",
    ),
]
Until = Annotated[
    str | None, typer.Option(metavar="TIME", help="Set aside before that time; as --since.")
]

_AGO: Final = re.compile(r"([0-9]{1,6})([mhd])")
_UNITS: Final[Mapping[str, timedelta]] = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The options as they were given."""

    topics: list[str] | None = None
    reasons: list[str] | None = None
    service: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def are_given(self) -> bool:
        """Whether there is any."""
        return self != Filters()

    def chosen_topics(self, prefix: str) -> list[Topic | Internal]:
        """The topics; all, when none is named. Raises typer.BadParameter."""
        names = [
            name.removeprefix(prefix).removesuffix(DEAD_LETTERS) for name in self.topics or READ
        ]
        if unknown := [name for name in names if name not in set(READ)]:
            known = ", ".join(READ)
            raise typer.BadParameter(f"{unknown[0]} is none of {known}.", param_hint="--topic")
        return [topic for topic in READ if topic in names]

    def wanted(self, now: datetime) -> Wanted:
        """What the rest comes to. Raises typer.BadParameter."""
        return Wanted(
            reasons=frozenset(self.reasons or ()),
            service=self.service,
            since=_moment(self.since, now, "--since"),
            until=_moment(self.until, now, "--until"),
        )


def _moment(text: str | None, now: datetime, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        if ago := _AGO.fullmatch(text):
            return now - int(ago[1]) * _UNITS[ago[2]]
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            "expected a time such as 2026-11-24T10:00+02:00, or 2h", param_hint=option
        ) from error


def parsed_ids(texts: list[str]) -> list[LetterId]:
    """Ids as they were given, each once. Raises typer.BadParameter."""
    try:
        ids = [LetterId.parse(text) for text in texts]
    except ValueError as error:
        raise typer.BadParameter(
            f"{error}, as `headsup dlq list` shows it", param_hint="ID"
        ) from error
    if other := [each for each in ids if not each.topic.endswith(DEAD_LETTERS)]:
        raise typer.BadParameter(f"{other[0].topic} is no topic of dead letters", param_hint="ID")
    return list(dict.fromkeys(ids))
