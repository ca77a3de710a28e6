"""What operators see of the bot."""

from prometheus_client import CollectorRegistry, Counter


class BotMetrics:
    """Verbs over what comes in."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._came = Counter(
            "headsup_notifier_bot_updates",
            "What Telegram told the bot beside answers to our questions, and what came of it.",
            ("what", "result"),
            registry=registry,
        )

    def came(self, what: str, result: str) -> None:
        """Something came. Both are words of a table."""
        self._came.labels(what, result).inc()
