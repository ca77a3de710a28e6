"""What Twilio says of a message after it took it: signed posts to the address that came with it.

twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks and
twilio.com/docs/usage/webhooks/webhooks-security. Nothing is said of the first status; neither
arrival nor order is promised; what cannot be connected to is tried once more.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Final

import httpx
from twilio.request_validator import RequestValidator

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule

_TIMEOUT: Final = 15.0
_TRIES: Final = 2
_NO_ANSWER: Final = 0


class Status(StrEnum):
    """What becomes of a message, after `queued` or `accepted`."""

    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    READ = "read"  # WhatsApp says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One thing to say of a message."""

    status: Status
    error_code: int | None = None


def reports_of(rule: FaultRule | None, channel: Channel = Channel.SMS) -> tuple[Report, ...]:
    """All that is said of a message, in the order in which it is said."""
    fault = None if rule is None else rule.fault
    last = Report(status=Status.DELIVERED)
    if rule is not None and fault is Fault.UNDELIVERED:
        last = Report(status=Status.UNDELIVERED, error_code=rule.code)
    usual: tuple[Report, ...] = (Report(status=Status.SENT), last)
    if channel is Channel.WHATSAPP and last.status is Status.DELIVERED:
        usual = (*usual, Report(status=Status.READ))
    if fault is Fault.REPORTS_IN_DISORDER:
        return tuple(reversed(usual))
    return usual * 2 if fault is Fault.REPORTS_REPEATED else usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A message that is reported on, and to whom."""

    url: str
    auth_token: str
    fields: Mapping[str, str]
    """What every report on it holds."""


class Callbacks:
    """Posts what it is given, and closes what it opened. Make it inside the running loop.

    `pause`, in real seconds, goes before each report. `answers` counts by HTTP status; 0 is none.
    """

    def __init__(self, *, pause: float = 0.1) -> None:
        self.pause = pause
        self.answers: Counter[int] = Counter()
        self._client = httpx.AsyncClient(timeout=_TIMEOUT)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Callbacks":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def follow(
        self,
        rule: FaultRule | None,
        become: Callable[[Report], None],
        subject: Subject | None,
        channel: Channel = Channel.SMS,
    ) -> None:
        """Lets a message live its life, beside everything else: each time it `become`s something,
        that is said to who wants to know."""
        is_lost = rule is not None and rule.fault is Fault.REPORTS_LOST
        told = None if is_lost else subject
        late = rule.delay_s if rule is not None and rule.fault is Fault.LATE else 0.0
        task = asyncio.create_task(self._live(reports_of(rule, channel), become, told, late))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _live(
        self,
        reports: Iterable[Report],
        become: Callable[[Report], None],
        subject: Subject | None,
        late: float,
    ) -> None:
        """`late`: seconds for which the phone is off."""
        for number, report in enumerate(reports):
            await asyncio.sleep(self.pause + (late if number == 1 else 0.0))
            become(report)
            if subject is not None:
                await self._say(subject, report)

    async def _say(self, subject: Subject, report: Report) -> None:
        """Says one thing. Twilio signs the address and all fields with the account's token."""
        form = {
            **subject.fields,
            "MessageStatus": report.status,
            "SmsStatus": report.status,
            **({"ErrorCode": str(report.error_code)} if report.error_code else {}),
        }
        signature = RequestValidator(subject.auth_token).compute_signature(subject.url, form)
        headers = {
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
        }
        self.answers[await self._post(subject.url, form, headers)] += 1

    async def _post(self, url: str, form: dict[str, str], headers: dict[str, str]) -> int:
        for _ in range(_TRIES):
            try:
                answer = await self._client.post(url, data=form, headers=headers)
            except httpx.ConnectError:
                continue
            except httpx.TransportError:
                break
            return answer.status_code
        return _NO_ANSWER
