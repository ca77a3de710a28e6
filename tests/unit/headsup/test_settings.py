"""Settings: what is missing or wrong is named, all of it at once, and never repeated."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headsup.clock import FastClock, SystemClock
from headsup.settings import (
    SAMPLERS,
    Environment,
    SettingsError,
    SpanBatches,
    TracingSettings,
    clock_from,
    common_settings,
)

GOOD = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092", "DATABASE_URL": "postgresql://u:p@h/d"}


def problems(variables: dict[str, str]) -> list[str]:
    environment = Environment(variables)
    common_settings(environment)
    with pytest.raises(SettingsError) as caught:
        environment.check()
    return caught.value.problems


def test_good_settings_are_read_with_their_defaults() -> None:
    environment = Environment(GOOD)
    settings = common_settings(environment)
    environment.check()
    assert settings.http_port == 8080
    assert settings.topic_prefix == ""
    assert settings.instance is None
    assert isinstance(settings.clock, SystemClock)


def test_everything_that_is_missing_is_named_at_once() -> None:
    assert problems({}) == ["KAFKA_BOOTSTRAP_SERVERS is missing.", "DATABASE_URL is missing."]


def test_a_setting_of_blanks_is_missing() -> None:
    assert problems(GOOD | {"DATABASE_URL": "  "}) == ["DATABASE_URL is missing."]


@pytest.mark.parametrize(
    "servers",
    ["a:", "a:abc", "a:65536", "a:0", ":::", "u:p@a:9092", "a,,", "..:1", f"{'x' * 64}:1"],
)
def test_what_names_no_broker_is_refused(servers: str) -> None:
    assert problems(GOOD | {"KAFKA_BOOTSTRAP_SERVERS": servers}) == [
        "KAFKA_BOOTSTRAP_SERVERS is wrong: expected host:port, or several with commas between them."
    ]


@pytest.mark.parametrize(
    "servers",
    ["kafka", "a:9092, b.example:65535", "[::1]:9092", f"{'x' * 63}:9092", "ü.example:9092"],
)
def test_brokers_are_named_as_kafka_names_them(servers: str) -> None:
    environment = Environment(GOOD | {"KAFKA_BOOTSTRAP_SERVERS": servers})
    assert common_settings(environment).kafka_bootstrap_servers == servers
    environment.check()


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DATABASE_URL", "sqlite:///x", "an address that begins with postgresql:// or postgres://"),
        (
            "DATABASE_URL",
            "postgresql://[x",
            "an address that begins with postgresql:// or postgres://",
        ),
        (
            "HEADSUP_TOPIC_PREFIX",
            "bad topic/",
            "letters, digits, dots, underscores and hyphens",
        ),
        ("HTTP_PORT", "70000", "a port between 0 and 65535"),
        ("HTTP_PORT", "-1", "a port between 0 and 65535"),
        ("HTTP_PORT", "9" * 5000, "a port between 0 and 65535"),
        ("HEADSUP_MOST_BAD_IN_A_ROW", "1e300", "a number of at most 1000000000"),
        ("HEADSUP_CLOCK_SPEED", "1e10", "a number of at most 100000"),
        (
            "HEADSUP_INSTANCE",
            "a pod",
            "up to 200 letters, digits, dots, underscores and hyphens",
        ),
        ("HTTP_HOST", "\udcff", "text in UTF-8"),
        ("KAFKA_BOOTSTRAP_SERVERS", "\udcff:9092", "text in UTF-8"),
        ("HEADSUP_CLOCK_SPEED", "fast", "a number of at least 0.001"),
        ("HEADSUP_CLOCK_SPEED", "nan", "a number of at least 0.001"),
        ("HEADSUP_CLOCK_SPEED", "inf", "a number of at least 0.001"),
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "collector:4318",
            "an address that begins with https:// or http://",
        ),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf, the only one that is spoken"),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "a secret",
            "name=value, or several with commas between them",
        ),
        ("OTEL_RESOURCE_ATTRIBUTES", "=x", "name=value, or several with commas between them"),
        (
            "OTEL_EXPORTER_OTLP_HEADERS",
            "token=hidden%0Aline",
            "names and values without line breaks and the like",
        ),
        ("OTEL_SDK_DISABLED", "yes", "true or false"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote", "one of " + ", ".join(SAMPLERS)),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5", "a number from 0 to 1"),
        ("OTEL_TRACES_SAMPLER_ARG", "nan", "a number from 0 to 1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "soon", "a number of at least 1"),
        ("HEADSUP_CLOCK_ANCHOR", "now", "two moments, REAL=SHOWN, as RFC 3339 writes them"),
        (
            "HEADSUP_CLOCK_ANCHOR",
            "2026-11-21T10:00:00=2026-11-23T10:00:00",
            "both moments with an offset",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(
    name: str, value: str, expected: str
) -> None:
    assert problems(GOOD | {name: value}) == [f"{name} is wrong: expected {expected}."]


def test_a_file_that_cannot_be_read_is_a_sentence() -> None:
    environment = Environment({"KEYS": "x" * 5000})
    environment.parsed("KEYS", lambda name: Path(name).read_text(), "")
    with pytest.raises(SettingsError, match=r"^KEYS is wrong: it cannot be read \(File name too l"):
        environment.check()


def test_an_authority_for_traces_that_is_not_there_is_a_sentence() -> None:
    assert problems(GOOD | {"OTEL_EXPORTER_OTLP_CERTIFICATE": "/no/such/file"}) == [
        "OTEL_EXPORTER_OTLP_CERTIFICATE is wrong: it cannot be read (No such file or directory)."
    ]


def test_a_password_in_a_wrong_setting_is_not_repeated() -> None:
    [problem] = problems(GOOD | {"DATABASE_URL": "mysql://user:hunter2@db/x"})
    assert "hunter2" not in problem


def test_a_clock_speed_makes_a_fast_clock_that_starts_now() -> None:
    clock = clock_from(Environment({"HEADSUP_CLOCK_SPEED": "3600"}))
    assert isinstance(clock, FastClock)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(hours=2)


def test_an_anchor_says_what_the_clock_shows_and_when() -> None:
    real = datetime.now(UTC)
    anchor = f"{real.isoformat()}=2027-01-04T09:30:00+02:00"
    variables = {"HEADSUP_CLOCK_SPEED": "10", "HEADSUP_CLOCK_ANCHOR": anchor}
    shown = clock_from(Environment(variables)).now()
    assert timedelta(0) <= shown - datetime(2027, 1, 4, 7, 30, tzinfo=UTC) < timedelta(minutes=5)


def tracing_of(variables: dict[str, str]) -> TracingSettings:
    environment = Environment(GOOD | variables)
    settings = common_settings(environment)
    environment.check()
    return settings.tracing


def test_traces_are_off_until_it_is_said_where_to() -> None:
    assert not tracing_of({}).is_on
    assert tracing_of({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}).is_on


@pytest.mark.parametrize(("disabled", "is_on"), [("true", False), ("TRUE", False), ("false", True)])
def test_traces_can_be_disabled_wherever_they_are_sent(disabled: str, is_on: bool) -> None:
    endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    assert tracing_of(endpoint | {"OTEL_SDK_DISABLED": disabled}).is_on is is_on


def test_what_the_collector_knows_us_by_is_read_and_not_shown() -> None:
    settings = tracing_of(
        {
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20hunter2, tenant = shop",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod",
        }
    )
    assert settings.headers == (("authorization", "Bearer hunter2"), ("tenant", "shop"))
    assert settings.resource == (("deployment.environment.name", "prod"),)
    assert "hunter2" not in repr(settings)


def test_spans_are_sent_as_it_is_said_and_no_more_at_once_than_may_wait() -> None:
    batches = tracing_of(
        {
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "OTEL_BSP_MAX_QUEUE_SIZE": "64",
            "OTEL_BSP_EXPORT_TIMEOUT": "2000",
        }
    ).batches
    assert batches == SpanBatches(delay=100.0, waiting=64, at_once=64, timeout=2000.0)


@pytest.mark.parametrize(("text", "ratio"), [("0", 0.0), ("0.01", 0.01), (".5", 0.5), ("1.0", 1.0)])
def test_a_ratio_is_read_as_it_is_written(text: str, ratio: float) -> None:
    assert tracing_of({"OTEL_TRACES_SAMPLER_ARG": text}).ratio == ratio
