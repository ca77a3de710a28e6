"""What an operator wants to know, and the query that answers it."""

from typing import Final

QUESTIONS: Final[tuple[tuple[str, str], ...]] = (
    (
        "Are customers told in time? The share of the last hour's news that was not.",
        "headsup:news_late:rate1h / headsup:news:rate1h",
    ),
    (
        "Of which kinds, and by which channel? Half of them within so many seconds.",
        "histogram_quantile(0.5, sum by (kind, channel, le) "
        "(rate(headsup_notifier_told_seconds_bucket[1h])))",
    ),
    (
        "Is anybody past the update that they were promised?",
        "sum(headsup_customers_past_promised_update)",
    ),
    (
        "What waits to go out?",
        "max by (channel, priority) (headsup_notifier_waiting_notifications)",
    ),
    (
        "How old is the oldest of it, in seconds?",
        "max by (channel, priority) (headsup_notifier_oldest_waiting_seconds)",
    ),
    (
        "What fails, and [whose fault is it](runbooks/HeadsupSendsFail.md#see)?",
        "sum by (channel, sender, state, reason) "
        '(increase(headsup_notifier_attempts_total{state!="sent"}[1h]))',
    ),
    (
        "What is not said, and why not?",
        'sum by (reason) (increase(headsup_notifier_decided_total{decision!="planned"}[1h]))',
    ),
    (
        "And what did order_events leave unsaid?",
        "sum by (kind, reason) (increase(headsup_order_events_unsaid_total[1h]))",
    ),
    ("Who is behind? Records that wait.", "sum by (topic) (headsup_order_events_lag_records)"),
    ("", "sum by (topic) (headsup_notifier_lag_records)"),
    ("", "sum by (topic) (headsup_cart_recovery_lag_records)"),
    (
        "How many attempts are made once more?",
        'sum by (channel) (rate(headsup_notifier_attempts_total{state="planned"}[5m]))',
    ),
    ("Which provider is left alone?", 'headsup_notifier_sender_state{state!="closed"} == 1'),
    (
        "What is set aside?",
        "sum by (topic, reason) (increase(headsup_order_events_dead_lettered_total[1h]))",
    ),
    ("", "sum by (topic, reason) (increase(headsup_notifier_dead_lettered_total[1h]))"),
    ("", "sum by (topic, reason) (increase(headsup_cart_recovery_dead_lettered_total[1h]))"),
    (
        "Do messages arrive?",
        "sum by (channel, status) "
        '(increase(headsup_notifier_receipts_total{result=~"moved|noted"}[1h]))',
    ),
    (
        "What do text messages cost? Parts of a day, by kind.",
        "sum by (kind) (increase(headsup_notifier_sms_segments_total[1d]))",
    ),
    (
        "What do reminders of carts bring? Of a day, by step.",
        "sum by (shop, step, currency) (increase(headsup_carts_recovered_value_total[1d]))",
    ),
    (
        "And how many of those who were reminded ordered?",
        "sum by (shop, step) (increase(headsup_carts_recovered_total[7d])) "
        "/ sum by (shop, step) (increase(headsup_carts_reminded_total[7d]))",
    ),
)
"""An empty question is the one before, asked of another service."""
