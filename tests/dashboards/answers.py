"""What Prometheus answers to the queries of the dashboards."""

import json
import time
from typing import Any, Final

from deploy.check.dashboards import panels
from deploy.dashboards.files import MADE
from tests.support.dashboards import as_asked
from tests.support.prometheus import Prometheus

STEP: Final = 4
"""Seconds between two points of a line."""


async def answers(prometheus: Prometheus, seconds: float) -> dict[str, object]:
    """For each dashboard: itself, the answers by panel and query, and the time that they are of."""
    until = int(time.time())
    since = until - int(seconds)
    found: dict[str, object] = {}
    for path in MADE:
        board = json.loads(path.read_text("utf-8"))
        by_panel = {
            panel["id"]: {
                target["refId"]: await _answer(prometheus, target, since, until)
                for target in panel["targets"]
            }
            for panel in panels(board)
        }
        found[path.stem] = {
            "board": board,
            "answers": by_panel,
            "from": since * 1000,
            "to": until * 1000,
            "step": STEP * 1000,
        }
    return found


async def _answer(prometheus: Prometheus, target: Any, since: int, until: int) -> list[Any]:
    query = as_asked(target["expr"])
    if not target.get("range"):
        return await prometheus.ask(query)
    asked: dict[str, str | int] = {"query": query, "start": since, "end": until, "step": STEP}
    answer = await prometheus.client.get("/api/v1/query_range", params=asked)
    found: list[Any] = answer.raise_for_status().json()["data"]["result"]
    return found
