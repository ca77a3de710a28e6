"""Everything that the world may call here; nothing while it cannot reach us."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.answers import AnswerLinks
from services.notifier.channels.telegram_buttons import Buttons
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.settings import (
    TWILIO_INBOUND_PATH,
    TWILIO_STATUS_PATH,
    NotifierSettings,
)
from services.notifier.stop_metrics import StopMetrics
from services.notifier.web.answer_page import Pages
from services.notifier.web.answers import AnswerDesk, answer_routes
from services.notifier.web.short_link import ShortLinkDesk, short_link_route
from services.notifier.web.stop import StopDesk, stop_routes
from services.notifier.web.stop_button import StopButton
from services.notifier.web.stop_page import StopPages
from services.notifier.web.telegram import TelegramDesk, telegram_route
from services.notifier.web.twilio import status_route
from services.notifier.web.twilio_inbound import InboundDesk, inbound_route
from services.notifier.web.twilio_trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """What those who call us leave their word with."""

    incoming: Incoming
    reports: ReceiptMetrics
    registry: CollectorRegistry
    buttons: Buttons | None = None
    """Telegram's; None where it tells us nothing."""


def routes(settings: NotifierSettings, callers: Callers) -> list[BaseRoute]:
    """The routes, as far as the settings want them."""
    if settings.public_url is None:
        return []
    trust = _trust(settings, TWILIO_STATUS_PATH)
    status = status_route(trust, callers.incoming.receipts, callers.reports)
    links, stops = settings.asking.links, settings.stops
    if links is None or stops is None:
        return [status]
    metrics = StopMetrics(callers.registry)
    pages = StopPages(settings.voices)
    desk = StopDesk(
        links=stops,
        stops=callers.incoming.stops,
        pages=pages,
        shops=settings.shops,
        metrics=metrics,
    )
    button = StopButton(
        links=stops,
        stops=callers.incoming.stops,
        voices=settings.voices,
        shops=settings.shops,
        metrics=metrics,
    )
    return [
        status,
        *stop_routes(desk),
        *_short_links(settings, callers, pages),
        *_answers(settings, callers, links, button),
    ]


def _short_links(settings: NotifierSettings, callers: Callers, pages: StopPages) -> list[BaseRoute]:
    links = settings.short_links
    if links is None:
        return []
    desk = ShortLinkDesk(links=links, stops=callers.incoming.stops, pages=pages)
    return [short_link_route(desk)]


def _answers(
    settings: NotifierSettings, callers: Callers, links: AnswerLinks, stop: StopButton
) -> list[BaseRoute]:
    replies, metrics = callers.incoming.replies, AnswerMetrics(callers.registry)
    pages = AnswerDesk(
        links=links,
        replies=replies,
        pages=Pages(settings.voices),
        shops=settings.shops,
        metrics=metrics,
    )
    inbound = InboundDesk(
        trust=_trust(settings, TWILIO_INBOUND_PATH),
        accounts=settings.providers.twilio_accounts,
        replies=replies,
        metrics=metrics,
    )
    found: list[BaseRoute] = [*answer_routes(pages), inbound_route(inbound)]
    if settings.answers.telegram_secret is not None and callers.buttons is not None:
        telegram = TelegramDesk(
            secret=settings.answers.telegram_secret,
            replies=replies,
            buttons=callers.buttons,
            voices=settings.voices,
            metrics=metrics,
            stop=stop,
        )
        found.append(telegram_route(telegram))
    return found


def _trust(settings: NotifierSettings, path: str) -> Trust:
    accounts = settings.providers.twilio_accounts.values()
    tokens = {account.sid: account.auth_token for account in accounts}
    return Trust(address=f"{settings.public_url}{path}", tokens=tokens)
