"""A dashboard as Grafana reads it."""

import json
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from deploy.dashboards.panels import SOURCE, Panel

TAG: Final = "headsup"
"""By which the dashboards find each other."""
RUNBOOKS: Final = "https://docs.shop.example/docs/runbooks"
"""Stands for where an operator reads docs/runbooks; changed at the top of a dashboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something that is chosen at the top: one or several values of a label, or all."""

    label: str
    of: str
    """A metric that has the label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A dashboard."""

    name: str
    """Of its file, and in its address."""
    title: str
    about: str
    rows: Sequence[Row]
    choices: Sequence[Choice] = ()
    since: str = "now-6h"

    def json(self) -> str:
        """The file."""
        made = self._built()
        for number, panel in enumerate(made.panels or (), start=1):
            panel.id_val = number
        return json.dumps(made, cls=JSONEncoder, sort_keys=True, indent=1) + "\n"

    def _built(self) -> models.Dashboard:
        made = (
            dashboard.Dashboard(f"Headsup: {self.title}")
            .uid(f"{TAG}-{self.name}")
            .description(self.about)
            .tags([TAG])
            .readonly()
            .timezone("browser")
            .time(self.since, "now")
            .refresh("1m")
            .tooltip(models.DashboardCursorSync.CROSSHAIR)
            .link(_others())
            .with_variable(
                dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
            )
            .with_variable(_runbooks())
            .with_variable(dashboard.AdHocVariable("only").label("Only").datasource(SOURCE))
        )
        for choice in self.choices:
            made.with_variable(_chosen(choice))
        for row in self.rows:
            made.with_row(dashboard.Row(row.title))
            for panel in row.panels:
                made.with_panel(deepcopy(panel))  # it is given its place
        return made.build()


def _others() -> dashboard.DashboardLink:
    link = dashboard.DashboardLink("Headsup").type(models.DashboardLinkType.DASHBOARDS)
    return link.tags([TAG]).keep_time(True).include_vars(True)


def _runbooks() -> dashboard.TextBoxVariable:
    current = models.VariableOption(text=RUNBOOKS, value=RUNBOOKS)
    variable = dashboard.TextBoxVariable("runbooks").label("Runbooks are at")
    return variable.default_value(RUNBOOKS).current(current)


def _chosen(choice: Choice) -> dashboard.QueryVariable:
    everything = models.VariableOption(text="All", value="$__all")
    return (
        dashboard.QueryVariable(choice.label)
        .datasource(SOURCE)
        .query(f"label_values({choice.of}, {choice.label})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(everything)
    )
