"""The AsyncAPI document agrees with the registry, and the reference parser finds no fault in it."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from headsup import dead_letters
from headsup.contracts.registry import BY_NAME, EVENT_TYPES, READ
from headsup.contracts.schemas import ROOT
from tests.fixtures.missing import missing

PROJECT = ROOT.parent
CHECK = PROJECT / "tools" / "asyncapi" / "check.mjs"
INSTALLED = PROJECT / "build" / "asyncapi"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    written: dict[str, Any] = json.loads((ROOT / "asyncapi.json").read_text())
    return written


def test_every_topic_and_its_dead_letters_is_a_channel(document: dict[str, Any]) -> None:
    topics = {t.value for t in READ} | {t.dead_letters for t in READ}
    assert set(document["channels"]) == topics
    for name, channel in document["channels"].items():
        assert channel["address"] == name
        assert channel["bindings"]["kafka"] == {"topic": name, "bindingVersion": "0.5.0"}


def test_every_type_is_a_message_of_its_topics_and_of_no_other(document: dict[str, Any]) -> None:
    for topic in READ:
        expected = {t.name for t in EVENT_TYPES if topic in t.topics}
        assert set(document["channels"][topic]["messages"]) == expected


def test_every_message_has_a_key_and_an_example(document: dict[str, Any]) -> None:
    for name in BY_NAME:
        message = document["components"]["messages"][name]
        assert message["bindings"]["kafka"]["key"]["type"] == "string", name
        assert message["examples"], name


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in found, reference
            found = found[part]


def test_every_topic_that_is_read_is_also_set_aside(document: dict[str, Any]) -> None:
    operations = document["operations"].values()
    read = {o["channel"]["$ref"] for o in operations if o["action"] == "receive"}
    sent = {o["channel"]["$ref"] for o in operations if o["action"] == "send"}
    assert read == {f"#/channels/{topic}" for topic in READ}
    assert {f"{reference}.dlq" for reference in read} <= sent


def test_each_service_reads_what_it_should(document: dict[str, Any]) -> None:
    read = {name for name, o in document["operations"].items() if o["action"] == "receive"}
    assert read == {
        "order_events.receives.shop.orders",
        "order_events.receives.shop.payments",
        "order_events.receives.shop.support",
        "order_events.receives.shop.incidents",
        "order_events.receives.customers.replied",
        "order_events.receives.shop.shipments",
        "order_events.receives.shop.returns",
        "order_events.receives.notifications.outcomes",
        "cart_recovery.receives.shop.carts",
        "cart_recovery.receives.shop.orders",
        "cart_recovery.receives.notifications.outcomes",
        "cart_recovery.receives.cart_recovery.joined",
        "notifier.receives.notifications.reminders",
        "notifier.receives.notifications.requested",
        "notifier.receives.shop.customers",
        "notifier.receives.shop.conversations",
    }


def test_a_dead_letter_has_the_headers_that_the_services_write(document: dict[str, Any]) -> None:
    headers = document["components"]["messages"]["dead-letter"]["headers"]
    assert set(headers["properties"]) == {*headers["required"], dead_letters.CUT_FROM}
    assert set(headers["required"]) == {
        dead_letters.REASON,
        dead_letters.FIELD,
        dead_letters.PROBLEM,
        dead_letters.ORIGIN,
        dead_letters.SERVICE,
        dead_letters.AT,
    }


def test_the_reference_parser_finds_no_fault() -> None:
    assert run_parser(ROOT / "asyncapi.json") == ""


def test_the_reference_parser_would_find_one(tmp_path: Path) -> None:
    broken = tmp_path / "asyncapi.json"
    written = (ROOT / "asyncapi.json").read_text()
    broken.write_text(written.replace('"action": "receive"', '"action": "hear"', 1))
    assert "action" in run_parser(broken)


def run_parser(path: Path) -> str:
    """What the parser says. Skips where it is not installed; in CI that is a failure."""
    node = shutil.which("node")
    if node is None or not (INSTALLED / "node_modules").is_dir():
        missing("needs node and `make asyncapi`")
    command = [node, str(CHECK), str(INSTALLED), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    assert done.stderr == ""
    assert (done.returncode == 0) is (done.stdout == "")
    return done.stdout


def references(node: Any) -> Iterable[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for inner in node.values():
            yield from references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from references(inner)
