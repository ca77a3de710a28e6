"""A detector of one of the keys that we hold, and that detect-secrets does not know."""

import re

from detect_secrets.plugins.base import RegexBasedDetector


class TelegramTokenDetector(RegexBasedDetector):
    """Tokens of Telegram's bots: their number, a colon, and what only they know."""

    secret_type = "Telegram Bot Token"  # noqa: S105 - the name of the kind # nosec B105
    denylist = (re.compile(r"\b\d{8,10}:[\w-]{35}\b"),)
