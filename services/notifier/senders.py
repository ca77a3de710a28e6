"""The senders of one channel, each with its breaker: who may be used now, and what a call says
about the provider behind it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from headsup import logs
from headsup.contracts.channels import Channel
from services.notifier.breaker import FIRST_STOP, LONGEST_STOP, Breaker, BreakerState
from services.notifier.channels.base import (
    BadConfigurationError,
    RateLimitedError,
    Sender,
    SendError,
    Tells,
    TransientError,
)
from services.notifier.metrics import SendingMetrics


class Senders:
    """At least one sender, the primary first. `now` is everywhere in seconds of a clock that only
    goes forwards.

    A call is put between `begin` and `succeeded`, `answered` or `failed`: half open, a breaker
    lets one through, and must hear how it ended.
    """

    def __init__(self, senders: Sequence[Sender[Any]], metrics: SendingMetrics) -> None:
        self.channel = senders[0].channel
        self._senders = {sender.name: sender for sender in senders}
        self._breakers = {name: Breaker() for name in self._senders}
        self._metrics = metrics
        self._shown = dict.fromkeys(self._senders, BreakerState.CLOSED)
        for name, state in self._shown.items():
            metrics.sender_is(self.channel, name, state)

    def __iter__(self) -> Iterator[Sender[Any]]:
        return iter(self._senders.values())

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, the primary first."""
        return tuple(self._senders)

    def sender(self, name: str) -> Sender[Any]:
        """The sender of that name. Raises KeyError when it is no longer configured."""
        return self._senders[name]

    def breaker(self, name: str) -> Breaker:
        """Its breaker, to be looked at. Raises KeyError."""
        return self._breakers[name]

    def available(self, now: float) -> tuple[str, ...]:
        """Those that may be used now, the primary first."""
        for name in self._senders:
            self._show(name, now)
        return tuple(name for name, each in self._breakers.items() if each.room(now, 1) > 0)

    def left(self, now: float) -> float:
        """Seconds until any may be tried, 0 when one may."""
        return min(each.left(now) for each in self._breakers.values())

    def begin(self, name: str, now: float) -> bool:
        """A call wants to begin; False when this sender must not be used at the moment."""
        may = self._breakers[name].begin(now)
        self._show(name, now)
        return may

    def succeeded(self, name: str, now: float) -> None:
        """The provider accepted a message."""
        if self._breakers[name].succeeded():
            logs.logger().info("a sender works again", channel=self.channel, sender=name)
        self._show(name, now)

    def answered(self, name: str, now: float) -> None:
        """The provider answered a question. That it takes messages is not said thereby: half open,
        the next call finds out."""
        self._breakers[name].ended()
        self._show(name, now)

    def failed(
        self, name: str, error: SendError, now: float, *, began: float, chance: float
    ) -> float:
        """A call that began at `began` ended in `error`. `chance`, from 0 to 1, spreads retries.

        Returns for how many seconds such a message waits at least, on this sender's account.
        """
        if error.tells is Tells.FAILS:
            self._trip(name, error, now, began=began, chance=chance)
        elif error.tells is Tells.WORKS:
            self.succeeded(name, now)
        else:
            self._breakers[name].ended()
        self._show(name, now)
        return max(_least_wait(error), self._breakers[name].left(now))

    async def close(self) -> None:
        """Closes all of them."""
        for sender in self._senders.values():
            await sender.close()

    def _trip(
        self, name: str, error: SendError, now: float, *, began: float, chance: float
    ) -> None:
        breaker = self._breakers[name]
        match error:
            case BadConfigurationError():
                is_news = breaker.stopped(now)
            case RateLimitedError(limits_all=True, retry_after=float(seconds)):
                is_news = breaker.slow_down(now, seconds)
            case _:
                retry_after = error.retry_after if isinstance(error, TransientError) else None
                is_news = breaker.failed(now, chance=chance, retry_after=retry_after, began=began)
        if is_news:
            self._tell(name, error, now)

    def _tell(self, name: str, error: SendError, now: float) -> None:
        is_ours = isinstance(error, BadConfigurationError)
        logs.logger().error(
            "a sender rests: the fault is ours" if is_ours else "a sender rests",
            channel=self.channel,
            sender=name,
            reason=error.reason,
            code=error.code,
            seconds=round(self._breakers[name].left(now), 1),
        )

    def _show(self, name: str, now: float) -> None:
        state = self._breakers[name].state(now)
        if state is not self._shown[name]:
            self._shown[name] = state
            self._metrics.sender_is(self.channel, name, state)


def _least_wait(error: SendError) -> float:
    if not isinstance(error, BadConfigurationError):
        return 0.0
    # Where only one shop's address is wrong, no breaker keeps its messages from coming back.
    return FIRST_STOP if error.tells is Tells.FAILS else LONGEST_STOP


def by_channel(senders: Iterable[Sender[Any]], metrics: SendingMetrics) -> list[Senders]:
    """The senders of each channel together, in the order in which they came."""
    channels: dict[Channel, list[Sender[Any]]] = {}
    for sender in senders:
        channels.setdefault(sender.channel, []).append(sender)
    return [Senders(group, metrics) for group in channels.values()]
