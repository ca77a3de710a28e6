"""Faults on demand: what should go wrong at a provider, how often, and for whom.

As JSON, one rule or a list of them:

    {"channel": "sms", "fault": "rate_limit", "times": 3, "retry_after": 2}
    {"channel": "email", "fault": "delay", "delay_s": 0.5, "probability": 0.1, "seed": 7}
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from headsup.contracts.channels import Channel


class Fault(StrEnum):
    """What can go wrong."""

    DELAY = "delay"  # accepts, but late
    RATE_LIMIT = "rate_limit"  # refuses: too fast
    SERVER_ERROR = "server_error"  # answers that it is broken
    RESET = "reset"  # ends the connection without an answer, and without accepting
    ACCEPT_THEN_SILENCE = "accept_then_silence"  # accepts, and never says so
    REFUSE = "refuse"  # refuses the recipient for good
    BAD_CREDENTIALS = "bad_credentials"  # does not know us
    BOUNCE = "bounce"  # accepts a mail, and sends it back as undeliverable
    UNDELIVERED = "undelivered"  # accepts, and says later that it did not arrive
    LATE = "late"  # accepts, and it arrives later: the phone is off
    REPORTS_LOST = "reports_lost"  # accepts, and never says what became of it
    REPORTS_REPEATED = "reports_repeated"  # says everything twice
    REPORTS_IN_DISORDER = "reports_in_disorder"  # says the last thing first


LONGEST_DELAY = 600.0
OF_REPORTS = frozenset(
    {
        Fault.UNDELIVERED,
        Fault.LATE,
        Fault.REPORTS_LOST,
        Fault.REPORTS_REPEATED,
        Fault.REPORTS_IN_DISORDER,
    }
)
"""What goes wrong after a message was taken, where a provider reports on it."""


class FaultRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that goes wrong on one channel."""

    channel: Channel
    fault: Fault
    times: Annotated[int, Meta(ge=1)] | None = None
    """How many messages it hits. None: until it is cleared."""
    probability: Annotated[float, Meta(gt=0, le=1)] = 1.0
    """How likely it hits a message. The same seed hits the same ones."""
    seed: int = 0
    delay_s: Annotated[float, Meta(ge=0, le=LONGEST_DELAY)] = 1.0
    """Real seconds, for `delay` and `late`."""
    retry_after: Annotated[int, Meta(ge=1, le=86_400)] = 1
    """Seconds, for `rate_limit` where the provider says them."""
    code: Annotated[int, Meta(ge=10_000, le=99_999)] = 30_003
    """The provider's code of the error, for `undelivered`."""
    to: str | None = None
    """The recipient it hits. None: everybody."""


def parse_rules(body: bytes) -> list[FaultRule]:
    """Reads one rule or a list of them. Raises ValueError that says what is wrong."""
    try:
        raw = msgspec.json.decode(body)
        return msgspec.convert(raw if isinstance(raw, list) else [raw], list[FaultRule])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"The fault cannot be read: {error}.") from error


def encode_rules(rules: Iterable[FaultRule]) -> bytes:
    """The rules as JSON."""
    return msgspec.json.encode(list(rules))


@dataclass(slots=True, eq=False)
class _Armed:
    rule: FaultRule
    left: int | None
    dice: random.Random

    def strikes(self, channel: Channel, to: str) -> bool:
        rule = self.rule
        if rule.channel != channel or rule.to not in {None, to} or self.left == 0:
            return False
        if rule.probability < 1 and self.dice.random() >= rule.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class FaultSwitch:
    """The rules in force. Without any, everything goes well."""

    def __init__(self) -> None:
        self._armed: list[_Armed] = []

    def set(self, *rules: FaultRule) -> None:
        """Adds rules. Of several that fit a message, the one set first strikes."""
        for rule in rules:
            dice = random.Random(rule.seed)  # noqa: S311  repeatable on purpose
            self._armed.append(_Armed(rule, rule.times, dice))

    def clear(self) -> None:
        """Everything goes well again."""
        self._armed.clear()

    def rules(self) -> list[FaultRule]:
        """The rules that can still strike."""
        return [armed.rule for armed in self._armed if armed.left != 0]

    def next(self, channel: Channel, to: str) -> FaultRule | None:
        """The fault for this message, if any. Asked once for each message."""
        return self._first(channel, to, of_reports=False)

    def next_report(self, channel: Channel, to: str) -> FaultRule | None:
        """The fault for the reports on this message, if any. Asked once for each message."""
        return self._first(channel, to, of_reports=True)

    def _first(self, channel: Channel, to: str, *, of_reports: bool) -> FaultRule | None:
        for armed in self._armed:
            if (armed.rule.fault in OF_REPORTS) is of_reports and armed.strikes(channel, to):
                return armed.rule
        return None
