"""So much a second at most. Pure: the time is passed in, in seconds of a clock that only goes
forwards."""

from math import inf


class Pace:
    """A bucket that fills with `rate` tokens a second, up to `most`; it begins full."""

    def __init__(self, rate: float = inf, most: float = inf) -> None:
        self._rate = rate
        self._most = most
        self._tokens = most
        self._filled_at: float | None = None

    def left(self, now: float) -> float:
        """How much may go now."""
        if self._most == inf:
            return inf
        since = 0.0 if self._filled_at is None else max(0.0, now - self._filled_at)
        self._tokens = min(self._most, self._tokens + since * self._rate)
        self._filled_at = now
        return max(self._tokens, 0.0)

    def spend(self, tokens: float, now: float) -> None:
        """So much went. Where that is more than was left, so much less goes later."""
        self.left(now)
        self._tokens -= tokens

    def wait(self, tokens: float, now: float) -> float:
        """Seconds until so much may go, 0 when it may now. What is more than the bucket holds may
        go when the bucket is full."""
        missing = min(tokens, self._most) - self._tokens_at(now)
        return max(0.0, missing / self._rate)

    def _tokens_at(self, now: float) -> float:
        self.left(now)
        return self._tokens
