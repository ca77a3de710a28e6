"""Settings from the environment. A missing or wrong one stops the start with a sentence that names
it; what it holds is never repeated, because it may be a password."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import unquote, urlsplit

from headsup import logs
from headsup.clock import Clock, FastClock, SystemClock
from headsup.hosts import can_be_host, is_here
from headsup.kafka.security import OPEN, Brokers, Security, security_from

V = TypeVar("V")
_LAST_PORT = 65_535
_PORT: Final = re.compile(r"[0-9]{1,5}")
MOST: Final = 1_000_000_000.0
"""No number of ours is larger: a database, or a clock, would break on it some time later."""
MOST_DAYS: Final = 36_500.0
"""For which anything is kept; Python's and PostgreSQL's calendars have an end."""
_MOST_SPEED: Final = 100_000.0
_INSTANCE: Final = re.compile(r"[A-Za-z0-9._-]{1,200}")
READ_ONLY: Final = (
    "DATABASE_URL leads to a database that can only be read: name the one that is written to."
)
Pairs = tuple[tuple[str, str], ...]
_SERVER = re.compile(r"(?:[^\s:/@,]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")


class SettingsError(Exception):
    """Settings that a service cannot run with; each problem is a sentence that names one."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Environment:
    """Reads settings and collects what is wrong with them, so that all of it is said at once.

    Every reader returns a value of its type even after a problem; `check` raises before it is used.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: list[str] = []

    def check(self) -> None:
        """Raises SettingsError when anything that was read is missing or wrong."""
        if self._problems:
            raise SettingsError(self._problems)

    def refuse(self, problem: str) -> None:
        """Several settings do not go together; `problem` is a sentence that names them."""
        self._problems.append(problem)

    def text(self, name: str, default: str | None = None) -> str:
        """A setting as it stands; required when there is no default."""
        value = self._read(name)
        if value:
            return value
        if default is None:
            self._problems.append(f"{name} is missing.")
            return ""
        return default

    def optional(self, name: str) -> str | None:
        """A setting that may be left out."""
        return self._read(name) or None

    def _read(self, name: str) -> str:
        """As it stands. Bytes that are no text would break whatever sends them somewhere."""
        value = self._variables.get(name, "").strip()
        text = value.encode(errors="replace").decode()
        problem = f"{name} is wrong: expected text in UTF-8."
        if text != value and problem not in self._problems:
            self._problems.append(problem)
        return text

    def parsed(self, name: str, parse: Callable[[str], V], default: V | None = None) -> V | None:
        """A setting with a form of its own. `parse` raises ValueError with what was expected, or
        OSError where it names a file that cannot be read."""
        value = self._read(name)
        if not value:
            if default is None:
                self._problems.append(f"{name} is missing.")
            return default
        try:
            return parse(value)
        except ValueError as error:
            self._problems.append(f"{name} is wrong: {error}.")
        except OSError as error:
            self._problems.append(f"{name} is wrong: it cannot be read ({error.strerror}).")
        return default

    def url(self, name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
        """An address with one of the schemes."""
        value = self.text(name, default)
        if value and _scheme(value) not in schemes:
            known = " or ".join(f"{scheme}://" for scheme in schemes)
            self._problems.append(f"{name} is wrong: expected an address that begins with {known}.")
        return value

    def servers(self, name: str) -> str:
        """One or several of host:port, with commas between them."""
        value = self.text(name)
        if value and not all(_is_server(one.strip()) for one in value.split(",")):
            self._problems.append(
                f"{name} is wrong: expected host:port, or several with commas between them."
            )
        return value

    def number(self, name: str, default: float, *, least: float, most: float = MOST) -> float:
        """A number from `least` to `most`."""
        value = self.optional(name)
        if value is None:
            return default
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if most < number < math.inf:
            self._problems.append(f"{name} is wrong: expected a number of at most {most:.0f}.")
            return default
        if not least <= number <= most:
            self._problems.append(f"{name} is wrong: expected a number of at least {least:g}.")
            return default
        return number

    def port(self, name: str, default: int) -> int:
        """A TCP port; 0 lets the system choose."""
        value = self.optional(name)
        if value is None:
            return default
        if not _PORT.fullmatch(value) or int(value) > _LAST_PORT:
            self._problems.append(f"{name} is wrong: expected a port between 0 and 65535.")
            return default
        return int(value)


def _is_server(text: str) -> bool:
    found = _SERVER.fullmatch(text)
    is_port = found is not None and 0 < int(found[1] or 9092) <= _LAST_PORT
    return is_port and can_be_host(_host(text))


def _scheme(address: str) -> str:
    try:
        return urlsplit(address).scheme
    except ValueError:  # brackets around something that is no IPv6 address
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanBatches:
    """How spans are sent: many at once, beside the work."""

    delay: float = 5_000.0
    """Milliseconds between two sendings at most."""
    waiting: int = 2_048
    """Spans at most; more are dropped."""
    at_once: int = 512
    timeout: float = 30_000.0
    """Milliseconds for one sending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSettings:
    """Where traces are recorded, under the names that OpenTelemetry gives its settings."""

    endpoint: str = ""
    """Of a collector that speaks OTLP over HTTP; empty records nothing."""
    is_disabled: bool = False
    """Recorded nothing, whatever else is said."""
    headers: Pairs = field(default=(), repr=False)
    """Sent with every request to it; may hold a password."""
    certificate: str | None = None
    """The file with the authority that signed its certificate; None: those of the system."""
    service_name: str | None = None
    """None: the name of the service."""
    resource: Pairs = ()
    """What is said of the process with every span."""
    sampler: str = "parentbased_always_on"
    ratio: float = 1.0
    """How many of those traces are recorded that a sampler by ratio is asked about."""
    batches: SpanBatches = field(default_factory=SpanBatches)

    @property
    def is_on(self) -> bool:
        """Whether anything is recorded."""
        return bool(self.endpoint) and not self.is_disabled


SAMPLERS: Final = tuple(
    prefix + name
    for prefix in ("", "parentbased_")
    for name in ("always_on", "always_off", "traceidratio")
)
"""Who decides which traces are recorded. Those that begin with `parentbased_` are only asked where
a trace begins here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaSettings:
    """What every service needs."""

    kafka_bootstrap_servers: str
    kafka_security: Security = OPEN
    """How they are reached, and as whom."""
    http_host: str
    http_port: int
    clock: Clock
    topic_prefix: str
    """Put before every topic's name and the consumer group's, so that several installations share
    a cluster."""
    instance: str | None
    """A lasting name of this replica (group.instance.id), such as a StatefulSet's pod name."""
    most_bad_in_a_row: int
    """So many records in a row that cannot be understood stop the line."""
    tracing: TracingSettings = TracingSettings()

    @property
    def brokers(self) -> Brokers:
        """Kafka, as every client of ours takes it."""
        return Brokers(self.kafka_bootstrap_servers, self.kafka_security)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(KafkaSettings):
    """What a service with a database needs."""

    database_url: str


def kafka_settings(environment: Environment) -> KafkaSettings:
    """The settings that every service reads. The caller calls `environment.check()` when it has
    read its own."""
    brokers = brokers_from(environment)
    _advise(brokers)
    return KafkaSettings(
        kafka_bootstrap_servers=brokers.servers,
        kafka_security=brokers.security,
        http_host=environment.text("HTTP_HOST", "0.0.0.0"),  # noqa: S104 - scraped from outside # nosec B104
        http_port=environment.port("HTTP_PORT", 8080),
        clock=clock_from(environment),
        topic_prefix=topic_prefix(environment),
        instance=environment.parsed("HEADSUP_INSTANCE", _instance, "") or None,
        most_bad_in_a_row=int(environment.number("HEADSUP_MOST_BAD_IN_A_ROW", 50, least=1)),
        tracing=tracing_settings(environment),
    )


def brokers_from(environment: Environment) -> Brokers:
    """Kafka: where it is, how it is reached, and as whom. The command line reads it, too."""
    return Brokers(environment.servers("KAFKA_BOOTSTRAP_SERVERS"), security_from(environment))


def _advise(brokers: Brokers) -> None:
    hosts = [_host(server.strip()) for server in brokers.servers.split(",") if server]
    if brokers.security.protection.is_encrypted or all(map(is_here, hosts)):
        return
    logs.logger().warning(
        "Kafka is reached without TLS, so anybody on the way reads along",
        protocol=brokers.security.protection,
        see="KAFKA_SECURITY_PROTOCOL",
    )


def _host(server: str) -> str:
    found = _SERVER.fullmatch(server)
    port = found and found[1]
    return server.removesuffix(f":{port}") if port else server


def common_settings(environment: Environment) -> Settings:
    """Those, and the database. Likewise."""
    common = kafka_settings(environment)
    return Settings(
        **{each.name: getattr(common, each.name) for each in fields(common)},
        database_url=environment.url("DATABASE_URL", ("postgresql", "postgres")),
    )


def tracing_settings(environment: Environment) -> TracingSettings:
    """Where traces are recorded. Likewise."""
    environment.parsed("OTEL_EXPORTER_OTLP_PROTOCOL", _protocol, "")
    return TracingSettings(
        endpoint=environment.url("OTEL_EXPORTER_OTLP_ENDPOINT", ("https", "http"), ""),
        is_disabled=environment.parsed("OTEL_SDK_DISABLED", _truth, False) or False,
        headers=environment.parsed("OTEL_EXPORTER_OTLP_HEADERS", _pairs, ()) or (),
        certificate=environment.parsed("OTEL_EXPORTER_OTLP_CERTIFICATE", _readable, "") or None,
        service_name=environment.optional("OTEL_SERVICE_NAME"),
        resource=environment.parsed("OTEL_RESOURCE_ATTRIBUTES", _pairs, ()) or (),
        sampler=environment.parsed("OTEL_TRACES_SAMPLER", _sampler, SAMPLERS[3]) or SAMPLERS[3],
        ratio=environment.parsed("OTEL_TRACES_SAMPLER_ARG", _ratio, 1.0) or 0.0,
        batches=_batches(environment),
    )


def _batches(environment: Environment) -> SpanBatches:
    waiting = int(environment.number("OTEL_BSP_MAX_QUEUE_SIZE", 2_048, least=1))
    at_once = int(environment.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512, least=1))
    return SpanBatches(
        delay=environment.number("OTEL_BSP_SCHEDULE_DELAY", 5_000.0, least=1),
        waiting=waiting,
        at_once=min(at_once, waiting),
        timeout=environment.number("OTEL_BSP_EXPORT_TIMEOUT", 30_000.0, least=1),
    )


def _protocol(value: str) -> str:
    if value != "http/protobuf":
        raise ValueError("expected http/protobuf, the only one that is spoken")
    return value


def _truth(value: str) -> bool:
    if value.lower() not in {"true", "false"}:
        raise ValueError("expected true or false")
    return value.lower() == "true"


def _pairs(value: str) -> Pairs:
    pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
    if not all(name.strip() and equals for name, equals, _ in pairs):
        raise ValueError("expected name=value, or several with commas between them")
    found = tuple((unquote(name.strip()), unquote(text.strip())) for name, _, text in pairs)
    if not "".join(map("".join, found)).isprintable():
        raise ValueError("expected names and values without line breaks and the like")
    return found


def _readable(name: str) -> str:
    with Path(name).open("rb"):
        return name


def _sampler(value: str) -> str:
    if value not in SAMPLERS:
        raise ValueError(f"expected one of {', '.join(SAMPLERS)}")
    return value


def _ratio(value: str) -> float:
    ratio = float(value) if re.fullmatch(r"[0-9]*\.?[0-9]+", value) else -1.0
    if not 0.0 <= ratio <= 1.0:
        raise ValueError("expected a number from 0 to 1")
    return ratio


def topic_prefix(environment: Environment) -> str:
    """What stands before every topic's name; usually nothing."""
    return environment.parsed("HEADSUP_TOPIC_PREFIX", _topic_prefix, "") or ""


def _topic_prefix(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", value):
        raise ValueError("expected letters, digits, dots, underscores and hyphens")
    return value


def _instance(value: str) -> str:
    if not _INSTANCE.fullmatch(value):
        raise ValueError("expected up to 200 letters, digits, dots, underscores and hyphens")
    return value


def clock_from(environment: Environment) -> Clock:
    """The clock: the system's, or a faster one for the demo and for tests of long waits."""
    speed = environment.number("HEADSUP_CLOCK_SPEED", 1.0, least=0.001, most=_MOST_SPEED)
    now = SystemClock().now()
    anchor = environment.parsed("HEADSUP_CLOCK_ANCHOR", _anchor, (now, now))
    if speed == 1.0 and not environment.optional("HEADSUP_CLOCK_ANCHOR"):
        return SystemClock()
    real, shown = anchor or (now, now)
    return FastClock(real=real, shown=shown, speed=speed)


def _anchor(value: str) -> tuple[datetime, datetime]:
    real, _, shown = value.partition("=")
    try:
        moments = datetime.fromisoformat(real), datetime.fromisoformat(shown)
    except ValueError as error:
        raise ValueError("expected two moments, REAL=SHOWN, as RFC 3339 writes them") from error
    if moments[0].tzinfo is None or moments[1].tzinfo is None:
        raise ValueError("expected both moments with an offset")
    return moments
