"""The suppressed addresses, for `headsup suppressions`: listed without showing them, and lifted."""

from collections.abc import Sequence
from typing import Any, Final

from headsup.contracts.channels import Channel
from headsup.suppressions import Lifted
from headsup.trace import Entry
from services.notifier.channels.code_words import code_in_words
from services.notifier.in_words import reason_in_words
from services.notifier.named_rows import kept_key
from services.notifier.people import Address, masked, normalised

_LIST: Final = """
    SELECT source, address, reason, code, nullif(since, '-infinity') AS since
    FROM notifier.suppressions
    WHERE $1::text IS NULL OR source = $1
    ORDER BY notifier.suppressions.since DESC, source, address LIMIT $2
"""
_LIFT: Final = """
    DELETE FROM notifier.suppressions
    WHERE address = $1 AND ($2::text IS NULL OR source = $2)
    RETURNING source, address, reason, code, nullif(since, '-infinity') AS since
"""


class Desk:
    """What can be done about them."""

    async def listed(self, connection: Any, shop: str | None, most: int) -> list[Entry]:
        """The newest ones, addresses masked."""
        return [entry(row) for row in await connection.fetch(_LIST, shop, most)]

    async def lift(
        self, connection: Any, shop: str | None, addresses: Sequence[str]
    ) -> list[Lifted]:
        """Ends the suppressions of these addresses. Empty lines are passed over."""
        lifted = []
        for number, text in enumerate(addresses, start=1):
            address = read(text)
            if address is not None:
                rows = await connection.fetch(_LIFT, kept_key(connection, address.key), shop)
                lifted.append(Lifted(number, tuple(map(entry, rows))))
            elif text:
                lifted.append(Lifted(number, None))
        return lifted


def read(text: str) -> Address | None:
    """An address as a person writes it: a mail address, a number with its country's code, the
    number of a chat, or one of them behind its channel and a colon. Pure."""
    named, colon, rest = text.partition(":")
    if colon and named in set(Channel):
        return normalised(Channel(named), rest, None)
    if "@" in text:
        return normalised(Channel.EMAIL, text, None)
    return normalised(Channel.SMS if text.startswith("+") else Channel.TELEGRAM, text, None)


def entry(row: Any) -> Entry:
    """A suppression as people see it: which address it is cannot be told from it alone. Pure."""
    channel, _, value = row["address"].partition(":")
    detail = {"reason": row["reason"], "code": row["code"], "shop": row["source"]}
    words = {
        "reason": reason_in_words(row["reason"]),
        "code": code_in_words(channel, row["code"]),
    }
    return Entry(
        section="Suppressions",
        heading=f"{channel} {masked(Address(Channel(channel), value))}",
        at=row["since"],
        detail={name: value for name, value in detail.items() if value},
        words={name: value for name, value in words.items() if value},
    )
