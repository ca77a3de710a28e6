"""A dashboard as Grafana reads it."""

import json

from deploy.dashboards.board import Board, Choice, Row
from deploy.dashboards.panels import About, Ask, Look, lines

PANEL = lines(About(title="a", normal="b.", do="c."), Look(unit="s", width=12), Ask("d"))
BOARD = Board(
    name="x",
    title="X",
    about="About x.",
    rows=(Row(title="One", panels=(PANEL, PANEL)), Row(title="Two", panels=(PANEL,))),
    choices=(Choice(label="shop", of="headsup_carts_reminded_total"),),
)


def test_panels_stand_under_their_headings_and_have_numbers_that_stay() -> None:
    read = json.loads(BOARD.json())
    places = [(p["id"], p["type"], p["gridPos"]["x"], p["gridPos"]["y"]) for p in read["panels"]]
    assert places == [
        (1, "row", 0, 0),
        (2, "timeseries", 0, 1),
        (3, "timeseries", 12, 1),
        (4, "row", 0, 9),
        (5, "timeseries", 0, 10),
    ]


def test_it_is_found_by_its_name_and_nobody_changes_it_in_grafana() -> None:
    read = json.loads(BOARD.json())
    assert (read["uid"], read["title"], read["editable"]) == ("headsup-x", "Headsup: X", False)


def test_one_stage_of_several_can_be_looked_at() -> None:
    """Grafana puts such a filter into every query that goes to the same Prometheus."""
    variables = {each["name"]: each for each in json.loads(BOARD.json())["templating"]["list"]}
    assert variables["only"]["type"] == "adhoc"
    assert variables["only"]["datasource"] == variables["shop"]["datasource"]


def test_a_choice_is_made_from_the_labels_that_there_are() -> None:
    variables = {each["name"]: each for each in json.loads(BOARD.json())["templating"]["list"]}
    assert list(variables) == ["datasource", "runbooks", "only", "shop"]
    assert variables["shop"]["query"] == "label_values(headsup_carts_reminded_total, shop)"
    assert variables["shop"]["allValue"] == ".*"
