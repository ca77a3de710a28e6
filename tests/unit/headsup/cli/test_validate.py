"""`headsup validate` in a terminal and in a pipe."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from headsup.cli.main import app
from headsup.contracts.schemas import ROOT

GOOD = ROOT / "examples" / "valid" / "shop.order.placed.card.json"
CART = ROOT / "examples" / "valid" / "shop.cart.updated.two-lines.json"
BAD = ROOT / "examples" / "refused" / "amount-as-number.json"


def validate(*files: str | Path, stdin: bytes = b"") -> Any:
    return CliRunner().invoke(app, ["validate", *map(str, files)], input=stdin)


def test_a_good_event_is_counted_and_nothing_else_is_said() -> None:
    result = validate(GOOD)
    assert (result.exit_code, result.stdout) == (0, "1 event: none would be refused.\n")


def test_a_bad_event_is_named_with_its_line_and_field() -> None:
    result = validate(GOOD, BAD)
    assert result.exit_code == 1
    assert result.stdout == (
        f"{BAD}: event 1 (line 1, shop.order.placed.v1)\n"
        '  error  data.total.amount: expected a decimal number as text, such as "1299.00"; '
        "got a number; put it in quotes\n"
        "2 events: 1 would be refused.\n"
    )


def test_advice_alone_refuses_nothing() -> None:
    document = json.loads(GOOD.read_text())
    document["data"]["customer"] = {"id": "C-1"}
    result = validate("-", stdin=json.dumps(document).encode())
    assert result.exit_code == 0
    assert "standard input: event 1 (line 1, shop.order.placed.v1)\n" in result.stdout
    assert "  advice  data.customer: no e-mail address and no phone number" in result.stdout
    assert "1 event: none would be refused, 1 piece of advice.\n" in result.stdout


def test_a_cart_that_nobody_can_be_reminded_of_is_taken_with_advice() -> None:
    document = json.loads(CART.read_text())
    del document["data"]["customer"], document["data"]["url"]
    document["data"]["total"]["currency"] = "QQQ"
    result = validate("-", stdin=json.dumps(document).encode())
    assert result.exit_code == 0
    for field in ("url: left out", "customer: left out", "total.currency: no currency"):
        assert f"  advice  data.{field}" in result.stdout
    assert "1 event: none would be refused, 3 pieces of advice.\n" in result.stdout


def test_every_bad_event_of_many_is_found() -> None:
    lines = [json.dumps(json.loads(path.read_text())) for path in (GOOD, BAD, GOOD, BAD)]
    result = validate("-", stdin="\n".join(lines).encode())
    assert result.exit_code == 1
    assert "standard input: event 2 (line 2" in result.stdout
    assert "standard input: event 4 (line 4" in result.stdout
    assert "4 events: 2 would be refused." in result.stdout


def test_a_file_that_cannot_be_read_spoils_no_other(tmp_path: Path) -> None:
    result = validate(tmp_path / "none.json", BAD)
    assert result.exit_code == 2
    assert "none.json cannot be read: No such file or directory." in result.stderr
    assert "1 event: 1 would be refused." in result.stdout


def test_every_valid_example_is_valid_today() -> None:
    result = validate(*(ROOT / "examples" / "valid").glob("*.json"))
    assert result.exit_code == 0, result.stdout


def test_a_terminal_sees_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1;31merror" in validate(BAD).stdout


def test_the_clock_of_the_settings_decides_what_lies_too_far_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEADSUP_CLOCK_ANCHOR", "2026-01-01T00:00:00Z=2018-01-01T00:00:00Z")
    monkeypatch.setenv("HEADSUP_CLOCK_SPEED", "0.001")
    result = validate(GOOD)
    assert result.exit_code == 1
    assert "time: out of range" in result.stdout
