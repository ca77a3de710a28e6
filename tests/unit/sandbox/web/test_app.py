"""The API behind the page, as a visitor and as a script meet it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from headsup.contracts.catalogue import CATALOGUE, Kind
from headsup.contracts.notifications import Reason
from headsup.contracts.registry import BY_NAME
from headsup.contracts.shop import Delivered
from sandbox.providers.faults import Fault
from sandbox.scenarios.player import MemoryPublisher
from sandbox.scenarios.stories import SCENARIOS
from sandbox.web import app
from sandbox.web.app import Demo, changes_of
from sandbox.web.causes import CAUSES
from tests.unit.sandbox.web.conftest import MONDAY
from tests.unit.sandbox.web.samples import message, record, unsaid


def delivered(**changes: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "e1",
        "source": "https://shop.example",
        "type": "shop.shipment.delivered.v1",
        "time": MONDAY.isoformat(),
        "data": {"order_id": "1001", "shipment_id": "1001-1"},
        **changes,
    }


async def test_a_good_event_is_put_on_kafka(
    client: httpx.AsyncClient, publisher: MemoryPublisher
) -> None:
    answer = await client.post("/api/events", json=delivered())

    assert answer.status_code == 201
    assert answer.json() | {"time": ""} == {
        "topic": "memory",
        "partition": 0,
        "offset": 0,
        "id": "e1",
        "time": "",
    }
    assert [event.data for event in publisher.events] == [
        Delivered(order_id="1001", shipment_id="1001-1")
    ]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (b"no json", "", "not_json"),
        (b"", "", "empty"),
        (b"x" * 2_000_000, "", "too_large"),
        (json.dumps(delivered(type="shop.unheard.of")).encode(), "type", "unknown_type"),
        (json.dumps(delivered(data={"order_id": "1001"})).encode(), "data.shipment_id", "bad_data"),
        (
            json.dumps(delivered(data={"order_id": 7, "shipment_id": "s"})).encode(),
            "data.order_id",
            "bad_data",
        ),
        (json.dumps(delivered(time="1970-01-01T00:00:00Z")).encode(), "time", "bad_date"),
    ],
)
async def test_a_bad_event_is_refused_with_a_sentence_that_names_the_field(
    client: httpx.AsyncClient, publisher: MemoryPublisher, body: bytes, field: str, code: str
) -> None:
    answer = await client.post("/api/events", content=body)

    assert answer.status_code == 400
    assert (answer.json()["field"], answer.json()["code"]) == (field, code)
    assert answer.json()["error"].startswith(field)
    assert publisher.events == []


async def test_an_event_stamped_by_an_ordinary_clock_is_moved_into_the_demos_time(
    client: httpx.AsyncClient, publisher: MemoryPublisher
) -> None:
    await client.post("/api/events", json=delivered(time=datetime.now(UTC).isoformat()))

    assert abs(publisher.events[0].time - MONDAY) < timedelta(seconds=30)


async def test_messages_are_listed_with_everything_that_is_known(
    client: httpx.AsyncClient, demo: Demo
) -> None:
    demo.stage.received(message())

    (listed,) = (await client.get("/api/messages")).json()

    names = {"id", "channel", "to", "kind", "language", "subject", "text", "html", "at"}
    assert names <= listed.keys()
    assert (listed["channel"], listed["to"], listed["kind"]) == ("sms", "+447911123456", None)


async def test_clearing_empties_the_phone(client: httpx.AsyncClient, demo: Demo) -> None:
    demo.stage.received(message())

    assert (await client.delete("/api/messages")).status_code == 204
    assert (await client.get("/api/messages")).json() == []


async def test_a_mail_is_served_without_scripts_and_without_the_pages_rights(
    client: httpx.AsyncClient, demo: Demo
) -> None:
    mail = msgspec.structs.replace(message(), html="<p>Hello</p><script>alert(1)</script>")
    demo.stage.received(mail)

    answer = await client.get(f"/api/messages/{mail.id}/mail")

    policy = answer.headers["content-security-policy"].split("; ")
    sandbox = "sandbox allow-popups allow-popups-to-escape-sandbox"
    assert {"default-src 'none'", sandbox} <= set(policy)
    assert not any(rule.startswith("script-src") for rule in policy)


async def test_a_mail_that_is_not_there_is_not_found(client: httpx.AsyncClient, demo: Demo) -> None:
    demo.stage.received(message("an-sms"))

    assert (await client.get("/api/messages/an-sms/mail")).status_code == 404
    assert (await client.get("/api/messages/none/mail")).status_code == 404


@pytest.mark.parametrize("path", ["/", "/static/js/app.js", "/static/app.css", "/api/messages"])
async def test_every_answer_forbids_what_is_not_ours(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} <= set(policy)
    assert not any("unsafe" in rule or "http" in rule for rule in policy)
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_fault_is_set_described_and_mended(client: httpx.AsyncClient, demo: Demo) -> None:
    rule = {"channel": "sms", "fault": "server_error"}

    assert (await client.post("/api/faults", json=rule)).status_code == 200
    assert [r.fault for r in demo.faults.rules()] == [Fault.SERVER_ERROR]
    choices = (await client.get("/api/faults")).json()["choices"]
    assert [c["rule"]["fault"] for c in choices if c["on"]] == ["server_error"]

    await client.delete("/api/faults")
    assert demo.faults.rules() == []


async def test_a_fault_that_does_not_exist_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/faults", json={"channel": "sms", "fault": "meteor"})

    assert answer.status_code == 400
    assert "error" in answer.json()


async def test_the_menu_lists_scenarios_and_people(client: httpx.AsyncClient) -> None:
    menu = (await client.get("/api/scenarios")).json()

    assert [scenario["name"] for scenario in menu["scenarios"]] == list(SCENARIOS)
    assert {person["language"] for person in menu["people"]} == {"en", "uk", "ru"}


async def test_a_scenario_starts_and_says_its_order_and_what_must_arrive(
    client: httpx.AsyncClient, demo: Demo, publisher: MemoryPublisher
) -> None:
    answer = await client.post("/api/scenarios/calm-order", json={"person": "james"})
    await demo.runs.close()

    assert answer.status_code == 201
    run = answer.json()
    assert (run["person"], len(run["expected"])) == ("james", 6)
    assert {m["order"] for m in run["expected"]} == {run["order"]}
    assert all(event.data.order_id == run["order"] for event in publisher.events[1:])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/scenarios/unheard-of", b"", 404),
        ("/api/scenarios/return", b'{"person": "nobody"}', 400),
        ("/api/scenarios/return", b"{", 400),
        ("/api/scenarios/return", b'{"person": "\xff"}', 400),
        ("/api/scenarios/return", b'{"more": ' + b"[" * 100_000, 400),
    ],
)
async def test_a_wish_that_cannot_be_met_is_answered_with_a_sentence(
    client: httpx.AsyncClient, path: str, body: bytes, status: int
) -> None:
    answer = await client.post(path, content=body)

    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")


async def test_the_clock_says_what_time_it_is_and_how_fast_it_runs(
    client: httpx.AsyncClient,
) -> None:
    clock = (await client.get("/api/clock")).json()

    assert datetime.fromisoformat(clock["now"]) == MONDAY
    assert clock["speed"] == 14_400.0


async def test_the_stream_begins_with_the_whole_picture_and_goes_on_with_changes(
    demo: Demo,
) -> None:
    demo.stage.received(message("before"))
    demo.stage.saw(record(unsaid(Kind.ORDER_CHECK_IN, Reason.NO_ADDRESS)), MONDAY)
    changes = changes_of(demo)

    picture = (await anext(changes)).decode()
    demo.stage.received(message("after"))
    change = (await anext(changes)).decode()
    demo.hub.close()

    assert "event: picture\n" in picture
    assert '"id":"before"' in picture
    assert '"because":"no way leads to them"' in picture
    assert change.startswith("event: message\n")
    assert '"id":"after"' in change
    assert [left async for left in changes] == []


def test_every_kind_knows_which_events_lead_to_it() -> None:
    assert set(CAUSES) == set(CATALOGUE)
    assert {name for names in CAUSES.values() for name in names} <= set(BY_NAME)


def test_only_what_a_shop_forgets_and_what_time_brings_has_no_event() -> None:
    of_time = {kind for kind, types in CAUSES.items() if not types}

    assert {Kind.DISPATCH_LATE, Kind.ORDER_NO_NEWS, Kind.ORDER_CHECK_IN} <= of_time
    words = ("late", "reminder", "no_news", "stalled", "overdue", "scanned", "tomorrow", "check")
    others = {kind for kind in of_time if not any(word in kind for word in words)}
    assert others == {
        Kind.SHIPMENT_ATTEMPT_FOLLOW_UP,
        Kind.PICKUP_LAST_DAY,
        Kind.CHAT_LINKED,
        Kind.RETURN_WINDOW_CLOSING,
        Kind.RETURN_DEADLINE_NEAR,
        Kind.REVIEW_REQUEST,
    }


def test_the_page_has_a_name_for_every_kind() -> None:
    script = (Path(app.__file__).parent / "static" / "js" / "format.js").read_text("utf-8")

    assert [kind for kind in Kind if f'  "{kind}": "' not in script] == []


async def test_a_link_of_a_mail_opens_beside_the_page(
    client: httpx.AsyncClient, demo: Demo
) -> None:
    demo.stage.received(msgspec.structs.replace(message(), html="<html><head></head></html>"))
    answer = await client.get("/api/messages/m1/mail")
    assert answer.text == '<html><head><base target="_blank"></head></html>'


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/messages/m1/press", {"data": "r1:wait"}, 409),
        ("/api/messages/m1/press", {}, 400),
        ("/api/sms", {"number": "+447911123456", "text": "WAIT"}, 409),
        ("/api/sms", {"number": "+447911123456"}, 400),
        ("/api/telegram", {"number": "x", "text": "/orders"}, 400),
        ("/api/telegram", {"number": "42"}, 400),
    ],
)
async def test_where_nobody_listens_an_answer_is_refused_in_words(
    client: httpx.AsyncClient, demo: Demo, path: str, body: dict[str, str], status: int
) -> None:
    demo.stage.received(message())
    answer = await client.post(path, json=body)
    assert answer.status_code == status
    assert answer.json()["error"].endswith(".")


async def test_a_story_of_a_cart_says_of_which_messages_there_is_no_order_yet(
    client: httpx.AsyncClient, demo: Demo
) -> None:
    run = (await client.post("/api/scenarios/left-cart")).json()
    await demo.runs.close()
    reminder, *_, last = run["expected"]

    assert (reminder["order"], reminder["cart"]) == (None, run["cart"])
    assert (last["order"], last["cart"]) == (run["order"], None)
