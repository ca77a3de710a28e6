"""`make demo-check`: plays every scenario, and is content only with exactly the expected messages.

One JSON line per delivered message on standard output; what is missing or was not expected, in
words, on standard error.
"""

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from headsup.contracts.notifications import CartRecovered
from headsup.contracts.registry import BY_DATA
from sandbox.demo import CANNOT_RUN, log_to_file, sentence, wishes_from
from sandbox.scenarios.model import Expected, Word
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.stack import PartUnavailableError, ServiceTroubleError, Stack, Wishes, running
from sandbox.web.runs import Run
from sandbox.web.shown import Message, SeenEvent, as_json

LAST_CHANCE = 20.0
"""Seconds that messages may still take after the last moment of every story."""
QUIET = 3.0
"""Seconds without a message at the end, in which a second copy would show."""
_POLL_SECONDS = 0.05


def main() -> int:
    """Plays and compares; the exit code."""
    try:
        wishes = wishes_from(os.environ, datetime.now(UTC), "demo-check")
        log_to_file(wishes.logs)
        problems = asyncio.run(_checked(wishes))
    except (ServiceTroubleError, PartUnavailableError, ValueError, OSError) as problem:
        print(sentence(problem), file=sys.stderr)  # noqa: T201 - for a person
        return CANNOT_RUN
    except KeyboardInterrupt:
        return CANNOT_RUN
    for each in problems:
        print(each, file=sys.stderr)  # noqa: T201 - for a person
    return 1 if problems else 0


async def _checked(wishes: Wishes) -> list[str]:
    async with running(wishes) as stack:
        trouble = asyncio.create_task(stack.trouble())
        play = asyncio.create_task(_played(stack))
        await asyncio.wait({trouble, play}, return_when=asyncio.FIRST_COMPLETED)
        if trouble.done():
            play.cancel()
            trouble.result()
        trouble.cancel()
        runs = play.result()
        stage = stack.demo.stage
        return [*differences(runs, stage.messages), *miscounted(runs, stage.events)]


async def _played(stack: Stack) -> list[Run]:
    """Tells every story at once and prints what arrives, until nothing more does."""
    runs = [stack.demo.runs.start(s, PEOPLE[s.person]) for s in SCENARIOS.values()]
    printing = asyncio.create_task(_print_messages(stack))
    await stack.demo.runs.finished()
    last = max(run.ends_at for run in runs)
    await asyncio.sleep(max(0.0, stack.demo.clock.seconds_until(last)))
    expected = sum(len(run.expected) for run in runs)
    await _until_all_arrived(stack, expected, sum(len(run.words) for run in runs))
    await asyncio.sleep(QUIET)
    printing.cancel()
    return runs


async def _until_all_arrived(stack: Stack, expected: int, words: int) -> None:
    deadline = time.monotonic() + LAST_CHANCE
    while time.monotonic() < deadline:
        messages = stack.demo.stage.messages
        known = [message for message in messages if message.kind]
        if len(known) >= expected and len(messages) >= expected + words:
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _print_messages(stack: Stack) -> None:
    printed: set[str] = set()
    while True:
        for message in stack.demo.stage.messages:
            if message.id not in printed and message.kind:
                printed.add(message.id)
                print(line(message), flush=True)  # noqa: T201 - this is what it is for
        await asyncio.sleep(_POLL_SECONDS)


def line(message: Message) -> str:
    """A message as one line of JSON, without its text."""
    about = "order" if message.cart is None else "cart"
    names = ("kind", "channel", "to", "language", about, "at")
    return as_json({name: getattr(message, name) for name in names}).decode()


def differences(runs: Sequence[Run], messages: Iterable[Message]) -> list[str]:
    """What is missing and what was not expected, a sentence each; empty when all is well."""
    names = _names(runs)
    wanted = Counter(message for run in runs for message in run.expected)
    known, unknown = _known(messages)
    unsaid, unknown = _unsaid([word for run in runs for word in run.words], unknown)
    got = Counter(known)
    return [
        *(f"Missing: {words}." for words in _in_words(wanted - got, names)),
        *(f"Not expected: {words}." for words in _in_words(got - wanted, names)),
        *(f"Missing: the bot says “{word.piece}” to {word.to}." for word in unsaid),
        *(f"Never reported as sent: a message by {m.channel} at {m.at}." for m in unknown),
    ]


def miscounted(runs: Sequence[Run], events: Iterable[SeenEvent]) -> list[str]:
    """Orders that a reminder brought without a word to the shop, or that none brought; a sentence
    each."""
    names = _names(runs)
    wanted = {run.story.order for run in runs if run.is_recovered}
    said = BY_DATA[CartRecovered].name
    got = {event.order or "" for event in events if event.type == said}
    return [
        *(f"Not told as recovered: {_about(order, None, names)}." for order in wanted - got),
        *(f"Told as recovered: {_about(order, None, names)}." for order in got - wanted),
    ]


def _names(runs: Sequence[Run]) -> dict[str | None, str]:
    """The scenario of each order and each cart."""
    return {about: run.scenario.name for run in runs for about in (run.story.order, run.story.cart)}


def _known(messages: Iterable[Message]) -> tuple[list[Expected], list[Message]]:
    """What arrived, as it is expected; and those messages of which nobody said what they are."""
    known, unknown = [], []
    for m in messages:
        if m.kind is None or m.language is None or (m.order is None and m.cart is None):
            unknown.append(m)
        else:
            known.append(Expected(m.order, m.kind, m.channel, m.language, m.to, m.cart))
    return known, unknown


def _unsaid(words: Iterable[Word], messages: Sequence[Message]) -> tuple[list[Word], list[Message]]:
    """Of what the bot must say and of what is no notification, what is left of each."""
    left, unsaid = list(messages), []
    for word in words:
        said = next((m for m in left if m.to == word.to and word.piece in m.text), None)
        if said is None:
            unsaid.append(word)
        else:
            left.remove(said)
    return unsaid, left


def _in_words(messages: Counter[Expected], names: dict[str | None, str]) -> list[str]:
    in_order = sorted(messages.elements(), key=lambda m: (m.order or "", m.kind, m.channel))
    return [
        f"{m.kind} by {m.channel} in {m.language} to {m.to}, {_about(m.order, m.cart, names)}"
        for m in in_order
    ]


def _about(order: str | None, cart: str | None, names: dict[str | None, str]) -> str:
    noun = "cart" if order is None else "order"
    return f"{noun} {order or cart} ({names.get(order or cart, 'no story')})"


if __name__ == "__main__":
    sys.exit(main())
