"""What all lanes share, and what they hand around."""

from dataclasses import dataclass

from headsup.clock import Clock
from headsup.health import Health
from headsup.tracing import OFF, Tracing
from services.notifier.answers import Asking
from services.notifier.attempts import Claimed
from services.notifier.bot.links import HumanPresses
from services.notifier.claims import Claims
from services.notifier.decide import Policy
from services.notifier.metrics import SendingMetrics
from services.notifier.pacing import Paces
from services.notifier.page_links import PageLinks
from services.notifier.results import Results
from services.notifier.settings import Patience
from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks
from services.notifier.voices import Voices
from services.notifier.wakes import Wakes


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all lanes share."""

    claims: Claims
    results: Results
    voices: Voices
    asking: Asking
    stops: StopLinks | None
    """Where marketing is stopped; None where it cannot be, and none is sent."""
    short_links: ShortLinks | None
    """None where `stops` is."""
    pages: PageLinks | None
    """What messages lead to; None where nobody could open it."""
    humans: HumanPresses | None = None
    """Buttons in Telegram that call a person; None where nobody hears them."""
    policy: Policy
    clock: Clock
    wakes: Wakes
    metrics: SendingMetrics
    paces: Paces
    health: Health
    patience: Patience
    tracing: Tracing = OFF


@dataclass(slots=True, eq=False)
class Leased:
    """A claimed notification at hand. The times are the event loop's, in seconds."""

    claimed: Claimed
    at: float
    """When its claim began: the lease runs since then at most."""
    looked_at: float
    """When the truth about it was read."""
    is_lost: bool = False
    """Somebody else took it over, it ended without us, or it is known to be sent."""
    was_called: bool = False
    """From here on the provider may have it."""
    context: str | None = None
    """What its call hangs on in a trace; after it, the call's own. None where none is recorded."""
