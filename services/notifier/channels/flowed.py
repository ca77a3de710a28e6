"""Plain text in lines of at most 76 characters, which a mail program can put together again to the
width of its screen: format=flowed (RFC 3676). Pure.

A line that ends with a space goes on in the next one.
"""

import re
from collections.abc import Iterable
from typing import Final

WIDTH: Final = 76
"""Characters, the space at the end included; a word that is longer, such as an address, stays
whole."""
_SIGNATURE: Final = "-- "
"""Ends with a space, and does not go on (section 4.3)."""
_STUFFED: Final = (" ", ">", "From ")
"""What begins so gets a space before it, or it would be taken for what it is not (section 4.4)."""


_PIECE: Final = re.compile(rf"-- \S{{{WIDTH - 3},}}(?: |$)|.{{1,{WIDTH - 1}}}(?: |$)|\S+(?: |$)")
"""As much of a line as there is room for, and the space behind it. A soft line that reads as a
signature's would end the paragraph, so the word behind it stays beside it, however long."""


def flowed(text: str) -> str:
    """The text in such lines, with LF ends. Spaces at the ends of its own lines are left out."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(
        [
            f" {piece}" if piece.startswith(_STUFFED) else piece
            for line in text.split("\n")
            for piece in _pieces(line)
        ]
    )


def _pieces(line: str) -> Iterable[str]:
    """The line, broken after spaces."""
    if line == _SIGNATURE:
        return (line,)
    line = line.rstrip(" ")
    return (line,) if len(line) < WIDTH else _PIECE.findall(line)
