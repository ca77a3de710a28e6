"""What a shop's slip costs: no message where it can be told without, a clear word where not."""

import json
from typing import Any

import pytest

from headsup.contracts import envelope
from headsup.contracts.base import PATTERNS_IN_WORDS, READABLE_PATTERN
from headsup.contracts.envelope import RefusalCode
from headsup.contracts.schemas import ROOT
from tests.unit.headsup.contracts.test_envelope import NOW, refusal, where, with_data


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"items": [{"name": "  "}]}, id="a line without a name"),
        pytest.param({"customer": {"id": "C-1", "name": " \t"}}, id="a customer without one"),
        pytest.param({"estimate": {"earliest": "2026-11-28", "latest": "2026-11-26"}}, id="days"),
        pytest.param({"total": {"amount": "12.345", "currency": "UAH"}}, id="a tenth of a kopeck"),
        pytest.param({"total": {"amount": "12.00", "currency": "QQQ"}}, id="nobody's currency"),
    ],
)
def test_an_order_is_not_lost_for_a_slip_that_is_not_the_customers(changes: dict[str, Any]) -> None:
    assert envelope.decode(with_data(**changes), [], NOW).data.order_id == "A-1001"


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 10**30, 1.5, "2"])
def test_a_quantity_that_nobody_orders_is_refused(quantity: object) -> None:
    text = with_data(items=[{"name": "Cup", "quantity": quantity}])
    assert where(refusal(text)) == (RefusalCode.BAD_DATA, "data.items[0].quantity")


@pytest.mark.parametrize(
    ("example", "path"),
    [
        ("shop.order.note_added.from-staff", ("note",)),
        ("shop.order.recalled.battery", ("note",)),
        ("shop.return.info_needed.photograph", ("note",)),
        ("shop.shipment.ready_for_pickup.locker", ("pickup", "name")),
        ("shop.shipment.ready_for_pickup.locker", ("pickup", "address")),
    ],
)
@pytest.mark.parametrize("blank", [" ", "\n\t", "\u00a0\u200b", "\ufeff"])
def test_what_no_message_can_be_written_without_has_to_say_something(
    example: str, path: tuple[str, ...], blank: str
) -> None:
    document = json.loads((ROOT / "examples" / "valid" / f"{example}.json").read_text())
    holder = document["data"]
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = blank

    refused = refusal(json.dumps(document).encode())

    assert where(refused) == (RefusalCode.BAD_DATA, ".".join(("data", *path)))
    assert PATTERNS_IN_WORDS[READABLE_PATTERN] in refused.problem
