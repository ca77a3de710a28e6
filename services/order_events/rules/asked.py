"""Which of our rules have anything to judge of an order. Most orders have no return, no ticket and
no repair: nobody asks for them. Which facts there are decides that, and not what they say."""

from collections.abc import Hashable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final, TypeAlias

from services.order_events.rules.base import Case, Rule, Subjects
from services.order_events.rules.parcels import shape_of
from services.order_events.rules.table import RULES

Runs: TypeAlias = tuple[tuple[Subjects, tuple[Rule, ...]], ...]
"""Rules in the order in which they speak, those together that follow each other and judge the
same."""


def asked_of(case: Case, rules: Sequence[Rule]) -> Runs:
    """The rules that may have anything to judge; other rules than ours: all."""
    if rules is not RULES:
        return _runs(rules)
    kept = _of_shape(shape_of(case.facts))
    if not kept:
        kept.append(tuple(run for run in _OURS if _may_judge(run[1][0], case)))
    return kept[0]


@lru_cache(maxsize=1000)
def _of_shape(_shape: Hashable) -> list[Runs]:
    """Where is kept what is asked of facts of this shape."""
    return []


def _may_judge(rule: Rule, case: Case) -> bool:
    """Also what judges something else than facts: nobody knows yet whether there will be any."""
    return type(rule) is not Rule or any(True for _ in rule.subjects_in(case))


def _runs(rules: Sequence[Rule]) -> Runs:
    return tuple((asked, tuple(each)) for asked, each in groupby(rules, lambda rule: rule.subjects))


_OURS: Final = _runs(RULES)
