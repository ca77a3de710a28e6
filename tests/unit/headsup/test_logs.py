"""Logs: one JSON object a line, and nobody's address in any of them."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from headsup import logs


@pytest.fixture
def configured() -> Iterator[Callable[[], None]]:
    """Sends logs to standard error as it is when the test calls this; undone afterwards."""
    root = logging.getLogger()
    before, level = root.handlers, root.level
    yield lambda: logs.configure("tested")
    root.handlers, root.level = before, level
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_our_line_is_json_with_the_service_and_the_fields(
    capsys: pytest.CaptureFixture[str], configured: Callable[[], None]
) -> None:
    configured()
    logs.logger().info("record set aside", topic="shop.orders")
    [line] = lines(capsys)
    assert line["event"] == "record set aside"
    assert line["service"] == "tested"
    assert line["topic"] == "shop.orders"
    assert line["level"] == "info"


def _fail(address: str) -> None:
    try:
        dict[str, str]()[f"Key (email)=({address}) already exists"]
    except KeyError as cause:
        raise RuntimeError(f"for {address}") from cause


def test_an_exception_is_logged_without_its_words(
    capsys: pytest.CaptureFixture[str], configured: Callable[[], None]
) -> None:
    configured()
    try:
        _fail("oksana@example.com")
    except RuntimeError as error:
        logs.logger().error("it failed", error=error)
    [line] = lines(capsys)
    assert "oksana" not in json.dumps(line)
    assert [entry["type"] for entry in line["error"]] == ["RuntimeError", "KeyError"]
    assert "test_logs.py" in line["error"][0]["at"]


def test_a_librarys_line_is_logged_without_its_values(
    capsys: pytest.CaptureFixture[str], configured: Callable[[], None]
) -> None:
    configured()
    logging.getLogger("some.library").warning("could not reach %s", "oksana@example.com")
    [line] = lines(capsys)
    assert line["library"] == "some.library"
    assert line["line"] == "could not reach %s"
    assert "oksana" not in json.dumps(line)


def test_a_librarys_line_about_an_error_says_of_which_type_it_is(
    capsys: pytest.CaptureFixture[str], configured: Callable[[], None]
) -> None:
    configured()
    error = PermissionError("for oksana@example.com")
    logging.getLogger("aiokafka").error('Unable connect to "%s:%s": %s', "b1", 9092, error)
    [line] = lines(capsys)
    assert [entry["type"] for entry in line["error"]] == ["PermissionError"]
    assert "oksana" not in json.dumps(line)


@pytest.mark.parametrize("library", ["httpx", "twilio.http_client", "aiosmtplib", "telegram.Bot"])
def test_libraries_that_log_addresses_at_info_are_quiet(
    library: str, capsys: pytest.CaptureFixture[str], configured: Callable[[], None]
) -> None:
    configured()
    logging.getLogger(library).info("POST https://api.example/bot123:token/sendMessage")
    assert lines(capsys) == []


def test_a_librarys_line_that_comes_again_and_again_is_logged_now_and_then(
    capsys: pytest.CaptureFixture[str], configured: Callable[[], None]
) -> None:
    configured()
    library = logging.getLogger("some.library")
    for second in (100.0, 101.0, 104.9, 105.0):
        record = library.makeRecord(
            library.name, logging.ERROR, "x.py", 1, "no broker %s", ("b1",), None
        )
        record.created = second
        library.handle(record)
    library.error("something else")
    first, again, other = lines(capsys)
    assert "left_out" not in first
    assert (again["line"], again["left_out"]) == ("no broker %s", 2)
    assert other["line"] == "something else"
