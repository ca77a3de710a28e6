"""What operators see of answers. Labels are bounded, whoever says what."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter

from headsup.contracts.channels import Channel
from services.notifier.answers import Effect
from services.notifier.receipt_metrics import Refused
from services.notifier.replies import Heard

NONE: Final = "none"
"""Of what is not known, or not vouched for."""


class AnswerMetrics:
    """Verbs over what customers say."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._came = Counter(
            "headsup_notifier_answers",
            "What customers answered to our questions, and what came of it.",
            ("question", "answer", "channel", "result"),
            registry=registry,
        )

    def heard(self, heard: Heard, channel: Channel) -> None:
        """Somebody said something. `channel`: where, if that is not known better."""
        question = heard.asked.question if heard.asked else NONE
        self._count(question, heard.answer or NONE, heard.channel or channel, heard.effect)

    def refused(self, channel: Channel, result: Refused | Effect) -> None:
        """What came was no answer, or could not be written now."""
        self._count(NONE, NONE, channel, result)

    def _count(self, question: str, answer: str, channel: Channel, result: str) -> None:
        self._came.labels(question, answer, channel, result).inc()
