"""Whether an order is in trouble: late, lost, on its way back, complained of. Pure.

While it is, nobody asks its customer for a review, and marketing to them waits.
"""

from headsup.contracts.replies import Answer
from services.order_events.rules.base import Case
from services.order_events.rules.return_stage import Stage, standing_of

_OPEN_RETURN = frozenset(Stage) - {Stage.REJECTED, Stage.INSPECTED}
_BAD_NEWS = frozenset({Answer.NO, Answer.CANCEL})


def in_trouble(case: Case) -> bool:
    """Whether the order is in trouble now."""
    facts = case.facts
    returns = (standing_of(each) for each in facts.returns.values())
    if any(each and each.stage in _OPEN_RETURN for each in returns):
        return True
    tickets = (each for each in facts.tickets.values() if each.is_open and each.opened)
    if any(each.opened.value.is_complaint for each in tickets if each.opened):
        return True
    return any(each.value.answer in _BAD_NEWS for each in facts.replies.values())
