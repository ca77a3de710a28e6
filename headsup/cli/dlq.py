"""`headsup dlq`: dead letters, and what to do with them."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

import typer

from headsup.cli import letter_tables as tables
from headsup.cli.letter_options import (
    Filters,
    Reasons,
    Service,
    Since,
    Topics,
    Until,
    parsed_ids,
)
from headsup.cli.problems import sentences
from headsup.clock import Clock
from headsup.dead_letters import Letter, LetterId, Resolution, read
from headsup.kafka.consumer import Record
from headsup.kafka.producer import Producer
from headsup.kafka.reader import reading
from headsup.kafka.security import Brokers
from headsup.letterbox import Clerk, Done, Letterbox, hindrance
from headsup.settings import Environment, brokers_from, clock_from, topic_prefix

app = typer.Typer(
    no_args_is_help=True,
    help="Dead letters: records that a service could not read, and set aside with the reason.",
)
NAME: Final = "headsup-dlq"
MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Place:
    """Where the letters are, and what time it is there."""

    brokers: Brokers
    prefix: str
    clock: Clock

    @contextlib.asynccontextmanager
    async def letterbox(self) -> AsyncIterator[Letterbox]:
        """The letters, to be read."""
        async with reading(self.brokers, name=NAME) as reader:
            yield Letterbox(reader, self.prefix)

    @contextlib.asynccontextmanager
    async def clerk(self) -> AsyncIterator[Clerk]:
        """Somebody who replays and drops."""
        async with self.letterbox() as letterbox:
            producer = Producer(self.brokers, name=NAME)
            await producer.start()
            try:
                yield Clerk(letterbox, producer, self.clock)
            finally:
                await producer.stop()


def _place() -> Place:
    environment = Environment(os.environ)
    place = Place(
        brokers_from(environment),
        topic_prefix(environment),
        clock_from(environment),
    )
    environment.check()
    return place


@dataclass(slots=True)
class _Found:
    """The letters that a command is about."""

    letters: list[Letter] = field(default_factory=list)
    resolved: dict[LetterId, Resolution] = field(default_factory=dict)
    """Those of the ids that were asked for."""
    missing: list[LetterId] = field(default_factory=list)
    hindered: dict[LetterId, str] = field(default_factory=dict)
    """Those that cannot be replayed, and why."""


async def _by_filters(place: Place, filters: Filters) -> _Found:
    topics = filters.chosen_topics(place.prefix)
    wanted = filters.wanted(place.clock.now())
    async with place.letterbox() as letterbox:
        survey = await letterbox.survey(topics, wanted)
    letters = sorted(survey.letters.values(), key=lambda letter: (letter.at, letter.id))
    return _Found(letters, hindered=_hindered(letters, letterbox))


def _hindered(letters: Sequence[Letter], letterbox: Letterbox) -> dict[LetterId, str]:
    problems = {letter.id: hindrance(letter, letterbox) for letter in letters}
    return {each: problem for each, problem in problems.items() if problem}


async def _by_ids(place: Place, ids: Sequence[LetterId]) -> _Found:
    async with place.letterbox() as letterbox:
        survey = await letterbox.look_up(ids)
    known = survey.letters.keys() | survey.resolved.keys()
    letters = [survey.letters[each] for each in ids if each in survey.letters]
    return _Found(
        letters,
        resolved={each: survey.resolved[each] for each in ids if each in survey.resolved},
        missing=[each for each in ids if each not in known],
        hindered=_hindered(letters, letterbox),
    )


@app.command("list")
def list_(  # noqa: PLR0913 - each is an option
    *,
    topic: Topics = None,
    reason: Reasons = None,
    service: Service = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int, typer.Option(min=0, help="Show so many, the newest; 0 for all.")
    ] = MOST_SHOWN,
    as_json: Annotated[
        bool, typer.Option("--json", help="All of them, one JSON object a line.")
    ] = False,
) -> None:
    """Show the dead letters that wait, and count them by topic and reason.

    What a letter holds is not shown: see `headsup dlq show`.
    """
    filters = Filters(topics=topic, reasons=reason, service=service, since=since, until=until)
    with sentences():
        letters = asyncio.run(_by_filters(_place(), filters)).letters
    if as_json:
        for letter in letters:
            typer.echo(tables.as_json(letter))
        return
    newest = letters[-limit:]
    if newest:
        tables.console().print(tables.table(newest))
        typer.echo()
    if len(newest) < len(letters):
        typer.echo(f"These are the newest {len(newest)} of {len(letters)}; --limit 0 shows all.\n")
    are_chosen = any((topic, reason, service, since, until))
    typer.echo("\n".join(tables.summary(letters, are_chosen=are_chosen)))


@app.command()
def show(
    letter: Annotated[str, typer.Argument(metavar="ID", help="topic/partition/offset, as listed.")],
    with_content: Annotated[
        bool, typer.Option("--with-content", help="Show key, headers and value: personal data.")
    ] = False,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Write the value alone, byte for byte: personal data."),
    ] = False,
) -> None:
    """Show one dead letter: why it lies there, and how much it holds.

    Key, headers and value hold what a shop wrote, names and addresses among it.
    Terminals keep a history and tickets are read by many, so they are shown
    only on demand. `--raw` goes well with `| headsup validate -`, which says all
    that is wrong with an event.
    """
    [wanted] = parsed_ids([letter])
    with sentences():
        record, resolution = asyncio.run(_one(_place(), wanted))
    found = read(record) if record else None
    if record is None or not isinstance(found, Letter):
        typer.echo(f"There is no dead letter {wanted}.", err=True)
        raise typer.Exit(1)
    if raw:
        sys.stdout.buffer.write(record.value or b"")
        return
    lines = tables.described(found, resolution) + tables.contents(record, openly=with_content)
    typer.echo("\n".join(lines))


async def _one(place: Place, wanted: LetterId) -> tuple[Record | None, Resolution | None]:
    async with place.letterbox() as letterbox:
        found = [record async for record in letterbox.records([wanted])]
        survey = await letterbox.look_up([wanted])
    return (found[0] if found else None), survey.resolved.get(wanted)


Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="ID", help="As listed; or say with options which.", show_default=False),
]
Everything = Annotated[bool, typer.Option("--all", help="All that wait.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")]


@app.command()
def replay(  # noqa: PLR0913 - each is an option
    ids: Ids = None,
    *,
    topic: Topics = None,
    reason: Reasons = None,
    service: Service = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Put dead letters back on the topics that they came from, as they lay there.

    Every service reads them as it reads everything else; what is refused again
    is a new dead letter. A letter is marked after Kafka acknowledged its record,
    and is not listed any more. If this command is killed in between, a letter
    may be replayed twice, which does no harm: the same event is taken once.
    Exits with 1 when some could not be replayed.
    """
    filters = Filters(topics=topic, reasons=reason, service=service, since=since, until=until)
    asked = _Asked(parsed_ids(ids or []), filters, everything)
    _resolve(Resolution.REPLAYED, asked, dry_run=dry_run, yes=yes)


@app.command()
def drop(  # noqa: PLR0913 - each is an option
    ids: Ids = None,
    *,
    topic: Topics = None,
    reason: Reasons = None,
    service: Service = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> None:
    """Mark dead letters as seen to: they are not listed and not replayed any more.

    Nothing is erased: Kafka removes the records when their time is over.
    """
    filters = Filters(topics=topic, reasons=reason, service=service, since=since, until=until)
    asked = _Asked(parsed_ids(ids or []), filters, everything)
    _resolve(Resolution.DROPPED, asked, dry_run=dry_run, yes=yes)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which letters somebody named."""

    ids: list[LetterId]
    filters: Filters
    everything: bool

    def check(self) -> None:
        """Raises typer.BadParameter unless they are named in exactly one way."""
        ways = (bool(self.ids), self.filters.are_given, self.everything)
        if sum(ways) != 1:
            raise typer.BadParameter(
                "name ids, or choose with options, or say --all", param_hint="ID"
            )


def _resolve(how: Resolution, asked: _Asked, *, dry_run: bool, yes: bool) -> None:
    asked.check()
    with sentences():
        place = _place()
        found = asyncio.run(_find(place, asked))
    for each in found.missing:
        typer.echo(f"There is no dead letter {each}.", err=True)
    for each, resolution in found.resolved.items():
        typer.echo(f"{each} was {resolution} already.")
    if dry_run:
        failed = _rehearse(how, found)
    elif _agreed(how, found.letters, yes=yes):
        with sentences():
            failed = _told(how, asyncio.run(_do(place, how, found.letters)))
    if failed or found.missing:
        raise typer.Exit(1)


async def _find(place: Place, asked: _Asked) -> _Found:
    if asked.ids:
        return await _by_ids(place, asked.ids)
    return await _by_filters(place, asked.filters)


def _agreed(how: Resolution, letters: Sequence[Letter], *, yes: bool) -> bool:
    """Whether to go on. More than one needs a word. Ends the command when there is none."""
    if len(letters) > 1 and not yes:
        typer.echo("\n".join(tables.summary(letters)))
        typer.confirm(f"{_VERBS[how]} {len(letters)} dead letters?", abort=True)
    return True


_VERBS: Final = {Resolution.REPLAYED: "Replay", Resolution.DROPPED: "Drop"}


async def _do(place: Place, how: Resolution, letters: Sequence[Letter]) -> Done:
    if not letters:
        return Done()
    async with place.clerk() as clerk:
        return await (clerk.replay if how is Resolution.REPLAYED else clerk.drop)(letters)


def _rehearse(how: Resolution, found: _Found) -> bool:
    hindered = found.hindered if how is Resolution.REPLAYED else {}
    would = [letter for letter in found.letters if letter.id not in hindered]
    if would:
        tables.console().print(tables.table(would))
    return _told(how, Done([letter.id for letter in would], hindered), "would be ")


def _told(how: Resolution, done: Done, would: str = "") -> bool:
    """Says what came of it; returns whether something failed."""
    for each, problem in done.failed.items():
        typer.echo(f"{each} {problem}", err=True)
    count = len(done.ids)
    letters = "1 dead letter" if count == 1 else f"{count or 'No'} dead letters"
    typer.echo(f"{letters} {would or ('was ' if count == 1 else 'were ')}{how}.")
    return bool(done.failed)
