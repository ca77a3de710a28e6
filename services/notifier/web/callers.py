"""What those who call us leave their word with, and what operators see of it: each counter once."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.bot.desk import TelegramDesk
from services.notifier.bot.metrics import BotMetrics
from services.notifier.channels.telegram_buttons import Buttons
from services.notifier.preference_metrics import PreferenceMetrics
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.settings import NotifierSettings
from services.notifier.stop_metrics import StopMetrics
from services.notifier.web.stop_button import StopButton


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """What those who call us leave their word with."""

    incoming: Incoming
    reports: ReceiptMetrics
    registry: CollectorRegistry
    buttons: Buttons | None = None
    """Telegram's; None where it tells us nothing."""
    answers: AnswerMetrics = field(init=False)
    stops: StopMetrics = field(init=False)
    bot: BotMetrics = field(init=False)
    preferences: PreferenceMetrics = field(init=False)

    def __post_init__(self) -> None:
        """Registers what is counted."""
        object.__setattr__(self, "answers", AnswerMetrics(self.registry))
        object.__setattr__(self, "stops", StopMetrics(self.registry))
        object.__setattr__(self, "bot", BotMetrics(self.registry))
        object.__setattr__(self, "preferences", PreferenceMetrics(self.registry))


def stop_button(settings: NotifierSettings, callers: Callers) -> StopButton | None:
    """Telegram's button that stops marketing; None where there is no marketing."""
    if settings.stops is None:
        return None
    return StopButton(
        links=settings.stops,
        stops=callers.incoming.stops,
        voices=settings.voices,
        shops=settings.shops,
        metrics=callers.stops,
    )


def telegram_desk(settings: NotifierSettings, callers: Callers) -> TelegramDesk | None:
    """Where updates of Telegram's are heard, whoever brings them; None where nobody does."""
    if callers.buttons is None:
        return None
    return TelegramDesk(
        replies=callers.incoming.replies,
        bot=callers.incoming.bot,
        buttons=callers.buttons,
        voices=settings.voices,
        answers=callers.answers,
        metrics=callers.bot,
        stop=stop_button(settings, callers),
    )
