"""What a provider was given, kept in the ledger while nobody knows how the call ended. Pure.

It is written between the claim and the call, so its absence says that there was no call; and a
provider is asked about these words, whatever our texts say by then. Mail does without: it goes
again as the same mail, and to write it down would cost each of them.
"""

from typing import Final

from headsup.contracts.channels import Channel
from services.notifier.attempts import Claimed
from services.notifier.rendered import Rendered, RenderedEmail, RenderedSms, RenderedTelegram

KEPT_ON: Final = frozenset({Channel.SMS, Channel.TELEGRAM})


def words_of(message: Rendered) -> str | None:
    """What is kept of it; None when nothing is."""
    match message:
        case RenderedSms():
            return message.text.replace("\0", "")  # PostgreSQL keeps none
        case RenderedTelegram():
            return message.html.replace("\0", "")
        case RenderedEmail():
            return None


def as_given(claimed: Claimed) -> RenderedSms | None:
    """The message to ask a provider about; None when it was never given to one."""
    if claimed.words is None:
        return None
    return RenderedSms(
        notification_id=claimed.id,
        to=claimed.address.value,
        text=claimed.words,
        segments=0,
        valid_for=0.0,
    )
