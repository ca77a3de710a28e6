"""JSON logs without addresses, names or texts in them.

Our own lines say what happened in fixed words and carry ids, counts, kinds and codes. Two things
could smuggle a person in: the words of an exception ("Key (email)=(...) already exists") and the
arguments of a library's log line. So an exception is logged as its type and the places it passed,
and a library's line as its unformatted template.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

QUIET = (
    "aiohttp",
    "aiokafka",
    "aiosmtplib",
    "httpx",
    "httpcore",
    "telegram",
    "twilio",
    "uvicorn",
    "alembic",
)
"""Libraries that log addresses, tokens or every request below WARNING."""

AGAIN_AFTER: Final = 5.0
"""Seconds for which a library's line is not repeated."""
MOST_LINES: Final = 1000
"""Different lines that are remembered; some libraries put values into them."""


def configure(service: str) -> None:
    """Sends our lines and the libraries' to standard error, one JSON object a line."""
    shared: list[structlog.types.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            *shared,
            _describe_exception,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(service=service)
    root = logging.getLogger()
    root.handlers = [_ForeignHandler()]
    root.setLevel(logging.INFO)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _ForeignHandler(logging.Handler):
    """Passes a library's line on as its template, without the values. What comes again and again,
    as from a client whose server is away, is passed on now and then, with how many were left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self._passed: dict[tuple[str, str], tuple[float, int]] = {}

    def emit(self, record: logging.LogRecord) -> None:
        key = (record.name, str(record.msg))
        at, left_out = self._passed.get(key, (0.0, 0))
        if at <= record.created < at + AGAIN_AFTER:
            self._passed[key] = (at, left_out + 1)
            return
        if len(self._passed) >= MOST_LINES:
            self._passed.clear()
        self._passed[key] = (record.created, 0)
        structlog.get_logger().log(
            record.levelno,
            "library line",
            library=record.name,
            line=key[1],
            error=_error_of(record),
            **({"left_out": left_out} if left_out else {}),
        )


def _error_of(record: logging.LogRecord) -> BaseException | None:
    """What a line is about: some libraries hand the exception over as one of the line's values, and
    without its type nobody would know why a broker does not let us in."""
    if record.exc_info and record.exc_info[1]:
        return record.exc_info[1]
    values = record.args if isinstance(record.args, tuple) else ()
    return next((value for value in values if isinstance(value, BaseException)), None)


def _describe_exception(
    _logger: Any, _method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    error = line.pop("error", None)
    if line.pop("exc_info", None) and error is None:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["error"] = describe(error)
    return line


def describe(error: BaseException) -> list[dict[str, str]]:
    """An exception, those that it groups and its causes as types and places, outermost first; never
    its words."""
    chain: list[dict[str, str]] = []
    waiting = [error]
    while waiting and len(chain) < 8:  # noqa: PLR2004 - enough to find the place
        current = waiting.pop(0)
        frames = traceback.extract_tb(current.__traceback__)
        places = " < ".join(
            f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno}"
            for frame in reversed(frames[-5:])
        )
        entry = {"type": type(current).__qualname__, "at": places}
        code = getattr(current, "sqlstate", None) or getattr(current, "code", None)
        if isinstance(code, str | int):
            entry["code"] = str(code)
        chain.append(entry)
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions
        if cause := current.__cause__ or current.__context__:
            waiting.append(cause)
    return chain


def logger() -> structlog.typing.FilteringBoundLogger:
    """Our logger: a fixed sentence, and ids, counts, kinds and codes as fields."""
    return structlog.get_logger()  # type: ignore[no-any-return]
