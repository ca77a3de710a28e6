"""Whether receipts are to be expected at all is shown, so that nobody is told that none come."""

from prometheus_client import CollectorRegistry

from services.notifier.receipt_metrics import ReceiptMetrics
from tests.support.each import each


@each(("are_asked_for", "shown"), [(True, 1), (False, 0)])
def test_where_nobody_can_call_us_back_no_receipt_is_expected(
    are_asked_for: bool, shown: int
) -> None:
    registry = CollectorRegistry()
    ReceiptMetrics(registry, are_asked_for=are_asked_for)
    assert registry.get_sample_value("headsup_notifier_receipts_asked_for") == shown
