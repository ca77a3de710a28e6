"""What people who help customers are told of what they did. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from services.notifier.supporting import PAUSE, Done, Effect

_MINUTES: Final = f"{PAUSE.total_seconds() / 60:.0f} minutes"
BRAKE: Final = f"The same message is sent again at most once in {_MINUTES}, whoever asks."
_SAID: Final[Mapping[Effect, str]] = {
    Effect.RESENT: "It is asked for again. Opt-outs, blocked addresses and quiet hours still apply:"
    " search once more in a moment to see what became of it.",
    Effect.KNOWN: "This form was sent before: it was asked for once.",
    Effect.OLD: "Nothing was sent: it is not worth telling any more. Tick “again although old” to"
    " send it all the same.",
    Effect.UNKNOWN: "Nothing was sent: there is no such request, or its customer was forgotten.",
}


def said(done: Done) -> str:
    """What came of a message that was to be sent again."""
    match done:
        case Done(effect=Effect.TOO_SOON, at=datetime() as at, operator=operator):
            return (
                f"Nothing was sent: {operator} sent it again at {_hour(at)}. {BRAKE}"
                f" It may go out once more from {_hour(at + PAUSE)} UTC on."
            )
        case Done(effect=Effect.WITHDRAWN, at=datetime() as at):
            because = (
                f"newer news took its place ({done.newer_kind})"
                if done.newer_kind
                else "what it says was not true any more"
            )
            old = " It is not worth telling any more, either." if done.is_old else ""
            return (
                f"Nothing was sent yet: it was withdrawn on {at.astimezone(UTC):%Y-%m-%d} at"
                f" {_hour(at)} UTC, because {because}.{old} Send it anyway?"
            )
        case _:
            return _SAID[done.effect]


def _hour(at: datetime) -> str:
    return f"{at.astimezone(UTC):%H:%M}"
