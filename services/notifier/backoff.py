"""How long it is waited before something is tried again. Pure."""

from typing import Final

FIRST_WAIT: Final = 2.0
LONGEST_WAIT: Final = 600.0
"""Seconds between attempts, doubling from the first to the longest."""


def backoff(retries: int, chance: float) -> float:
    """Seconds until the next attempt after `retries` earlier ones. `chance`, from 0 to 1, spreads
    them, so that they do not come all at once."""
    return float(min(FIRST_WAIT * 2 ** min(retries, 20), LONGEST_WAIT) * (0.5 + chance / 2))
