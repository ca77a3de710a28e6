"""One life as it is drawn: what truly happens, and how it is reported."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from headsup.contracts.base import Estimate, Money
from headsup.contracts.envelope import make
from headsup.contracts.shop.orders import OrderEvent
from tests.journeys.chance import Chance
from tests.journeys.story import Cast, Report, Truth

_SECOND: Final = timedelta(seconds=1)
_PROMPT: Final = (timedelta(seconds=1), timedelta(minutes=2))
_SLOW: Final = (timedelta(minutes=5), timedelta(hours=8))
_VERY_SLOW: Final = (timedelta(hours=8), timedelta(days=4))
_DELAYS: Final = {"shop": (0.93, 0.06, 0.01), "carrier": (0.6, 0.36, 0.04)}
"""How often a report is prompt, slow, very slow. Carriers send their scans in batches."""
_AGAIN: Final = 0.05
"""So often a report comes twice under its own id: the line delivers at least once."""
_RENAMED: Final = 0.02
"""And so often as another event that says the same."""


class Life:
    """Everything that happens to an order is told to it, in any order."""

    def __init__(self, chance: Chance, cast: Cast, begins_at: datetime) -> None:
        self.chance = chance
        self.cast = cast
        self.begins_at = begins_at
        self.policy = cast.shop.policy
        self.zone = zone_of(cast)
        self.truths: list[Truth] = []
        self.reports: list[Report] = []
        self.currency = chance.choice(["UAH", "EUR", "USD"])
        self.price = Money(
            amount=f"{chance.randint(5, 600)}.{chance.randint(10, 99)}", currency=self.currency
        )
        self.paid_at: datetime | None = None
        self.cancelled_at: datetime | None = None
        self.lost_for: timedelta = timedelta(0)
        """The first report of the order comes so much later than the others."""
        self._count = 0

    def truly(self, at: datetime, what: str) -> None:
        """Something happens in the world."""
        self.truths.append(Truth(at, what))

    def shop_says(self, at: datetime, kind: type[Any], **fields: Any) -> None:
        """The shop's own system reports something about the order."""
        self._report(at, kind, "shop", fields)

    def says_late(
        self, at: datetime, late_by: timedelta, kind: type[Any], fields: dict[str, Any]
    ) -> None:
        """Somebody reports something so long after the time that they name."""
        self._report(at, kind, "shop", fields, late_by)

    def carrier_says(self, at: datetime, kind: type[Any], **fields: Any) -> None:
        """A carrier's report reaches us through the shop."""
        self._report(at, kind, "carrier", fields)

    def _report(
        self,
        at: datetime,
        kind: type[Any],
        who: str,
        fields: dict[str, Any],
        late_by: timedelta = timedelta(0),
    ) -> None:
        if issubclass(kind, OrderEvent):
            fields = {"order_id": self.cast.order_id, **fields}
        data = kind(**fields)
        chance = self.chance
        span = chance.choices([_PROMPT, _SLOW, _VERY_SLOW], _DELAYS[who])[0]
        arrives = at + late_by + chance.span(*span)
        event = self._event(at, data)
        self.reports.append(Report(arrives, event))
        if chance.happens(_AGAIN):
            self.reports.append(Report(arrives + chance.span(_SECOND, timedelta(days=2)), event))
        if chance.happens(_RENAMED):
            same = make(event.source, event.id + ".again", event.time, data)
            self.reports.append(Report(arrives + chance.span(_SECOND, timedelta(hours=3)), same))

    def _event(self, at: datetime, data: Any) -> Any:
        """No two events of an order happen in the same microsecond."""
        self._count += 1
        at = at.replace(microsecond=self._count)
        return make(self.cast.shop.source, f"{self.cast.order_id}.{self._count}", at, data)

    def day(self, moment: datetime) -> date:
        """The customer's day."""
        return moment.astimezone(self.zone).date()

    def moment(self, day: date, first_hour: int, last_hour: int) -> datetime:
        """Some time of a day on the customer's clock."""
        hour = self.chance.randint(first_hour, last_hour - 1)
        minute, second = self.chance.randint(0, 59), self.chance.randint(0, 59)
        at = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=self.zone)
        return at.astimezone(ZoneInfo("UTC"))

    def working_day(self, moment: datetime, days: int) -> date:
        """The shop's working day, so many later."""
        return self.policy.working_day_after(self.day(moment), days)

    def estimate(self, moment: datetime, shortest: int, longest: int) -> Estimate:
        """The days in which somebody expects a parcel."""
        days = self.chance.randint(shortest, longest)
        latest = self.day(moment) + timedelta(days=days)
        earliest = latest - timedelta(days=self.chance.randint(1, 2))
        is_span = self.chance.happens(0.4) and earliest > self.day(moment)
        return Estimate(latest=latest, earliest=earliest if is_span else None)

    def part_of(self, money: Money) -> Money:
        """Some of the money."""
        share = self.chance.choice([0.2, 0.5, 0.75])
        return Money(amount=f"{float(money.amount) * share:.2f}", currency=money.currency)


def zone_of(cast: Cast) -> ZoneInfo:
    """The zone in which the buyer lives, as the order says; the shop's when it says none."""
    for name in filter(None, (cast.buyer.time_zone, cast.shop.time_zone)):
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            continue
    return ZoneInfo("UTC")
