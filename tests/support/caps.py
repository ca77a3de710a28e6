"""How many messages somebody gets in a test."""

from dataclasses import replace

import msgspec

from headsup.shops.reach import Caps
from services.notifier.settings import NotifierSettings

HARDLY_ANY = Caps(
    transactional_in_a_day=1000,
    marketing_in_a_day=1000,
    marketing_in_a_week=1000,
    sms_in_a_day=1000,
)
"""For tests that are about something else."""


def with_caps(settings: NotifierSettings, caps: Caps) -> NotifierSettings:
    """The same settings, of shops that send no more than that."""
    shops = {
        source: msgspec.structs.replace(shop, caps=caps) for source, shop in settings.shops.items()
    }
    return replace(settings, shops=shops)
