"""Conditions over the state of a notification, for those who look up one row, or an order's line.

Each partial index over what waits has a condition that a query has to say word for word, and is
nothing to a query that does not. Where the planner last saw a ledger in which nothing waits, it
takes every one of these indexes for empty, and would rather go through all of it than look a row up
by its key: for each message of a campaign it then reads the whole campaign. So whoever looks
something up says it in words that leave one index.
"""

from services.notifier.attempts import State


def waits_in_line(row: str) -> str:
    """Whether this row waits; leads into `notifications_lined_up`, and no other."""
    return f"left({row}.state, 7) IN ('{State.PLANNED}', '{State.SENDING}')"


def is_sending(row: str = "notifications") -> str:
    """Whether this row was claimed; leads into no index, because it is found by its id."""
    return f"{row}.state || '' = '{State.SENDING}'"
