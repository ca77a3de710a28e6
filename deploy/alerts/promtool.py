"""Where promtool is: Prometheus' own word on rules, their tests and metrics."""

import os
import shutil
from typing import Final

HOW_TO_HAVE_IT: Final = "there is no promtool: it is in Debian's package prometheus"


class NoPromtoolError(Exception):
    """It has to be there, and is not."""


def found_promtool() -> str | None:
    """Its path; None where it is not installed. Raises NoPromtoolError then, if CI is set."""
    found = shutil.which("promtool")
    if found is None and os.environ.get("CI"):
        raise NoPromtoolError(HOW_TO_HAVE_IT)
    return found
