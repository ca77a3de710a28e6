"""Everything that the world may call here; nothing while it cannot reach us."""

from starlette.routing import BaseRoute

from services.notifier.answers import AnswerLinks
from services.notifier.settings import (
    TWILIO_INBOUND_PATH,
    TWILIO_STATUS_PATH,
    NotifierSettings,
)
from services.notifier.web.answer_page import Pages
from services.notifier.web.answers import AnswerDesk, answer_routes
from services.notifier.web.callers import Callers, telegram_desk
from services.notifier.web.chat_link import ChatLinkDesk, chat_link_routes
from services.notifier.web.preference_page import PreferencePages
from services.notifier.web.preferences import PreferenceDesk, preference_routes
from services.notifier.web.short_link import ShortLinkDesk, short_link_route
from services.notifier.web.stop import StopDesk, stop_routes
from services.notifier.web.stop_page import StopPages
from services.notifier.web.telegram import TelegramHook, telegram_route
from services.notifier.web.twilio import status_route
from services.notifier.web.twilio_inbound import InboundDesk, inbound_route
from services.notifier.web.twilio_trust import Trust

__all__ = ["Callers", "routes"]


def routes(settings: NotifierSettings, callers: Callers) -> list[BaseRoute]:
    """The routes, as far as the settings want them."""
    if settings.public_url is None:
        return []
    trust = _trust(settings, TWILIO_STATUS_PATH)
    status = status_route(trust, callers.incoming.receipts, callers.reports)
    links, stops = settings.asking.links, settings.stops
    if links is None or stops is None:
        return [status]
    pages = StopPages(settings.voices)
    desk = StopDesk(
        links=stops,
        stops=callers.incoming.stops,
        pages=pages,
        shops=settings.shops,
        metrics=callers.stops,
        clock=settings.common.clock,
        preferences=settings.page_links.preferences if settings.page_links else None,
    )
    return [
        status,
        *stop_routes(desk),
        *_short_links(settings, callers, pages),
        *_answers(settings, callers, links),
        *_telegram(settings, callers),
        *_preferences(settings, callers),
    ]


def _short_links(settings: NotifierSettings, callers: Callers, pages: StopPages) -> list[BaseRoute]:
    links = settings.short_links
    if links is None:
        return []
    desk = ShortLinkDesk(links=links, stops=callers.incoming.stops, pages=pages)
    return [short_link_route(desk)]


def _answers(settings: NotifierSettings, callers: Callers, links: AnswerLinks) -> list[BaseRoute]:
    replies, metrics = callers.incoming.replies, callers.answers
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
        whatsapp=settings.providers.whatsapp_accounts,
        replies=replies,
        metrics=metrics,
        has_words_at_twilio=settings.answers.words_at_twilio,
    )
    return [*answer_routes(pages), inbound_route(inbound)]


def _telegram(settings: NotifierSettings, callers: Callers) -> list[BaseRoute]:
    found: list[BaseRoute] = []
    secret, desk = settings.answers.telegram_secret, telegram_desk(settings, callers)
    if secret is not None and desk is not None:
        found.append(telegram_route(TelegramHook(secret=secret, desk=desk)))
    links, bot = settings.answers.chat_links(settings.public_url), settings.answers.telegram_bot
    if links is not None and bot is not None:
        page = ChatLinkDesk(
            links=links,
            bot=bot,
            queue=callers.incoming.bot,
            voices=settings.voices,
            shops=settings.shops,
            clock=settings.common.clock,
            metrics=callers.bot,
        )
        found += chat_link_routes(page)
    return found


def _preferences(settings: NotifierSettings, callers: Callers) -> list[BaseRoute]:
    links, usable = settings.page_links, settings.providers.channels
    if links is None:
        return []
    desk = PreferenceDesk(
        links=links.preferences,
        preferring=callers.incoming.preferring,
        pages=PreferencePages(settings.voices, usable),
        shops=settings.shops,
        voices=settings.voices,
        usable=usable,
        clock=settings.common.clock,
        metrics=callers.preferences,
    )
    return [*preference_routes(desk)]


def _trust(settings: NotifierSettings, path: str) -> Trust:
    accounts = settings.providers.twilio_accounts.values()
    tokens = {account.sid: account.auth_token for account in accounts}
    return Trust(address=f"{settings.public_url}{path}", tokens=tokens)
