"""Answers that come back: the signed address of each, what a button of Telegram's carries, and what
an answer means for its question. Pure.

    https://notify.example/answers/<request id>/<answer>/<signature>

The address names nobody: the id of a request is a digest, and whoever has the address was given it
in a message. The signature is a truncated HMAC (RFC 2104, section 5), so that nobody can answer for
somebody else by changing a word of it.
"""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from headsup.contracts.channels import Channel
from headsup.contracts.replies import ANSWERS, Answer, Question

PATH: Final = "/answers/{request_id}/{answer}/{signature}"
LIFETIME: Final = timedelta(days=60)
"""After the request; later nothing is changed by an answer any more."""
REPLY_WITHIN: Final = timedelta(days=14)
"""An SMS names no question, so a word counts for so long after one was asked."""
MOST_CHANGES: Final = 50
"""How often somebody may change their mind about one question. Whoever does so more often is no
person, and each change is an event."""
LONGEST_PRESS: Final = 64
"""Octets of a button's callback_data (core.telegram.org/bots/api#inlinekeyboardbutton)."""
_OCTETS_SIGNED: Final = 16
"""128 bits: 22 characters of base64url (RFC 4648, section 5)."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~-]{1,90}")
"""Ids that stand in a path as they are (RFC 3986, section 2.3). Ours are of digits."""
_PRESS: Final = "telegram:"
_TAKES_REPLIES: Final = re.compile(r"\+?[0-9]{3,15}|MG[0-9a-fA-F]{32}")
"""A number, a short code, a Messaging Service. Nobody can reply to a name."""


@dataclass(frozen=True, slots=True)
class AnswerLinks:
    """Makes and knows the addresses of answers. `public_url`: without a slash at its end."""

    public_url: str
    key: bytes = field(repr=False)

    def of(self, request_id: str, question: Question) -> dict[Answer, str] | None:
        """Where each answer is given; None when the id fits no address."""
        if not _PLAIN.fullmatch(request_id):
            return None
        return {
            answer: self.public_url
            + PATH.format(
                request_id=request_id,
                answer=answer.value,
                signature=self._signature(request_id, answer),
            )
            for answer in ANSWERS[question]
        }

    def signed(self, request_id: str, answer: str, signature: str) -> Answer | None:
        """The answer of an address of ours; None of anybody else's."""
        if answer not in set(Answer) or not signature.isascii():
            return None
        is_ours = hmac.compare_digest(signature, self._signature(request_id, Answer(answer)))
        return Answer(answer) if is_ours else None

    def _signature(self, request_id: str, answer: Answer) -> str:
        said = f"{request_id}\n{answer}".encode()
        digest = hmac.new(self.key, said, sha256).digest()
        return urlsafe_b64encode(digest[:_OCTETS_SIGNED]).decode().rstrip("=")


def takes_replies(sender: str) -> bool:
    """Whether one can write back to a sender of text messages."""
    return _TAKES_REPLIES.fullmatch(sender) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Which ways there are to answer, by channel."""

    links: AnswerLinks | None = None
    """None: nobody would hear an answer, and texts lead to a human."""
    has_buttons: bool = False
    """Whether Telegram tells us when one is pressed."""
    hearing: frozenset[str] = frozenset()
    """Names of the senders of text messages that one can write back to."""

    def answers(
        self, request_id: str, question: Question | None, channel: Channel, sender: str
    ) -> Mapping[Answer, str] | None:
        """Where each answer is given, for `Draft.answers`."""
        if self.links is None or question is None:
            return None
        if channel is Channel.SMS and sender not in self.hearing:
            return None
        return self.links.of(request_id, question)

    def presses(
        self, request_id: str, question: Question | None, channel: Channel
    ) -> Mapping[Answer, str] | None:
        """What each button of Telegram's carries, for `Draft.presses`; None where they lead to the
        addresses instead."""
        if channel is not Channel.TELEGRAM or not self.has_buttons or question is None:
            return None
        presses = {answer: press_of(request_id, answer) for answer in ANSWERS[question]}
        is_short = all(len(press.encode()) <= LONGEST_PRESS for press in presses.values())
        return presses if is_short else None


def ref_of_press(update_id: int) -> str:
    """The name of a press. Telegram counts its updates up, so it also says which came first:
    core.telegram.org/bots/api#update"""
    return f"{_PRESS}{update_id}"


def press_of(request_id: str, answer: Answer) -> str:
    """What the button of an answer carries."""
    return f"{request_id}:{answer}"


def pressed(data: str) -> tuple[str, Answer] | None:
    """The request and the answer that a button carries; None when it is none of ours."""
    request_id, colon, answer = data.rpartition(":")
    if not colon or not _PLAIN.fullmatch(request_id) or answer not in set(Answer):
        return None
    return request_id, Answer(answer)


class Effect(StrEnum):
    """What came of something that a customer said."""

    HEARD = "heard"  # new, or another answer than before: the shop is told
    SAME = "same"  # known already
    OVERTAKEN = "overtaken"  # brought late: what was said after it counts already
    UNKNOWN = "unknown"  # we asked nothing of the kind, or not them
    NOT_UNDERSTOOD = "not_understood"  # a reply in words that a person has to read
    AMBIGUOUS = "ambiguous"  # a word that answers two questions: a person has to ask which
    STOPPED = "stopped"  # nothing more is sent to that number
    STARTED = "started"  # that is taken back
    HELPED = "helped"  # they asked who we are
    TOO_OLD = "too_old"
    TOO_OFTEN = "too_often"


TAKEN: Final = frozenset({Effect.HEARD, Effect.SAME, Effect.OVERTAKEN})
"""Somebody said something, and we know it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that was asked."""

    request_id: str
    source: str
    order_id: str
    customer_id: str
    question: Question
    at: datetime
    """When the request was decided upon."""
    language: str | None = None
    """In which it was asked."""
    channels: frozenset[Channel] = frozenset()
    """By which it went."""
    subject: str = ""
    """What of the order it asks about, where that is not the whole: a parcel, a ticket."""

    def is_over(self, now: datetime) -> bool:
        """Whether an answer changes nothing any more."""
        return now >= self.at + LIFETIME

    @property
    def linked_from(self) -> Channel:
        """Where somebody who followed a link found it. A text message holds none, and Telegram only
        where its buttons cannot be pressed; where both were sent, it was the mail as a rule."""
        is_in_chat = Channel.EMAIL not in self.channels and Channel.TELEGRAM in self.channels
        return Channel.TELEGRAM if is_in_chat else Channel.EMAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """An answer that somebody brings."""

    answer: Answer
    ref: str | None = None
    """The provider's name for it; None: a link was followed."""
    written_at: datetime | None = None
    """Of what is brought late, when it was written (real time); None: now, as far as we know."""

    def was_before(self, given: "Given") -> bool:
        """Whether it was said before what was heard already. What we could not take at once comes
        again at any time, and the last word counts, not the last that came."""
        if self.written_at is not None:
            return self.written_at < given.heard_at
        mine, other = _update_of(self.ref), _update_of(given.ref)
        return mine is not None and other is not None and given.is_of_today and mine < other


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An answer that was heard."""

    number: int
    """Of the answers to the question, from 1. A database that was restored may lack the first."""
    answer: Answer
    ref: str | None
    heard_at: datetime
    """Real time; of what was brought late, when it was written."""
    is_of_today: bool
    """Whether that was within a day: Telegram keeps nothing for longer, and after a week without
    presses it counts from somewhere else."""


def _update_of(ref: str | None) -> int | None:
    number = (ref or "").removeprefix(_PRESS)
    return int(number) if ref and ref.startswith(_PRESS) and number.isdecimal() else None


def effect_of(asked: Asked, saying: Saying, given: Sequence[Given], now: datetime) -> Effect:
    """What an answer changes. `given`: those before it, the oldest first."""
    if saying.answer not in ANSWERS[asked.question]:
        return Effect.UNKNOWN
    if asked.is_over(now):
        return Effect.TOO_OLD
    if saying.ref is not None and any(each.ref == saying.ref for each in given):
        return Effect.SAME
    if any(saying.was_before(each) for each in given):
        return Effect.OVERTAKEN
    if given and given[-1].answer is saying.answer:
        return Effect.SAME
    return Effect.TOO_OFTEN if len(given) >= MOST_CHANGES else Effect.HEARD


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that counts."""

    answer: Answer
    channel: Channel
    number: int
    at: datetime
