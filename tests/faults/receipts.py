"""What the providers of an experiment say later: reports on text messages, and returned mails.
Both keep a record of their own, which asks nobody what it saw."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from headsup.contracts.channels import Channel
from sandbox.providers.bounces import BouncePost, Returned
from sandbox.providers.faults import FaultRule
from sandbox.providers.twilio_callbacks import Callbacks, Report, Status, Subject

_AGAIN: Final = 0.3
"""Seconds after which a mail server tries again."""
_GOOD: Final = 200


@dataclass(slots=True)
class Texted:
    """A text message that the provider took."""

    notification: str
    """As its callback names it."""
    told: bool = False
    """That it was delivered was said, and taken note of."""


class Reports(Callbacks):
    """Twilio's callbacks, and which notification each message was for."""

    def __init__(self) -> None:
        super().__init__(pause=0.3)
        self.texted: dict[str, Texted] = {}
        """By SID."""

    def follow(
        self,
        rule: FaultRule | None,
        become: Callable[[Report], None],
        subject: Subject | None,
        channel: Channel = Channel.SMS,
    ) -> None:
        """A message was taken."""
        if subject is not None:
            names = parse_qs(urlsplit(subject.url).query).get("n", [""])
            self.texted[subject.fields["MessageSid"]] = Texted(names[0])
        super().follow(rule, become, subject, channel)

    async def _post(self, url: str, form: dict[str, str], headers: dict[str, str]) -> int:
        answer = await super()._post(url, form, headers)
        if answer == _GOOD and form["MessageStatus"] == Status.DELIVERED:
            self.texted[form["MessageSid"]].told = True
        return answer


class PatientPost(BouncePost):
    """Brings mails back as mail servers do: again and again until they are taken."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(host, port)
        self.returned: list[Returned] = []
        self.is_open = True

    async def _send(self, returned: Returned) -> None:
        while self.is_open:
            self.failures.clear()
            await super()._send(returned)
            if not self.failures:
                self.returned.append(returned)
                return
            await asyncio.sleep(_AGAIN)

    async def close(self) -> None:
        """Gives up what is left."""
        self.is_open = False
        await super().close()
