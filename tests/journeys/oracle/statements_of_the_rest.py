"""Whether what a message says of papers, labels and answers was so when it was sent."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Standing
from headsup.contracts.replies import Answer
from tests.journeys.oracle.view import View
from tests.journeys.story import Message

Check = Callable[[View, Message], str]

_LABELS: Final = (shop.ReturnLabelReady, shop.ReturnLabelFailed)
_HELD_UP: Final = timedelta(hours=1)


def _said_last(kind: type[Any], among: tuple[type[Any], ...]) -> Check:
    """The last report of these on the subject is of this kind."""

    def check(view: View, message: Message) -> str:
        thing = view.reading.things.get(message.subject)
        word = thing.last(*among) if thing else None
        data = word.event.data if word else None
        return "" if isinstance(data, kind) else f"the last word is {type(data).__name__}"

    return check


def _may_return(view: View, message: Message) -> str:
    """The right to send it back has not ended."""
    last = message.content.return_until
    is_over = last is None or last < view.day(message.at - _HELD_UP)
    return f"it could be sent back until {last}" if is_over else ""


def _complained(view: View, message: Message) -> str:
    """Whom we tell that they told us that something is wrong did tell us."""
    if message.content.standing is not Standing.COMPLAINED:
        return ""
    has_said_no = any(reply.event.data.answer is Answer.NO for reply in view.reading.replies)
    return "" if has_said_no else "nobody said that something is wrong"


CHECKS: Final[Mapping[Kind, Check]] = {
    Kind.ORDER_DOWNLOAD_READY: _said_last(shop.DownloadReady, (shop.DownloadReady,)),
    Kind.ORDER_RECALL: _said_last(shop.OrderRecalled, (shop.OrderRecalled,)),
    Kind.ORDER_NO_NEWS: _complained,
    Kind.RETURN_LABEL_READY: _said_last(shop.ReturnLabelReady, _LABELS),
    Kind.RETURN_LABEL_FAILED: _said_last(shop.ReturnLabelFailed, _LABELS),
    Kind.RETURN_EXCHANGE_SENT: _said_last(shop.ExchangeSent, (shop.ExchangeSent,)),
    Kind.RETURN_WINDOW_CLOSING: _may_return,
}
