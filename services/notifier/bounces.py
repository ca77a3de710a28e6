"""What a mail that came back says: delivery status notifications (RFC 3464). Pure.

Read with the standard library and leniently: a report that is cut off, without a status or in no
language that we know still says "failed" in the one field that every mail server writes alike.
What carries no such part is no report: a note of absence, a person's answer, an old-fashioned
bounce in prose. Guessing at those would mean to believe whoever writes to us.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message
from enum import StrEnum
from typing import Final


class Action(StrEnum):
    """What the mail server did (RFC 3464 section 2.3.3)."""

    FAILED = "failed"  # gave up
    DELAYED = "delayed"  # still tries
    DELIVERED = "delivered"
    RELAYED = "relayed"  # to where nobody reports
    EXPANDED = "expanded"  # to several, as for a mailing list
    OTHER = "other"  # none of these; or no report at all


@dataclass(frozen=True, slots=True)
class Line:
    """What a report says of one recipient."""

    action: Action
    status: str
    """An enhanced status code, such as "5.1.1"; empty when there is none."""
    recipients: frozenset[str]
    """The recipient by all its names, in small letters; empty when it has none."""


_REPORTS: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_UNTOLD = re.compile(r"[245]\.0\.0")
_BLANK_LINES = re.compile(r"\n[ \t]*\n")
_LOOKED_AT: Final = 65_536
"""Octets; what a report says stands before the mail that it returns."""
_MOST_BLANK_LINES: Final = 500
"""Each may begin a block, and a block costs the library much more than a line."""
_EMPTY_LINE = re.compile(rb"\n\r?(?=\n)")


def read(content: bytes) -> tuple[Line, ...]:
    """What it says of each recipient; nothing when it is no report. Of a mail that is long or has
    many blank lines only the beginning counts: whoever writes to us must not keep us busy."""
    mail = message_from_bytes(_beginning(content))
    blocks = (block for part in _parts(mail) for block in _blocks(part))
    return tuple(_line(block) for block in blocks if block["Action"] is not None)


def summary(lines: Sequence[Line]) -> Action:
    """What a report comes to. It failed only if it failed for everybody: an alias may lead to
    several mailboxes, and a copy that arrives, or may yet, is enough."""
    others = [line.action for line in lines if line.action is not Action.FAILED]
    if others:
        return others[0]
    return Action.FAILED if lines else Action.OTHER


def _beginning(content: bytes) -> bytes:
    content = content[:_LOOKED_AT]
    ends = itertools.islice(_EMPTY_LINE.finditer(content), _MOST_BLANK_LINES, None)
    end = next(ends, None)
    return content if end is None else content[: end.start()]


def _parts(mail: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """The mail's own parts, without those of a mail that is in it."""
    payload = mail.get_payload()
    if mail.get_content_maintype() != "multipart" or not isinstance(payload, list):
        yield mail
        return
    for part in payload:
        if isinstance(part, Message):
            yield from _parts(part)


def _blocks(part: "Message[str, str]") -> Iterator["Message[str, str]"]:
    """The blocks of fields of a report. The library parts them for one of the two types."""
    if part.get_content_type() not in _REPORTS:
        return
    payload = part.get_payload()
    for block in payload if isinstance(payload, list) else ():
        if not isinstance(block, Message):
            continue
        yield block
        rest = block.get_payload()
        if isinstance(rest, str):
            yield from map(message_from_string, _BLANK_LINES.split(rest.replace("\r\n", "\n")))


def _line(block: "Message[str, str]") -> Line:
    words = _field(block, "Action").lower().split() or [""]
    action = words[0].strip(";,.")
    names = (_recipient(_field(block, name)) for name in ("Final-Recipient", "Original-Recipient"))
    return Line(
        Action(action) if action in set(Action) else Action.OTHER,
        _status(block),
        frozenset(name for name in names if name),
    )


def _status(block: "Message[str, str]") -> str:
    """The status, unless it says no more than that there is one: then the one that the other
    server gave, which Exim writes into the diagnostic code alone."""
    codes = [_STATUS.search(_field(block, name)) for name in ("Status", "Diagnostic-Code")]
    found = [code[0] for code in codes if code is not None]
    telling = [code for code in found if not _UNTOLD.fullmatch(code)]
    return next(iter(telling or found), "")


def _recipient(text: str) -> str:
    """The address behind "rfc822;"."""
    return text.rpartition(";")[2].strip().strip("<>").lower()


def _field(block: "Message[str, str]", name: str) -> str:
    value = block.get(name)
    return "" if value is None else str(value)
