"""Events of what comes after a delivery: returns, repairs, questions; and an order whose time
passes."""

from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any

from headsup.contracts import shop
from headsup.contracts.base import Item
from headsup.contracts.catalogue import CATALOGUE, Area, Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content, OutcomeStatus
from headsup.shops.policy import DEFAULT, Policy
from services.order_events.reconcile import Decision
from services.order_events.told import Statement
from tests.unit.services.order_events import orders as o

NOTE = "Please send a photograph of the lid."
KETTLE = Item(name="Kettle")


def _of_return(data: type[Any], at: datetime, what: dict[str, Any]) -> Event[Any]:
    return o.event(at, data(order_id="A1", **({"return_id": "B1"} | what)))


def refuse_return(at: datetime, **what: Any) -> Event[Any]:
    """The shop does not accept a return."""
    return _of_return(shop.ReturnRejected, at, {"reason": shop.ReturnRefusal.USED} | what)


def ask_back(at: datetime, **what: Any) -> Event[Any]:
    """The shop asks something before it decides on a return."""
    return _of_return(shop.ReturnInfoNeeded, at, {"note": NOTE} | what)


def label_return(at: datetime, **what: Any) -> Event[Any]:
    """The label of a return is ready."""
    url = {"label_url": "https://shop.example/label"}
    return _of_return(shop.ReturnLabelReady, at, url | what)


def fail_label(at: datetime, **what: Any) -> Event[Any]:
    """The label of a return could not be made."""
    return _of_return(shop.ReturnLabelFailed, at, what)


def send_back(at: datetime, **what: Any) -> Event[Any]:
    """A carrier scans a return."""
    return _of_return(shop.ReturnInTransit, at, what)


def get_back(at: datetime, **what: Any) -> Event[Any]:
    """A return arrives."""
    return _of_return(shop.ReturnReceived, at, what)


def look_at_return(at: datetime, **what: Any) -> Event[Any]:
    """The shop looks at a return, and finds it as it should be."""
    return _of_return(shop.ReturnInspected, at, {"result": shop.Inspection.ACCEPTED} | what)


def exchange(at: datetime, **what: Any) -> Event[Any]:
    """The shop sends something else instead."""
    return _of_return(shop.ExchangeSent, at, what)


def give_up_return(at: datetime, **what: Any) -> Event[Any]:
    """The customer keeps it after all."""
    return _of_return(shop.ReturnCancelled, at, what)


def take_in(at: datetime, **what: Any) -> Event[Any]:
    """The shop takes something in for a repair."""
    said: dict[str, Any] = {"repair_id": "W1", "item": KETTLE}
    return o.event(at, shop.RepairAccepted(order_id="A1", **(said | what)))


def examine(at: datetime, **what: Any) -> Event[Any]:
    """Somebody examines a fault."""
    said: dict[str, Any] = {"repair_id": "W1"}
    return o.event(at, shop.ExpertiseStarted(order_id="A1", **(said | what)))


def repair(at: datetime, **what: Any) -> Event[Any]:
    """It is repaired."""
    said: dict[str, Any] = {"repair_id": "W1"}
    return o.event(at, shop.RepairReady(order_id="A1", **(said | what)))


def ask(at: datetime, **what: Any) -> Event[Any]:
    """The customer asks the shop something."""
    said: dict[str, Any] = {"ticket_id": "T1"}
    return o.event(at, shop.TicketOpened(order_id="A1", **(said | what)))


def answer(at: datetime, **what: Any) -> Event[Any]:
    """The shop answers."""
    said: dict[str, Any] = {"ticket_id": "T1"}
    return o.event(at, shop.TicketAnswered(order_id="A1", **(said | what)))


def settle(at: datetime, **what: Any) -> Event[Any]:
    """The question is settled."""
    said: dict[str, Any] = {"ticket_id": "T1"}
    return o.event(at, shop.TicketClosed(order_id="A1", **(said | what)))


class Life(o.Order):
    """An order whose time passes: it is looked at when it asked to be, and all is heard at once."""

    def __init__(self, policy: Policy = DEFAULT) -> None:
        super().__init__(policy)
        self.now = o.MONDAY

    def looks(self, at: datetime) -> Decision:
        """As every order; what is announced is heard."""
        self.now = at
        decision = super().looks(at)
        for said in decision.announce:
            self.learns_of(said.id, said.request.kind, OutcomeStatus.SENT)
        return decision

    def passes(self, until: datetime) -> None:
        """The time until then, with every look that was asked for."""
        while (decision := self.looks(self.now)).next_look_at is not None:
            if decision.next_look_at > until:
                break
            self.now = decision.next_look_at
        self.now = until

    def told_of(self, *kinds: Kind) -> list[Statement]:
        """What was said of these kinds, oldest first."""
        return [said for _, said in self.told.newest_first()[::-1] if said.kind in kinds]

    def contents(self, *kinds: Kind) -> list[Content]:
        """What was in the messages of these kinds, oldest first."""
        return [
            said.request.content
            for decision in self.decisions
            for said in decision.announce
            if said.request.kind in kinds
        ]


def delivered_order(policy: Policy = DEFAULT) -> Life:
    """An order that was delivered to somebody in person on Tuesday."""
    life = Life(policy)
    life.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY))
    return life


RETURNS: AbstractSet[Kind] = {kind for kind, line in CATALOGUE.items() if line.area is Area.RETURN}


def about_returns(decision: Decision) -> list[Kind]:
    """What a decision says of returns and repairs."""
    return [kind for kind in o.kinds(decision) if kind in RETURNS]


def day(month: int, number: int) -> date:
    """A day of the year of these tests."""
    return date(2026, month, number)
