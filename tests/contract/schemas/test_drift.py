"""What lies in `schemas/` is what the contracts say today."""

from pathlib import Path
from shutil import copytree

import pytest

from headsup.contracts import json_schema, schemas
from headsup.contracts.registry import BY_NAME
from headsup.contracts.schemas import ROOT, drift, main


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(copytree(ROOT, tmp_path / "schemas"))


def test_every_generated_file_is_up_to_date() -> None:
    assert drift(ROOT) == [], "run: python -m headsup.contracts.schemas"


@pytest.mark.parametrize(
    "name",
    [
        "asyncapi.json",
        "events/shop.order.placed.v1.schema.json",
        "examples/valid/shop.order.placed.card.json",
    ],
)
def test_a_file_that_was_changed_by_hand_is_named(
    copy: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = copy / name
    path.write_text(path.read_text().replace("\n", "\n\n", 1))
    assert main(["--check"], copy) == 1
    assert f"not up to date: schemas/{name}\n" in capsys.readouterr().out


def test_a_schema_without_a_type_is_named_and_removed(copy: Path) -> None:
    stray = copy / "events" / "shop.order.lost.v1.schema.json"
    stray.write_text("{}\n")
    assert main(["--check"], copy) == 1
    assert main([], copy) == 0
    assert not stray.exists()
    assert drift(copy) == []


def test_what_is_missing_is_written(copy: Path) -> None:
    (copy / "asyncapi.json").unlink()
    assert main(["--check"], copy) == 1
    assert main([], copy) == 0
    assert main(["--check"], copy) == 0


def test_an_unknown_option_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fix"], ROOT) == 2
    assert "usage" in capsys.readouterr().err


def test_a_schema_tells_what_the_source_tells() -> None:
    written = schemas.canonical(json_schema.event_schema(BY_NAME["shop.order.placed.v1"]))
    assert "The moment by which the shop promised to hand the order to a carrier." in written
    assert "`on_delivery`: the courier collects it" in written
    assert '"$id": "urn:headsup:event:shop.order.placed.v1"' in written
