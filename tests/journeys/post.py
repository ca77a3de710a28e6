"""The notifier in simulated time: its own plan, its own renderer, and a provider that takes a while
and sometimes fails."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from headsup.contracts.catalogue import Audience
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import (
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
    Reason,
)
from headsup.contracts.replies import ANSWERS
from headsup.shops.profile import ShopProfile, load_shops
from services.notifier.people import Address, Person
from services.notifier.plan import Circumstances, Planned, fall_back, plan
from services.notifier.render import CannotRenderError, Draft, Recipient, Renderer
from services.notifier.rendered import Rendered, RenderedEmail, RenderedTelegram
from tests.journeys.chance import Chance
from tests.journeys.story import Cast, Fate, Message

SHOPS: Final = Path("sandbox/shops")
_QUICK: Final = (timedelta(seconds=2), timedelta(minutes=3))
_BUSY: Final = (timedelta(minutes=3), timedelta(minutes=25))
_AWAY: Final = (timedelta(minutes=25), timedelta(minutes=45))
_WAITS: Final = {_QUICK: 0.93, _BUSY: 0.06, _AWAY: 0.01}
"""How long a message waits for its provider, and how often."""
_BETWEEN: Final = timedelta(seconds=1)
_FAILS: Final = 0.03
_FAILS_LATER: Final = 0.01
_NOBODY: Final = Person()


@cache
def shops() -> Mapping[str, ShopProfile]:
    """The demo's shops."""
    return load_shops(SHOPS)


@cache
def renderer_of(source: str) -> Renderer:
    """The texts of a shop."""
    texts = shops()[source].texts
    return Renderer.load(Path(texts) if texts else None)


class World(Protocol):
    """What the post needs of the journey that it is part of."""

    now: datetime

    def later(self, at: datetime, act: "Act") -> None:
        """Does something at a moment."""

    def hears(self, outcome: NotificationOutcome) -> None:
        """What became of a message gets back to the orders."""

    def got(self, message: Message) -> None:
        """What somebody got, or did not."""


class Act(Protocol):
    """Something to be done."""

    def __call__(self) -> None:
        """Does it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One message of a request on its way."""

    request_id: str
    subject: str
    request: NotificationRequested
    route: int
    address: Address
    language: str
    person: Person
    tried: frozenset[Channel] = frozenset()

    @property
    def id(self) -> str:
        """The name of the message."""
        return f"{self.request_id}.{self.route}.{len(self.tried)}"


@dataclass(slots=True)
class Post:
    """Plans, writes and brings messages."""

    cast: Cast
    chance: Chance
    world: World
    withdrawn: set[str] = field(default_factory=set)
    _asked_at: dict[str, datetime] = field(default_factory=dict)
    _free_at: dict[Channel, datetime] = field(default_factory=dict)
    """When the last message of the line is out: those of one order keep their order on each
    channel."""

    def takes(self, request_id: str, subject: str, request: NotificationRequested) -> None:
        """A request comes."""
        if request_id in self._asked_at:
            return
        self._asked_at[request_id] = self.world.now
        person = self._person(request.customer.id)
        spoken = renderer_of(self.cast.shop.source).languages
        around = Circumstances(
            shop=self.cast.shop, person=person, spoken=spoken, can_be_stopped=True
        )
        planned = plan(request, around, self.world.now)
        if not isinstance(planned, Planned):
            is_old = planned.reason is Reason.STALE
            fate = Fate.DROPPED if is_old else Fate.UNREACHABLE
            self.world.got(self._message(request_id, subject, request, fate))
            status = OutcomeStatus.EXPIRED if is_old else OutcomeStatus.SUPPRESSED
            self._tell(request_id, request, status, reason=planned.reason)
            return
        for one in planned.notifications:
            letter = Letter(
                request_id=request_id,
                subject=subject,
                request=request,
                route=one.route,
                address=one.address,
                language=planned.language,
                person=person,
            )
            self._later(letter)

    def _person(self, customer_id: str) -> Person:
        for entry in self.cast.address_book:
            if entry.customer_id == customer_id:
                return Person(entry=entry)
        return _NOBODY

    def _later(self, letter: Letter) -> None:
        span = self.chance.span(*self.chance.weighted(_WAITS))
        channel = letter.address.channel
        at = max(self.world.now + span, self._free_at.get(channel, self.world.now) + _BETWEEN)
        self._free_at[channel] = at
        self.world.later(at, lambda: self._brings(letter))

    def _brings(self, letter: Letter) -> None:
        if letter.request_id in self.withdrawn:
            self._ends(letter, Fate.DROPPED, OutcomeStatus.WITHDRAWN, Reason.SUPERSEDED)
        elif letter.request.expires_at <= self.world.now:
            self._ends(letter, Fate.DROPPED, OutcomeStatus.EXPIRED, Reason.STALE)
        elif self.chance.happens(_FAILS):
            self._fails(letter)
        elif self.chance.happens(_FAILS_LATER):
            self._tell(letter.request_id, letter.request, OutcomeStatus.SENT, letter=letter)
            after = self.world.now + self.chance.span(*_QUICK)
            self.world.later(after, lambda: self._fails(letter, Reason.UNDELIVERED))
        else:
            self._sends(letter)

    def _fails(self, letter: Letter, reason: Reason = Reason.GAVE_UP) -> None:
        tried = letter.tried | {letter.address.channel}
        around = Circumstances(shop=self.cast.shop, person=letter.person, spoken=frozenset())
        next_one = fall_back(letter.request, letter.route, tried, around, self.world.now)
        fate = Fate.FAILED if next_one is None else Fate.DROPPED
        self._ends(letter, fate, OutcomeStatus.FAILED, reason)
        if next_one is not None:
            self._later(replace(letter, address=next_one.address, tried=tried))

    def _sends(self, letter: Letter) -> None:
        try:
            written = self._written(letter)
        except CannotRenderError as error:
            message = self._message(letter.request_id, letter.subject, letter.request, Fate.BROKEN)
            self.world.got(replace(message, text=str(error)))
            self._tell(
                letter.request_id, letter.request, OutcomeStatus.SUPPRESSED, Reason.CANNOT_RENDER
            )
            return
        message = self._message(letter.request_id, letter.subject, letter.request, Fate.SENT)
        self.world.got(
            replace(
                message,
                route=letter.route,
                channel=letter.address.channel,
                text=_text_of(written),
            )
        )
        self._tell(letter.request_id, letter.request, OutcomeStatus.SENT, letter=letter)
        self._tell(letter.request_id, letter.request, OutcomeStatus.DELIVERED, letter=letter)

    def _written(self, letter: Letter) -> Rendered:
        request = letter.request
        question = request.content.question
        answers = (
            {each: f"https://a.example/{each}" for each in ANSWERS[question]} if question else None
        )
        customer, entry = request.customer, letter.person.entry
        recipient = Recipient(
            name=(entry.name if entry else None) or customer.name,
            language=letter.language,
            time_zone=(entry.time_zone if entry else None) or customer.time_zone,
        )
        draft = Draft(
            notification_id=letter.id,
            request=request,
            recipient=recipient,
            channel=letter.address.channel,
            address=letter.address.value,
            shop=self.cast.shop,
            now=self.world.now,
            answers=answers,
        )
        return renderer_of(self.cast.shop.source).render(draft)

    def _ends(self, letter: Letter, fate: Fate, status: OutcomeStatus, reason: Reason) -> None:
        message = self._message(letter.request_id, letter.subject, letter.request, fate)
        self.world.got(replace(message, route=letter.route))
        self._tell(letter.request_id, letter.request, status, reason, letter=letter)

    def _tell(
        self,
        request_id: str,
        request: NotificationRequested,
        status: OutcomeStatus,
        reason: Reason | None = None,
        *,
        letter: Letter | None = None,
    ) -> None:
        """The outcome gets back a little later."""
        outcome = NotificationOutcome(
            request_id=request_id,
            order_id=request.order_id,
            customer_id=request.customer.id,
            kind=request.kind,
            status=status,
            at=self.world.now,
            notification_id=letter.id if letter else None,
            channel=letter.address.channel if letter else None,
            reason=reason,
        )
        after = self.world.now + self.chance.span(timedelta(seconds=1), timedelta(seconds=90))
        self.world.later(after, lambda: self.world.hears(outcome))

    def _message(
        self, request_id: str, subject: str, request: NotificationRequested, fate: Fate
    ) -> Message:
        return Message(
            at=self.world.now,
            asked_at=self._asked_at[request_id],
            request_id=request_id,
            kind=request.kind,
            subject=subject,
            to=_hearer(self.cast, request),
            content=request.content,
            happened_at=request.happened_at,
            route=0,
            fate=fate,
        )


def _hearer(cast: Cast, request: NotificationRequested) -> Audience:
    is_other = cast.recipient is not None and request.customer.id == cast.recipient.id
    return Audience.RECIPIENT if is_other else Audience.BUYER


def _text_of(written: Rendered) -> str:
    if isinstance(written, RenderedEmail):
        return f"{written.subject}\n{written.text}"
    return written.html if isinstance(written, RenderedTelegram) else written.text
