"""Whether this version can work on the tables that are there."""

import re
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from headsup.migrations import GROUP
from headsup.tables import Age, Tables, versions_of
from tests.support.each import each

KNOWN = ("notifier_0001", "notifier_0002", "notifier_0003")
POINTS = {point.name: point.value for point in entry_points(group=GROUP)}


def tables(found: str | None, least: str | None = None) -> Tables:
    return Tables("notifier", KNOWN, found, least)


def test_the_newest_version_is_fit() -> None:
    assert tables("notifier_0003").age is Age.CURRENT
    assert tables("notifier_0003").problem is None


def test_one_migration_behind_is_said_with_what_to_do() -> None:
    assert tables("notifier_0002").problem == (
        "The tables are at notifier_0002 and this version needs notifier_0003: "
        "run `headsup db migrate` of this version."
    )


def test_no_tables_at_all_are_said_with_what_to_do() -> None:
    assert tables(None).problem == (
        "The database at DATABASE_URL has no tables of notifier: "
        "run `headsup db migrate` of this version."
    )


def test_one_migration_ahead_is_fit_so_that_a_roll_back_is_possible() -> None:
    assert tables("notifier_0004").age is Age.AHEAD
    assert tables("notifier_0004").problem is None
    assert tables("notifier_0009", least="notifier_0003").problem is None


def test_tables_that_lost_what_this_version_needs_are_not_fit() -> None:
    assert tables("notifier_0009", least="notifier_0004").problem == (
        "The tables are at notifier_0009, which needs notifier_0004 or newer, and this version is "
        "notifier_0003: run the newer version, or restore the backup."
    )


def test_tables_that_we_may_not_look_at_are_said_with_whose_they_are() -> None:
    closed = Tables("notifier", KNOWN, None, is_closed=True)
    assert closed.age is Age.CLOSED
    assert closed.problem == (
        "The user in DATABASE_URL may not use the tables of notifier: give the address of the user "
        "that is made for it; if it is, run `headsup db migrate` of this version, as the owner."
    )


@each("schema", POINTS)
def test_a_migration_is_called_after_its_file(schema: str) -> None:
    folder = Path(__file__).parents[3] / POINTS[schema].replace(".", "/")
    named = [
        re.findall(r'^revision = "(\w+)"', file.read_text("utf-8"), re.MULTILINE)[0]
        for file in sorted(folder.glob("[0-9]*.py"))
    ]
    assert tuple(named) == versions_of(schema, POINTS[schema])
    assert len(named) > 1


def test_a_package_that_there_is_not_is_an_error() -> None:
    with pytest.raises(ModuleNotFoundError):
        versions_of("notifier", "services.nobody.migrations")
