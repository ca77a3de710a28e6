"""What a service that runs alone writes, with everything that keeps persons out of it."""

import contextlib
import io
import logging
from collections.abc import Iterator

import structlog

from headsup import logs


@contextlib.contextmanager
def logged() -> Iterator[io.StringIO]:
    """The lines, while the block runs."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    with contextlib.redirect_stderr(io.StringIO()) as lines:
        logs.configure("notifier")
    try:
        yield lines
    finally:
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
        root.handlers, root.level = handlers, level
