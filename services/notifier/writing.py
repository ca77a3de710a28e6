"""Claimed notifications become messages. One that cannot be written is set aside; when none can be
written any more, the fault is ours, and the channel rests."""

import random
from dataclasses import replace
from datetime import datetime

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.shops.profile import ShopProfile
from services.notifier import attempts
from services.notifier.attempts import Claimed, Moment, Result
from services.notifier.desk import Desk
from services.notifier.page_links import Ways
from services.notifier.render import CannotRenderError, Draft, NoTemplateError, Recipient, Stop
from services.notifier.rendered import Rendered
from services.notifier.rest import Rest, Streak
from services.notifier.stopping import is_marketing


class Writing:
    """One channel's."""

    def __init__(self, channel: Channel, desk: Desk) -> None:
        self._channel = channel
        self._desk = desk
        self._texts = f"{channel} texts"
        self._rest = Rest()
        self._broken = Streak()

    def left(self, now: float) -> float:
        """Seconds until it is worth trying; 0 when it is."""
        return self._rest.left(now)

    def write(self, claimed: Claimed, now: float) -> Rendered | Result:
        """The message, or what becomes of a notification that has none. Written again while it is
        in doubt, it says the same: it is written for the same moment."""
        shop = self._desk.policy.shops.get(claimed.source)
        if shop is None:
            return attempts.suppressed(claimed, Reason.UNKNOWN_SHOP, self._desk.clock.now())
        if is_marketing(claimed.request.kind) and self._desk.stops is None:
            # It was planned when there was a way to stop it.
            return attempts.suppressed(claimed, Reason.BAD_CONFIGURATION, self._desk.clock.now())
        try:
            message = self._desk.voices.of(shop.source).render(
                self._draft(claimed, shop, claimed.written_at)
            )
        except NoTemplateError as error:
            lacking = attempts.suppressed(
                claimed, Reason.NO_TEMPLATE, self._desk.clock.now(), error.variable
            )
            return replace(lacking, falls_back=not claimed.in_doubt)
        except CannotRenderError as error:
            logs.logger().error(
                "a text lacks something",
                kind=error.kind,
                language=error.language,
                variable=error.variable,
            )
            at = self._desk.clock.now()
            return attempts.suppressed(claimed, Reason.CANNOT_RENDER, at, error.variable)
        except Exception as error:  # noqa: BLE001 - recorded as the reason; it is tried again
            return self._broke(claimed, error, now)
        self._broken.over()
        self._rest.over()
        self._desk.health.has(self._texts)
        return message

    def _draft(self, claimed: Claimed, shop: ShopProfile, now: datetime) -> Draft:
        asking, question = self._desk.asking, claimed.request.content.question
        channel = claimed.address.channel
        customer, entry = claimed.request.customer, claimed.person.entry
        recipient = Recipient(
            name=(entry.name if entry else None) or customer.name,
            language=claimed.language,
            time_zone=(entry.time_zone if entry else None) or customer.time_zone,
        )
        return Draft(
            notification_id=claimed.id,
            request=claimed.request,
            recipient=recipient,
            channel=channel,
            address=claimed.address.value,
            shop=shop,
            now=now,
            dated=claimed.planned_at,
            answers=asking.answers(claimed.request_id, question, channel, claimed.sender),
            presses=asking.presses(claimed.request_id, question, channel),
            human=self._human(claimed),
            stop=self._stop(claimed),
            short_url=self._short_url(claimed),
            ways=self._ways(claimed),
            may_talk=claimed.address.key in claimed.person.talks,
        )

    def _human(self, claimed: Claimed) -> str | None:
        humans, is_chat = self._desk.humans, claimed.address.channel is Channel.TELEGRAM
        return humans.of(claimed.number) if humans and is_chat else None

    def _stop(self, claimed: Claimed) -> Stop | None:
        """How one gets no more of it; None where it is part of the contract."""
        stops, number = self._desk.stops, claimed.number
        if stops is None or not is_marketing(claimed.request.kind):
            return None
        is_pressed = claimed.address.channel is Channel.TELEGRAM and self._desk.asking.has_buttons
        return Stop(url=stops.of(number), press=stops.press_of(number) if is_pressed else None)

    def _ways(self, claimed: Claimed) -> Ways | None:
        """The same however often it is written: they count from when it was planned."""
        if self._desk.pages is None:
            return None
        has_order = claimed.request.order_id is not None
        return self._desk.pages.of(claimed.number, claimed.planned_at, has_order=has_order)

    def _short_url(self, claimed: Claimed) -> str | None:
        """Only of what must not be sent without its link."""
        links = self._desk.short_links
        return links.of(claimed.number) if links and is_marketing(claimed.request.kind) else None

    def _broke(self, claimed: Claimed, error: Exception, now: float) -> Result:
        logs.logger().error("rendering broke", kind=claimed.request.kind, error=error)
        self._desk.metrics.rendering_broke(self._channel, claimed.request.kind)
        code = type(error).__name__
        if self._broken.broke(claimed.request_id):
            self._desk.health.lacks(self._texts, "no message can be written")
            self._lie_down(code, now)
        clock = self._desk.clock
        moment = Moment(
            at=clock.now(),
            left=clock.seconds_until(claimed.request.expires_at),
            chance=random.random(),  # noqa: S311 - spreads retries, guards nothing
            pause=self._rest.left(now),
        )
        return attempts.broke(claimed, code, moment)

    def _lie_down(self, code: str, now: float) -> None:
        if self._rest.begin(now):
            logs.logger().error(
                "the channel rests: the fault is ours",
                channel=self._channel,
                reason=Reason.CANNOT_RENDER,
                code=code,
                seconds=self._rest.left(now),
            )
