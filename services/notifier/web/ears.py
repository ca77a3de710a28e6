"""Which way the bot hears of its chats, by the settings."""

from headsup.health import Health
from services.notifier.bot.listening import Commands, Polling, Registration
from services.notifier.channels.telegram_updates import Updates
from services.notifier.settings import TELEGRAM_PATH, NotifierSettings
from services.notifier.voices import Voices
from services.notifier.web.callers import Callers, telegram_desk


def ear_of(
    settings: NotifierSettings, callers: Callers, updates: Updates | None, health: Health
) -> Registration | Polling | None:
    """A loop that has Telegram call us, or asks it; None where the bot hears nothing."""
    desk, secret = telegram_desk(settings, callers), settings.answers.telegram_secret
    if updates is None or desk is None:
        return None
    commands = commands_in(settings.voices)
    if settings.answers.telegram_polls:
        return Polling(updates=updates, desk=desk, commands=commands, health=health)
    if secret is None:
        return None
    url = f"{settings.public_url}{TELEGRAM_PATH}"
    return Registration(updates=updates, url=url, secret=secret, commands=commands)


def commands_in(voices: Voices) -> Commands:
    """The commands in each language; English for everybody else."""
    common = voices.common
    words = {code: common.texts_in(code)[1].bot for code in sorted(common.languages)}
    listed = {code: each.buttons.commands for code, each in words.items()}
    return {"": listed[common.texts_in("en")[0]]} | listed
