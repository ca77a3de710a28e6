"""Our own rules, in a table: each looks at all objects of an overlay and says what is wrong."""

from collections.abc import Callable, Iterable
from typing import Final

from deploy.check.kafka import kafka_is_reached_safely
from deploy.check.lasting import nodes_can_be_drained, pods_are_spread, scalers_can_scale
from deploy.check.manifests import Manifests
from deploy.check.network import (
    policies_let_through_what_is_needed,
    policies_name_whom_they_let_through,
)
from deploy.check.pods import (
    ends_are_awaited,
    images_are_pinned,
    limits_are_set,
    pods_are_restricted,
    probes_tell_the_truth,
    whoever_is_called_waits_for_the_callers,
)
from deploy.check.queries import queries_find_something
from deploy.check.references import (
    addresses_are_their_own,
    names_lead_somewhere,
    namespaces_are_restricted,
    selectors_find_pods,
    store_makes_what_is_needed,
)
from deploy.check.settings import settings_agree
from deploy.check.topics import topics_are_declared
from deploy.check.values import values_are_understood

Rule = Callable[[Manifests], Iterable[str]]

RULES: Final[tuple[Rule, ...]] = (
    limits_are_set,
    pods_are_restricted,
    probes_tell_the_truth,
    ends_are_awaited,
    whoever_is_called_waits_for_the_callers,
    images_are_pinned,
    settings_agree,
    values_are_understood,
    kafka_is_reached_safely,
    names_lead_somewhere,
    addresses_are_their_own,
    store_makes_what_is_needed,
    selectors_find_pods,
    nodes_can_be_drained,
    pods_are_spread,
    scalers_can_scale,
    policies_let_through_what_is_needed,
    policies_name_whom_they_let_through,
    namespaces_are_restricted,
    topics_are_declared,
    queries_find_something,
)
