"""The few forms of panels that the dashboards are made of. Each says in plain words what it shows,
what is normal and what to do."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, TypeVar

from grafana_foundation_sdk.builders import common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

Panel = stat.Panel | timeseries.Panel | table.Panel
T = TypeVar("T", stat.Panel, timeseries.Panel, table.Panel)

SOURCE: Final = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
GOOD: Final = "green"
WARN: Final = "orange"
BAD: Final = "red"
NEUTRAL: Final = "#8e8e8e"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a person reads on a panel."""

    title: str
    normal: str
    """What is normal."""
    do: str
    """What to do if it is not."""
    runbooks: tuple[str, ...] = ()
    """The alerts whose pages say more."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A query of a panel."""

    query: str
    name: str = ""
    """What it is called in the legend, or above its column; `{{label}}` stands for a label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """From which figure on a panel is orange, and from which red. Of what should be many, the
    other way round: below them."""

    warn: float | None = None
    bad: float | None = None
    few_are_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How figures are shown. A panel is `width` of 24 columns wide and `height` rows high."""

    unit: str
    width: int = 12
    height: int = 8
    decimals: int | None = None
    limits: Limits = field(default_factory=Limits)
    greatest: float | None = None
    """What the axis ends with."""
    words: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    """What is said instead of a figure, and in which colour."""
    if_nothing: str = "nothing"
    """What is said where there are no figures."""
    by_powers: bool = False
    """Whether the axis goes by powers of ten."""
    only_names: bool = False
    """Whether a figure's name is shown instead of it."""
    link: str = ""
    """Where a click on a cell leads."""

    def but(self, **changes: Any) -> "Look":
        """The same with something else."""
        return replace(self, **changes)


def grown(counter: str, labels: str, window: str) -> str:
    """How often something was counted lately, by labels; all of it where there are none.

    A counter with labels begins with its first count, of which increase() sees nothing, in each pod
    anew: a reminder a day on three pods would never be one. So of whatever was not there when the
    window began its count is taken as it is, also where its pod is gone by now.
    """
    by = f" by ({labels})" if labels else ""
    lately, before = f"{counter}[{window}]", f"{counter} offset {window}"
    new = f"last_over_time({lately}) unless {before}"
    return f"sum{by} (increase({lately}) and {before} or {new})"


def counted(counter: str, labels: str, window: str) -> str:
    """The same, without what was not counted."""
    return f"{grown(counter, labels, window)} > 0"


_NARROWEST: Final = 70
"""Pixels of a column: all of a table's are to be seen without moving it."""
NO_LIMITS: Final = Limits()


def number(about: About, look: Look, *asks: Ask) -> stat.Panel:
    """The newest figure of each query, large."""
    is_judged = look.limits != NO_LIMITS or bool(look.words)
    solid = kinds.BigValueColorMode.BACKGROUND_SOLID
    by_name = any(ask.name for ask in asks)
    shown = kinds.BigValueTextMode.VALUE_AND_NAME if by_name else kinds.BigValueTextMode.VALUE
    sizes = common.VizTextDisplayOptions().title_size(14).value_size(28 if by_name else 44)
    panel = (
        _described(stat.Panel(), about, look)
        .color_mode(solid if is_judged else kinds.BigValueColorMode.NONE)
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .text_mode(kinds.BigValueTextMode.NAME if look.only_names else shown)
        .text(sizes)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).fields(""))
    )
    return _asking(panel, asks, _now)


def lines(about: About, look: Look, *asks: Ask, stacked: bool = False) -> timeseries.Panel:
    """How it went. What is stacked adds up."""
    legend = (
        common.VizLegendOptions()
        .display_mode(kinds.LegendDisplayMode.LIST)
        .placement(kinds.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs([])
    )
    tooltip = common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI)
    panel = (
        _described(timeseries.Panel(), about, look)
        .legend(legend)
        .tooltip(tooltip.sort(kinds.SortOrder.DESCENDING))
        .line_width(1 if stacked else 2)
        .fill_opacity(_fill(look, stacked=stacked))
        .show_points(kinds.VisibilityMode.NEVER)
        .color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC))
    )
    if look.limits != NO_LIMITS:
        dashed = kinds.GraphThresholdsStyleMode.DASHED
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(dashed))
    if look.by_powers:
        panel.scale_distribution(
            common.ScaleDistributionConfig().type(kinds.ScaleDistribution.LOG).log(10)
        )
    else:
        panel.axis_soft_min(0)
    if look.unit == "short":
        panel.axis_soft_max(1)  # what is always 0 lies at the bottom of little, not of 100
    if stacked:
        panel.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
    return _asking(panel, asks, _over_time)


def _fill(look: Look, *, stacked: bool) -> int:
    """How much of the colour is below a line. Where the axis goes by powers there is no bottom."""
    return 60 if stacked else 0 if look.by_powers else 8


def rows(
    about: About,
    look: Look,
    *asks: Ask,
    columns: Mapping[str, Look] = MappingProxyType({}),
    hidden: Sequence[str] = (),
    first: str = "",
) -> table.Panel:
    """A row for each group of labels, a column for each query under the query's name; `columns`
    says how some look, and those of `hidden` are left out. What the first query finds most of comes
    first, or else what is first by the letters of the label `first`."""
    panel = _described(table.Panel(), about, look).min_width(_NARROWEST)
    panel.color_scheme(dashboard.FieldColor().mode(models.FieldColorModeId.THRESHOLDS))
    names = {
        f"Value #{chr(65 + number)}" if len(asks) > 1 else "Value": ask.name
        for number, ask in enumerate(asks)
    }
    panel.with_transformation(models.DataTransformerConfig(id_val="merge", options={}))
    without = [old for old, new in names.items() if new in hidden]
    tidied: Mapping[str, object] = {
        "excludeByName": dict.fromkeys(("Time", *without), True),
        "renameByName": names,
        "indexByName": {},
    }
    panel.with_transformation(models.DataTransformerConfig(id_val="organize", options=tidied))
    order = common.TableSortByFieldState().display_name(first or asks[0].name)
    panel.sort_by([order.desc(not first)])
    for name, shown in columns.items():
        panel.override_by_name(name, _properties(shown))
    return _asking(panel, asks, _as_table)


def _properties(look: Look) -> list[models.DynamicConfigValue]:
    said: dict[str, object] = {"unit": look.unit}
    if look.decimals is not None:
        said["decimals"] = look.decimals
    if look.limits != NO_LIMITS:
        said["thresholds"] = _thresholds(look.limits).build()
        said["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    if look.link:
        said["links"] = [{"title": "Runbook", "url": look.link, "targetBlank": True}]
    return [models.DynamicConfigValue(id_val=name, value=value) for name, value in said.items()]


def _described(panel: T, about: About, look: Look) -> T:
    panel.title(about.title).description(f"Normal: {about.normal}\n\nElse: {about.do}")
    panel.datasource(SOURCE).unit(look.unit).span(look.width).height(look.height)
    panel.thresholds(_thresholds(look.limits)).no_value(look.if_nothing)
    if look.decimals is not None:
        panel.decimals(look.decimals)
    if look.greatest is not None:
        panel.max(look.greatest)
    panel.mappings([_nothing(look.if_nothing), *([_said(look.words)] if look.words else ())])
    panel.links([_runbook(alert) for alert in about.runbooks])
    return panel


def _nothing(words: str) -> models.SpecialValueMap:
    """Without it Grafana paints what is not there in the colour of nought."""
    grey = models.ValueMappingResult(text=words, color=NEUTRAL)
    match = models.SpecialValueMatch.NULL_AND_NAN
    return models.SpecialValueMap(models.DashboardSpecialValueMapOptions(match=match, result=grey))


def _said(words: Mapping[int, tuple[str, str]]) -> models.ValueMap:
    return models.ValueMap(
        {
            str(value): models.ValueMappingResult(text=text, color=color)
            for value, (text, color) in words.items()
        }
    )


def _runbook(alert: str) -> dashboard.DashboardLink:
    link = dashboard.DashboardLink(f"Runbook: {alert}")
    return link.url(f"${{runbooks}}/{alert}.md").target_blank(True)


def _thresholds(limits: Limits) -> dashboard.ThresholdsConfig:
    if limits.few_are_bad:
        steps = [models.Threshold(value=None, color=BAD if limits.bad is not None else WARN)]
        if limits.bad is not None:
            steps.append(models.Threshold(value=limits.bad, color=WARN))
        steps.append(models.Threshold(value=limits.warn, color=GOOD))
    else:
        steps = [models.Threshold(value=None, color=GOOD)]
        pairs = ((limits.warn, WARN), (limits.bad, BAD))
        steps += [models.Threshold(value=v, color=color) for v, color in pairs if v is not None]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(steps)


def _asking(panel: T, asks: Sequence[Ask], form: Callable[[Ask], prometheus.Dataquery]) -> T:
    for number, ask in enumerate(asks):
        panel.with_target(form(ask).datasource(SOURCE).ref_id(chr(ord("A") + number)))
    return panel


def _over_time(ask: Ask) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(ask.query).legend_format(ask.name).range()


def _now(ask: Ask) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(ask.query).legend_format(ask.name).instant()


def _as_table(ask: Ask) -> prometheus.Dataquery:
    return prometheus.Dataquery().expr(ask.query).format(PromQueryFormat.TABLE).instant()
