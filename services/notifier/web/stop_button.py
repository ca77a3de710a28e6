"""The button of Telegram's under marketing: one press, and there is no more of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from headsup.shops.profile import ShopProfile
from services.notifier.render.stop_words import StopWords
from services.notifier.rendered import Button
from services.notifier.stop_metrics import StopMetrics
from services.notifier.stopping import Marketed, StopLinks
from services.notifier.stops import Stop, Stopped, Stops
from services.notifier.voices import Voices


@dataclass(frozen=True, slots=True, kw_only=True)
class StopButton:
    """What a press of it works with."""

    links: StopLinks
    stops: Stops
    voices: Voices
    shops: Mapping[str, ShopProfile]
    metrics: StopMetrics

    async def pressed(self, number: int, chat: str) -> Stopped:
        """It was pressed under this message in this chat. Raises NotTakenError."""
        stopped = await self.stops.take(Stop(number, chat))
        self.metrics.heard(stopped)
        return stopped

    def said(self, stopped: Stopped) -> str:
        """What is shown for a moment; nothing to whom it does not concern."""
        message = stopped.message
        shop = self.shops.get(message.source) if message else None
        return self._words(message).in_a_chat(shop.name) if message and shop else ""

    def marked(self, stopped: Stopped, mark: str) -> Button | None:
        """The button as it looks from now on; None where it stays as it is."""
        message = stopped.message
        if message is None:
            return None
        label, press = mark + self._words(message).link, self.links.press_of(message.number)
        return Button(label=label, url="", press=press)

    def _words(self, message: Marketed) -> StopWords:
        return self.voices.of(message.source).texts_in(message.language)[1].stop
