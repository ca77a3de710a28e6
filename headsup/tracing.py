"""Traces: the way of an event from the shop's record to the provider's receipt, and how long each
step of it took. Off unless the settings say where to; then `headsup.spans` is imported, and
OpenTelemetry with it. `OFF` stands in everywhere else, and whoever works on many records at once
asks it `is_on` once.

A step hangs on the one before it by a W3C trace context: in the headers of a record, or as a text
beside a row. No attribute of a step says anything of a customer: only names of ours, and numbers.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import MappingProxyType, TracebackType
from typing import Final, Protocol, Self

from headsup.kafka.producer import Outgoing, Publisher
from headsup.kafka.records import CONTEXT, Carrier, with_context
from headsup.settings import SettingsError, TracingSettings

Facts = Mapping[str, str | int]
"""What is said of a step, by the names of its attributes."""
NO_FACTS: Final[Facts] = MappingProxyType({})


def headers_of(context: str) -> tuple[tuple[str, bytes], ...]:
    """The headers of a context that was kept as a text: both of them, with a space between."""
    texts = context.encode("ascii", "replace").split(b" ", 1)
    return tuple(zip(CONTEXT, texts, strict=False))


def carrying(record: Outgoing, context: str | None) -> Outgoing:
    """The record, with a context that was kept; None: as it is."""
    if context is None:
        return record
    return with_context(record, headers_of(context))


class Step(Protocol):
    """A step that began. As a context manager it ends with its block, which may break."""

    @property
    def context(self) -> str | None:
        """What the next steps hang on, to be kept as a text; None where this one is not recorded,
        and the next ones are not either."""
        ...

    def carried(self, records: Iterable[Outgoing]) -> list[Outgoing]:
        """The records, with what the next steps hang on in their headers."""
        ...

    def end(self, error: str | None = None) -> None:
        """It ends now; `error` is a type or a code, never what was said with it."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Tracing(Protocol):
    """What begins steps."""

    @property
    def is_on(self) -> bool:
        """Whether anything is recorded at all."""
        ...

    def moment(self) -> int:
        """Now, as a later step takes it for its beginning."""
        ...

    def process(
        self,
        records: Sequence[Carrier],
        *,
        group: str,
        since: int | None = None,
        facts: Facts = NO_FACTS,
    ) -> Step:
        """Works on one record, or on several that are worked on as one. It hangs on the newest that
        carries a context and is linked to the others; where none does, a trace begins here.
        `since`: a `moment`, where it began before."""
        ...

    def call(self, name: str, after: str, facts: Facts) -> Step:
        """Calls somebody outside. `after`: the context of the step that it hangs on."""
        ...

    def hear(self, name: str, about: str, facts: Facts) -> Step:
        """Takes in what somebody outside says of an earlier call. `about`: the call's context, on
        which this hangs, and to which it is linked."""
        ...

    def publisher(self, publisher: Publisher) -> Publisher:
        """The same publisher, each record of which is a step."""
        ...


class _Nothing:
    """The step of which nothing is recorded."""

    context: Final = None

    def carried(self, records: Iterable[Outgoing]) -> list[Outgoing]:
        return records if isinstance(records, list) else list(records)

    def end(self, error: str | None = None) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


class _Off:
    """Records nothing."""

    is_on: Final = False

    def moment(self) -> int:
        return 0

    def process(
        self,
        records: Sequence[Carrier],
        *,
        group: str,
        since: int | None = None,
        facts: Facts = NO_FACTS,
    ) -> Step:
        del records, group, since, facts
        return NOTHING

    def call(self, name: str, after: str, facts: Facts) -> Step:
        del name, after, facts
        return NOTHING

    def hear(self, name: str, about: str, facts: Facts) -> Step:
        del name, about, facts
        return NOTHING

    def publisher(self, publisher: Publisher) -> Publisher:
        return publisher


NOTHING: Final[Step] = _Nothing()
OFF: Final[Tracing] = _Off()


@contextlib.asynccontextmanager
async def tracing(settings: TracingSettings, service: str) -> AsyncIterator[Tracing]:
    """What records as the settings say, while the block runs; what is left is sent at its end, for
    a moment. Raises SettingsError where it is to record, and OpenTelemetry is not installed."""
    if not settings.is_on:
        yield OFF
        return
    try:
        from headsup import spans  # noqa: PLC0415 - who records nothing does not wait for it
    except ModuleNotFoundError as error:
        raise SettingsError(
            ["OTEL_EXPORTER_OTLP_ENDPOINT needs OpenTelemetry: install headsup[tracing]."]
        ) from error
    exporting = spans.exporting(settings, service)
    try:
        yield exporting.tracing
    finally:
        await exporting.close()
