"""What so many orders a day need follows from what was measured, and deploy/k8s agrees with it."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import yaml

from deploy import sizing
from deploy.check.manifests import K8S
from deploy.sizing import Figures, Keeping, needs
from headsup.kafka.topics import PARTITIONS, topic_specs
from tests.support.each import each

FIGURES = Figures(
    events_a_second=1_000,
    mails_a_second=500,
    texts_a_second=100,
    messages=4,
    order=3_000,
    event=200,
    customer=1_000,
    message=2_000,
    wordless=1_500,
    loose=2,
    on_kafka=10_000,
)
KEEPING = Keeping(orders=100, events=10, words=50, ledger=150, people=100)
A_DAY = 86_400
BASES = {
    "order_events": "order-events/deployment.yaml",
    "notifier": "notifier/deployment.yaml",
    "cart_recovery": "cart-recovery/statefulset.yaml",
}


def test_the_busiest_minute_is_ten_times_the_average_one_and_two_are_the_least() -> None:
    found = needs(A_DAY, FIGURES, KEEPING)
    assert (found.events_at_peak, found.messages_at_peak) == (50, 40)
    assert (found.order_events, found.by_mail, found.by_text) == (2, 2, 2)
    assert found.partitions == PARTITIONS


def test_a_replica_is_asked_for_half_of_what_it_can_do() -> None:
    found = needs(10 * A_DAY, FIGURES, KEEPING)
    assert (found.order_events, found.by_mail, found.by_text) == (2, 2, 8)
    assert needs(16 * A_DAY, FIGURES, KEEPING).partitions == 2 * PARTITIONS


def test_connections_are_those_of_a_rollout() -> None:
    assert needs(A_DAY, FIGURES, KEEPING).connections == 3 * 8 + 3 * 11 + 2


def test_what_is_kept_is_added_up() -> None:
    found = needs(1_000_000, FIGURES, KEEPING)
    # An order, its customer, five events, four messages; thirty days, twice for the room between.
    assert found.month_gb == pytest.approx(30 * 2 * (3_000 + 1_000 + 5 * 200 + 4 * 2_000) / 1e3)
    messages = 4 * (50 * 2_000 + 100 * 1_500)
    assert found.full_gb == pytest.approx(2 * (100 * 4_000 + 10 * 1_000 + messages) / 1e3)
    assert found.kafka_gb == pytest.approx(14 * 3 * 10)


def test_what_is_kept_is_read_twenty_times_in_its_term() -> None:
    found = needs(A_DAY, FIGURES, KEEPING)
    # A day of one order a second: itself, its customer by two walks, five events; and all words of
    # fifty days with all messages of a hundred and fifty, in a twentieth of each.
    kept = 20 * (3_000 + 2 * 1_000 + 5 * 200)
    messages = 4 * (50 * 2_000 + 100 * 1_500)
    expected = 2 * (kept + 20 * (messages / 50 + messages / 150)) / 1e6
    assert found.read_mb == pytest.approx(expected)


def test_whoever_keeps_less_needs_less() -> None:
    less = needs(1_000, FIGURES, replace(KEEPING, ledger=60))
    assert less.full_gb < needs(1_000, FIGURES, KEEPING).full_gb


def test_topics_are_kept_as_the_table_counts() -> None:
    kept = {spec.retention.days for spec in topic_specs() if spec.retention}
    assert sizing.KAFKA_DAYS in kept
    strimzi = (K8S / "components/strimzi/topics.yaml").read_text("utf-8")
    assert {each_["spec"]["replicas"] for each_ in yaml.safe_load_all(strimzi)} == {
        sizing.KAFKA_COPIES
    }


def test_the_page_is_up_to_date() -> None:
    assert sizing.PAGE.read_text("utf-8") == sizing.page()
    assert "| 1,000,000 |" in sizing.table()


def _base(service: str) -> dict[str, object]:
    text = (K8S / "base" / BASES[service]).read_text("utf-8")
    return dict(yaml.safe_load(text)["spec"])


def _bytes(said: str) -> int:
    assert said.endswith("Mi")
    return int(said.removesuffix("Mi")) << 20


def _peak(service: str) -> float:
    rows = msgspec.json.decode(Path("docs/performance.json").read_bytes())["rows"]
    of_it = [r["value"] for r in rows if r["name"].startswith(f"{service}, resident")]
    return float(max(of_it)) * 1e6


@each("service", BASES)
def test_a_pod_asks_for_the_memory_that_was_measured_and_may_have_twice_that(service: str) -> None:
    template = _base(service)["template"]
    assert isinstance(template, dict)
    resources = template["spec"]["containers"][0]["resources"]
    asked, most = (_bytes(resources[of]["memory"]) for of in ("requests", "limits"))
    assert _peak(service) <= asked
    assert most == 2 * asked
    assert resources["limits"]["cpu"] == "1"


@each("service", ["order_events", "notifier"])
def test_there_are_as_many_replicas_as_the_table_says(service: str) -> None:
    assert _base(service)["replicas"] == sizing.LEAST
    scaler = K8S / "components/keda" / f"{service.replace('_', '-')}.yaml"
    spec = yaml.safe_load(scaler.read_text("utf-8"))["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (sizing.LEAST, PARTITIONS)


def test_there_is_one_of_the_carts() -> None:
    assert _base("cart_recovery")["replicas"] == sizing.CART_REPLICAS
