"""What is wrong with a dashboard is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.check.dashboards import panels, problems
from deploy.dashboards import told
from tests.support.each import each

Change = Callable[[dict[str, Any]], object]


def _of(panel: dict[str, Any]) -> dict[str, Any]:
    target: dict[str, Any] = panel["targets"][0]
    return target


WRONG: dict[str, Change] = {
    "a panel without a title has no title": lambda panel: panel.pop("title"),
    "has no description": lambda panel: panel.pop("description"),
    "has no unit": lambda panel: panel["fieldConfig"]["defaults"].pop("unit"),
    "asks another Prometheus than the one that is chosen": lambda panel: panel["datasource"].update(
        uid="prometheus"
    ),
    "asks another Prometheus than the one that is chosen: 1 -": lambda panel: _of(panel)[
        "datasource"
    ].update(uid="prometheus"),
    "leads to no runbook: ${runbooks}/HeadsupGone.md": lambda panel: panel["links"][0].update(
        url="${runbooks}/HeadsupGone.md"
    ),
    "asks nothing": lambda panel: panel["targets"].clear(),
    "asks for no metric of ours: up == 1": lambda panel: _of(panel).update(expr="up == 1"),
    "names kind in its legend, which the query does not keep": lambda panel: _of(panel).update(
        expr="sum by (channel) (headsup:waiting_late:sum)", legendFormat="{{kind}}"
    ),
}


def _written(folder: Path, board: dict[str, Any]) -> None:
    (folder / "kustomization.yaml").write_text("configMapGenerator: [{files: [a.json]}]")
    (folder / "a.json").write_text(json.dumps(board))


@each("said", WRONG)
def test_what_is_wrong_with_a_panel_is_said(tmp_path: Path, said: str) -> None:
    board = json.loads(told.BOARD.json())
    WRONG[said](next(panels(board)))
    _written(tmp_path, board)
    [problem] = problems(tmp_path)
    assert said in problem


def test_a_dashboard_that_nothing_delivers_or_that_is_too_large_is_named(tmp_path: Path) -> None:
    board = json.loads(told.BOARD.json())
    _written(tmp_path, board)
    assert list(problems(tmp_path)) == []
    (tmp_path / "b.json").write_text(json.dumps(board) + " " * 250_000)
    assert list(problems(tmp_path)) == [
        "b.json is in no ConfigMap of deploy/dashboards/kustomization.yaml",
        "b.json is too large for kubectl apply",
    ]


def test_ours_are_as_they_should_be() -> None:
    assert list(problems()) == []
