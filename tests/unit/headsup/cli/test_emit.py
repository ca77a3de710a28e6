"""`headsup emit` before it meets a broker."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from headsup.cli.emit import records_of
from headsup.cli.event_files import explain_file
from headsup.cli.main import app
from headsup.contracts import envelope
from headsup.contracts.schemas import ROOT

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GOOD = ROOT / "examples" / "valid" / "shop.return.approved.courier.json"
BAD = ROOT / "examples" / "refused" / "no-order.json"


def emit(*arguments: str | Path) -> Any:
    return CliRunner().invoke(app, ["emit", *map(str, arguments)])


@pytest.mark.parametrize("binary", [False, True])
def test_an_event_goes_to_its_topic_under_its_key(binary: bool) -> None:
    (explained,) = explain_file(str(GOOD), NOW)
    (record,) = records_of(explained, "try.", binary)
    assert (record.topic, record.key) == ("try.shop.returns", b"A-1005")
    event = envelope.decode(record.value, record.headers, NOW)
    assert event == explained.explanation.event


def test_an_event_of_a_cart_goes_to_the_carts_under_the_carts_id() -> None:
    examples = sorted((ROOT / "examples" / "valid").glob("shop.c[ah]*.json"))
    explained = [each for path in examples for each in explain_file(str(path), NOW)]
    records = [record for each in explained for record in records_of(each, "try.", False)]
    assert len(records) == len(examples) > 0
    assert {(record.topic, record.key) for record in records} == {
        ("try.shop.carts", b"K-77"),
        ("try.shop.carts", b"K-78"),
    }


def test_the_structured_mode_sends_an_event_as_it_stands() -> None:
    (explained,) = explain_file(str(GOOD), NOW)
    (record,) = records_of(explained, "", False)
    assert record.value == GOOD.read_bytes().strip()
    assert record.headers == (("content-type", envelope.STRUCTURED.encode()),)


def test_the_binary_mode_says_the_attributes_in_headers() -> None:
    (explained,) = explain_file(str(GOOD), NOW)
    (record,) = records_of(explained, "", True)
    assert dict(record.headers)["ce_type"] == b"shop.return.approved.v1"
    assert dict(record.headers)["content-type"] == b"application/json"


def test_an_event_that_would_be_refused_has_no_record() -> None:
    (explained,) = explain_file(str(BAD), NOW)
    assert records_of(explained, "", False) == []


def test_without_a_broker_in_the_settings_a_sentence_names_the_setting() -> None:
    result = emit(GOOD)
    assert result.exit_code == 2
    assert result.stderr == "KAFKA_BOOTSTRAP_SERVERS is missing.\n"


def test_a_file_that_cannot_be_read_ends_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    result = emit(GOOD, tmp_path / "none.json")
    assert result.exit_code == 2
    assert "none.json cannot be read" in result.stderr


def test_one_bad_event_keeps_all_of_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    result = emit(GOOD, BAD)
    assert result.exit_code == 1
    assert "data.order_id: required, but missing" in result.stderr
    assert result.stdout == ""


def test_where_no_broker_answers_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    result = emit(GOOD)
    assert result.exit_code == 2
    assert "No broker answers at KAFKA_BOOTSTRAP_SERVERS." in result.stderr
