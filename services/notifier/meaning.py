"""Which question a text message answers: it names none, so it is looked for among those that were
put to the number. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from headsup.contracts.replies import Answer
from services.notifier.answers import Asked, Effect

RIVALS_WITHIN: Final = timedelta(days=1)
"""Of two questions that lie further apart, a word answers the newer one: people answer what they
have just read, and many leave a question open for good."""


@dataclass(frozen=True, slots=True)
class Open:
    """A question that still takes an answer."""

    asked: Asked
    is_answered: bool
    """Whether somebody answered it already; they may change their mind."""


def meant(
    questions: Sequence[Open], read: Callable[[Asked], Answer | None]
) -> tuple[Asked, Answer] | Effect:
    """The question and its answer, or why there is none. `questions`: the newest first. `read`:
    what the message would say to a question.

    A word answers the newest question that it fits. Where it fits another open one as well, such as
    of a second order that is late too, it answers none: to cancel the wrong order is worse than to
    have a person ask which.
    """
    fits = [(each, answer) for each in questions if (answer := read(each.asked)) is not None]
    if not fits:
        return Effect.NOT_UNDERSTOOD if questions else Effect.UNKNOWN
    (newest, answer), *earlier = fits
    if any(_may_be_meant_too(each, newest.asked) for each, _ in earlier):
        return Effect.AMBIGUOUS
    return newest.asked, answer


def _may_be_meant_too(earlier: Open, newest: Asked) -> bool:
    asked = earlier.asked
    is_near = newest.at - asked.at < RIVALS_WITHIN
    return is_near and not earlier.is_answered and _is_about_something_else(asked, newest)


def _is_about_something_else(one: Asked, other: Asked) -> bool:
    """Within an order, a newer question takes the place of an older one, unless both ask the same
    of two parcels."""
    if (one.source, one.order_id) != (other.source, other.order_id):
        return True
    return one.question is other.question and one.subject != other.subject
