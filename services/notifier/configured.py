"""The senders that the settings name: one for each channel, and a second where there is one."""

from typing import Any

from headsup.contracts.channels import Channel
from services.notifier.channels import (
    PRIMARY,
    SECONDARY,
    EmailSender,
    Letters,
    PoolLimits,
    Sender,
    SmsSender,
    TelegramSender,
    TextsIn,
    TwilioMessages,
    TwilioTextsIn,
    WhatsAppSender,
)
from services.notifier.settings import NotifierSettings


def configured_senders(settings: NotifierSettings) -> list[Sender[Any]]:
    """Every channel's, the primary one first. Make them inside the running loop; whoever made them
    closes them."""
    return [*_mail(settings), *_sms(settings), *_whatsapp(settings), *_telegram(settings)]


def configured_texts_in(settings: NotifierSettings) -> list[TextsIn]:
    """The lists of text messages to those senders whose replies are heard. Make them inside the
    running loop; whoever made them closes them."""
    providers, asking = settings.providers, settings.asking
    found: list[TextsIn] = [
        TwilioTextsIn(
            account,
            name=name,
            api_url=providers.twilio_api_urls[name],
            timeout=settings.patience.send,
        )
        for name, account in providers.twilio_accounts.items()
        if name in asking.hearing
    ]
    if providers.whatsapp is not None and asking.links is not None:
        whatsapp = TwilioTextsIn(
            providers.whatsapp,
            name=Channel.WHATSAPP,
            channel=Channel.WHATSAPP,
            api_url=providers.twilio_api_url,
            timeout=settings.patience.send,
        )
        found.append(whatsapp)
    return found


def configured_reports(settings: NotifierSettings) -> dict[str, TwilioMessages]:
    """Who is asked what became of a message, by our name for the sender; that of WhatsApp messages
    is of the same account as one of text messages. Make them inside the running loop; whoever made
    them closes them."""
    providers = settings.providers
    return {
        name: TwilioMessages(
            account, api_url=providers.twilio_api_urls[name], timeout=settings.patience.send
        )
        for name, account in providers.twilio_accounts.items()
    }


def _mail(settings: NotifierSettings) -> list[Sender[Any]]:
    providers = settings.providers
    servers = {PRIMARY: providers.smtp, SECONDARY: providers.smtp_secondary}
    letters = Letters(settings.bounces.path, settings.dkim)
    return [
        EmailSender(
            server,
            name=name,
            local_hostname=providers.smtp_hostname,
            limits=PoolLimits(size=providers.connections[Channel.EMAIL]),
            timeout=settings.patience.send,
            letters=letters,
        )
        for name, server in servers.items()
        if server is not None
    ]


def _sms(settings: NotifierSettings) -> list[Sender[Any]]:
    providers = settings.providers
    return [
        SmsSender(
            account,
            name=name,
            api_url=providers.twilio_api_urls[name],
            timeout=settings.patience.send,
            status_callback=settings.status_callback,
        )
        for name, account in providers.twilio_accounts.items()
    ]


def _whatsapp(settings: NotifierSettings) -> list[Sender[Any]]:
    providers = settings.providers
    if providers.whatsapp is None:
        return []
    return [
        WhatsAppSender(
            providers.whatsapp,
            api_url=providers.twilio_api_url,
            timeout=settings.patience.send,
            status_callback=settings.status_callback,
        )
    ]


def _telegram(settings: NotifierSettings) -> list[Sender[Any]]:
    providers = settings.providers
    ways = {
        PRIMARY: providers.telegram_api_url,
        SECONDARY: providers.telegram_secondary_api_url,
    }
    return [
        TelegramSender(
            providers.telegram_token,
            name=name,
            api_url=url,
            connections=providers.connections[Channel.TELEGRAM],
            timeout=settings.patience.send,
        )
        for name, url in ways.items()
        if url is not None
    ]
