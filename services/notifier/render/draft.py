"""What the renderer is given, and the one error with which it refuses."""

from dataclasses import dataclass
from datetime import datetime

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested
from headsup.shops.profile import ShopProfile
from services.notifier.page_links import Ways
from services.notifier.render.asking import Links


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom we speak to. What is None falls back to the shop's."""

    name: str | None = None
    language: str | None = None
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """How somebody gets no more messages like this one."""

    url: str
    press: str | None = None
    """What a button of Telegram's carries, where it need not lead to the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One message to be written. `now` decides what "today" is and how long an SMS may live."""

    notification_id: str
    request: NotificationRequested
    recipient: Recipient
    channel: Channel
    address: str
    """A mail address, an E.164 number, or the number of a Telegram chat."""
    shop: ShopProfile
    now: datetime
    dated: datetime | None = None
    """The date of a mail; `now` when None. Keep it over attempts, so that each is the same mail."""
    answers: Links | None = None
    """Where each answer to the content's question is given: links of our own, which need no login.
    None when nobody would hear an answer; then the message leads to a human instead. In an SMS they
    only mean that replies are heard. Keep them over attempts as well."""
    presses: Links | None = None
    """What each answer's button carries in Telegram, where it need not lead to a page; only beside
    `answers`."""
    human: str | None = None
    """What the button carries in Telegram that calls a person into the chat; None: it leads to the
    shop's page instead."""
    stop: Stop | None = None
    """Of marketing only. Keep it over attempts too."""
    short_url: str | None = None
    """An address of ours that leads where the link of the message does, for an SMS that cannot hold
    the shop's own. Keep it over attempts as well."""

    ways: Ways | None = None
    """The pages of ours that it leads to; None where nobody could open them. Keep them over
    attempts as well."""
    may_talk: bool = True
    """Whether words of our own may be sent on WhatsApp: within a day of the customer's last."""

    @property
    def valid_for(self) -> float:
        """Seconds for which the news is worth telling."""
        return max((self.request.expires_at - self.now).total_seconds(), 0.0)


class NoTemplateError(Exception):
    """On WhatsApp only an approved text may be sent, and there is none, or the request lacks the
    variable that this names."""

    def __init__(self, variable: str | None = None) -> None:
        super().__init__(variable or "")
        self.variable = variable


class CannotRenderError(Exception):
    """A text needs what the request lacks. Names the variable, never its value."""

    def __init__(self, kind: Kind, language: str, variable: str) -> None:
        super().__init__(f"{kind} in {language}: {variable}")
        self.kind = kind
        self.language = language
        self.variable = variable
