"""The DKIM signature of a mail (RFC 6376): the same mail, the same signature. Pure.

dkimpy canonicalises and signs. It would also write when (t=), which makes every attempt another
mail, and one that receivers refuse where our clock is ahead of theirs. The Date of the mail is
signed, and says as much.
"""

from typing import Any, Final

import dkim

from services.notifier.channels.dkim_key import CannotSignError, DkimKey

RELAXED: Final = (b"relaxed", b"relaxed")
"""What relays do to a mail leaves it valid: folding and spaces of headers, spaces of lines."""
SIGNED: Final = (
    *("from", "to", "reply-to", "subject", "date", "message-id", "content-language"),
    *("auto-submitted", "mime-version", "content-type"),
)
"""In every mail, whether the header is there or not: one that is signed as missing cannot be
added."""
ONE_CLICK: Final = ("list-unsubscribe", "list-unsubscribe-post")
"""Where they are there: unsigned, no mail program may act on them (RFC 8058 section 4). Elsewhere a
relay is free to add its own."""
ONCE: Final = ("from", "to", "reply-to", "subject", "date")
"""What a reader sees, signed once more than it is there: whoever sends the mail on cannot put a
second one above it (RFC 6376 section 8.15)."""


def dkim_signature(content: bytes, key: DkimKey, *, one_click: bool) -> bytes:
    """The header to put before `content`, its line end included. Takes milliseconds of processor
    time. Raises CannotSignError."""
    signer = _Timeless(content)
    names = (*SIGNED, *(ONE_CLICK if one_click else ()), *ONCE)
    try:
        header: bytes = signer.sign(
            key.selector.encode(),
            key.domain.encode(),
            key.pem,
            canonicalize=RELAXED,
            include_headers=[name.encode() for name in names],
        )
    except dkim.DKIMException as error:
        raise CannotSignError(type(error).__name__) from error
    return header


class _Timeless(dkim.DKIM):  # type: ignore[misc] # dkimpy has no types
    """Signs without a time."""

    def gen_header(self, fields: list[tuple[bytes, bytes]], *others: Any, **options: Any) -> bytes:
        """What `sign` ends with, once all tags are gathered."""
        timeless = [(tag, value) for tag, value in fields if tag != b"t"]
        header: bytes = super().gen_header(timeless, *others, **options)
        return header
