"""The next channel of a route takes over where a message will not arrive, by an attempt's result or
by a receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested
from services.notifier import suppressions
from services.notifier.claims import Tried, tried
from services.notifier.decide import Policy
from services.notifier.ledger import Scheduled, Transaction
from services.notifier.metrics import SendingMetrics
from services.notifier.people import Address, Person
from services.notifier.plan import Circumstances, fall_back


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """A message that will not arrive, and what has to be known to say it another way."""

    notification_id: str
    source: str
    request_id: str
    route: int
    channel: Channel
    language: str
    request: NotificationRequested
    person: Person
    at: datetime


async def take_over(
    transaction: Transaction, fallen: Sequence[Fallen], policy: Policy, metrics: SendingMetrics
) -> list[Scheduled]:
    """Writes the notifications that take over; where there is no other channel, none."""
    if not fallen:
        return []
    known = await tried(transaction, [one.request_id for one in fallen])
    added: list[Scheduled] = []
    for one in fallen:
        row = await _unsuppressed(transaction, one, known[one.request_id], policy)
        if row is not None:
            known[row.request_id].append(Tried(row.id, row.route, row.channel))
            added.append(row)
            metrics.fell_back(one.channel)
    await transaction.schedule(added)
    return added


async def _unsuppressed(
    transaction: Transaction, fallen: Fallen, known: Sequence[Tried], policy: Policy
) -> Scheduled | None:
    """The next channel whose address is not suppressed. Each round rules out an address more."""
    while (row := next_channel(fallen, known, policy)) is not None:
        key = Address(row.channel, row.address).key
        if not await suppressions.among(transaction.connection, [(fallen.source, key)]):
            break
        refused = fallen.person.refused | {key}
        fallen = replace(fallen, person=replace(fallen.person, refused=refused))
    return row


def next_channel(fallen: Fallen, known: Sequence[Tried], policy: Policy) -> Scheduled | None:
    """The notification that takes over; None when nothing can, or another one did before. `known`
    are all messages of the request, the oldest first. Pure."""
    of_route = [one.id for one in known if one.route == fallen.route]
    if of_route[-1:] != [fallen.notification_id]:
        return None
    around = Circumstances(
        shop=policy.shops.get(fallen.source),
        person=fallen.person,
        spoken=policy.spoken_by(fallen.source),
    )
    channels = {one.channel for one in known}
    planned = fall_back(fallen.request, fallen.route, channels, around)
    if planned is None:
        return None
    return Scheduled(
        id=f"{fallen.request_id}.{fallen.route}.{len(of_route)}",
        request_id=fallen.request_id,
        route=fallen.route,
        channel=planned.address.channel,
        address=planned.address.value,
        language=fallen.language,
        source=fallen.source,
        order_id=fallen.request.order_id,
        over_at=fallen.request.expires_at,
        at=fallen.at,
        question=fallen.request.content.question,
    )
