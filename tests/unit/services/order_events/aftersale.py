"""Random lives of an order after its delivery: what goes back, is repaired, is asked."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from headsup.contracts.envelope import Event
from headsup.contracts.replies import ANSWERS, Question
from headsup.contracts.shop import Inspection, ReturnRefusal
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

_HOURS = st.integers(0, 24 * 12).map(lambda hours: o.MONDAY + hours * o.HOUR)
_DAY = st.integers(1, 14).map(lambda days: (o.MONDAY + timedelta(days=days)).date())
_MAYBE_DAY = st.none() | _DAY
_CODE = st.none() | st.sampled_from(["QR-1", "QR-2"])
_RETURN = st.sampled_from(["B1", "B1", "B2"])
_MONEY = st.none() | st.just(o.UAH_100)

_RETURNS = st.one_of(
    st.builds(o.ask_to_return, _HOURS),
    st.builds(o.accept_return, _HOURS, send_by=_DAY, code=_CODE, refund=_MONEY),
    st.builds(a.refuse_return, _HOURS, reason=st.sampled_from(ReturnRefusal)),
    st.builds(a.ask_back, _HOURS),
    st.builds(a.label_return, _HOURS, code=_CODE),
    st.builds(a.fail_label, _HOURS),
    st.builds(a.send_back, _HOURS, return_id=_RETURN),
    st.builds(a.get_back, _HOURS, return_id=_RETURN, decide_by=_MAYBE_DAY),
    st.builds(
        a.look_at_return,
        _HOURS,
        result=st.sampled_from(Inspection),
        refund=_MONEY,
        refund_by=_MAYBE_DAY,
    ),
    st.builds(a.exchange, _HOURS),
    st.builds(a.give_up_return, _HOURS),
    st.builds(o.refund, _HOURS, return_id=st.none() | _RETURN),
)
_REPAIRS = st.one_of(
    st.builds(a.take_in, _HOURS, ready_by=_MAYBE_DAY),
    st.builds(a.examine, _HOURS, result_by=_MAYBE_DAY),
    st.builds(a.repair, _HOURS),
)
_ANSWERS = st.sampled_from(Question).flatmap(
    lambda question: st.builds(
        o.replied,
        _HOURS,
        st.sampled_from(["0" * 32, "1" * 32]),
        st.just(question),
        st.sampled_from(ANSWERS[question]),
    )
)
"""To questions of which nobody knows any more."""
_QUESTIONS = st.one_of(
    st.builds(a.ask, _HOURS, is_complaint=st.booleans(), answer_by=st.none() | _HOURS),
    st.builds(a.answer, _HOURS),
    st.builds(a.settle, _HOURS),
    _ANSWERS,
)
AFTERSALE = _RETURNS | _RETURNS | _REPAIRS | _QUESTIONS


def aftersale_journeys() -> st.SearchStrategy[list[Event[Any]]]:
    """An order that was delivered on the day it was placed, and up to nine events after that."""
    rest = st.lists(AFTERSALE, max_size=9, unique_by=lambda event: event.id)
    arrived = [o.placed_and_paid(), o.handed_over(o.MONDAY + o.HOUR)]
    return rest.map(lambda others: sorted([*arrived, *others], key=lambda e: (e.time, e.id)))
