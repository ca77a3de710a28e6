"""The senders that the settings name: one for each channel, and a second where there is one."""

from typing import Any

from headsup.contracts.channels import Channel
from services.notifier.channels import (
    PRIMARY,
    SECONDARY,
    EmailSender,
    PoolLimits,
    Sender,
    SmsSender,
    TelegramSender,
    TextsIn,
    TwilioTextsIn,
)
from services.notifier.settings import NotifierSettings


def configured_senders(settings: NotifierSettings) -> list[Sender[Any]]:
    """Every channel's, the primary one first. Make them inside the running loop; whoever made them
    closes them."""
    return [*_mail(settings), *_sms(settings), *_telegram(settings)]


def configured_texts_in(settings: NotifierSettings) -> list[TextsIn]:
    """The lists of text messages to those senders whose replies are heard. Make them inside the
    running loop; whoever made them closes them."""
    providers, hearing = settings.providers, settings.asking.hearing
    return [
        TwilioTextsIn(
            account,
            name=name,
            api_url=providers.twilio_api_urls[name],
            timeout=settings.patience.send,
        )
        for name, account in providers.twilio_accounts.items()
        if name in hearing
    ]


def _mail(settings: NotifierSettings) -> list[Sender[Any]]:
    providers = settings.providers
    servers = {PRIMARY: providers.smtp, SECONDARY: providers.smtp_secondary}
    return [
        EmailSender(
            server,
            name=name,
            local_hostname=providers.smtp_hostname,
            limits=PoolLimits(size=providers.connections[Channel.EMAIL]),
            timeout=settings.patience.send,
            return_path=settings.bounces.path,
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
