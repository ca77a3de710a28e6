"""A message whose turn has come in the night of whoever gets it. Pure."""

from datetime import datetime

from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import MessageClass
from headsup.contracts.notifications import Reason
from headsup.shops.profile import ShopProfile
from services.notifier.attempts import Claimed, Result, suppressed
from services.notifier.quiet import waits_until


def at_night(claimed: Claimed, shop: ShopProfile, now: datetime) -> datetime | Result | None:
    """When its recipient may be disturbed, where that is not now; its end, where it would be old by
    then and is not worth waking anybody. The plan has seen to it that what is part of the contract
    was offered to every channel that wakes nobody."""
    request = claimed.request
    morning = waits_until(request, claimed.address, claimed.person, shop, now)
    if morning is None or morning < request.expires_at:
        return morning
    if CATALOGUE[request.kind].message_class is MessageClass.TRANSACTIONAL:
        return None
    return suppressed(claimed, Reason.QUIET_HOURS, now)
