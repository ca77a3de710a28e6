// Draws dashboards with Grafana's own components, from answers that Prometheus gave before: the
// page asks nobody. window.SHOWN = {board, answers: {panel id: {ref id: answer}}, from, to, step}.
import {
  createTheme, FieldType, getDisplayProcessor, standardTransformers, standardTransformersRegistry,
  toDataFrame, transformDataFrame, dateTime,
} from '@grafana/data';
import { BigValue, GlobalStyles, PanelChrome, Table, TimeSeries, VizRepeater } from '@grafana/ui';
import { ThemeContext } from '@grafana/data';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { lastValueFrom } from 'rxjs';

const theme = createTheme({ colors: { mode: 'light' } });
const { board, answers, from, to, step } = window.SHOWN;
const WIDTH = 1320, GAP = 8, HIGH = 30;
const range = { from: dateTime(from), to: dateTime(to), raw: { from: dateTime(from), to: dateTime(to) } };

standardTransformersRegistry.setInit(() =>
  [standardTransformers.mergeTransformer, standardTransformers.organizeFieldsTransformer].map(
    (transformation) => ({ id: transformation.id, name: transformation.id, transformation })));

// A name as Grafana makes it of a legend: `{{label}}` stands for the label.
const named = (legend, labels) =>
  legend ? legend.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? '') : 'Value';

const number = (text) => (text === 'NaN' ? NaN : Number(text));

function overTime(target, series) {
  const times = [];
  for (let at = from; at <= to; at += step) times.push(at);
  return series.map(({ metric, values }) => {
    const known = new Map(values.map(([at, value]) => [Math.round(at * 1000), number(value)]));
    const found = times.map((at) => known.get(at)).map((v) => (v === undefined || isNaN(v) ? null : v));
    return toDataFrame({
      refId: target.refId,
      fields: [
        { name: 'Time', type: FieldType.time, values: times },
        { name: 'Value', type: FieldType.number, values: found, labels: metric,
          config: { displayName: named(target.legendFormat, metric) } },
      ],
    });
  });
}

function asTable(target, series, isOnly) {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return toDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: series.map(() => to) },
      ...labels.map((name) => ({ name, type: FieldType.string, values: series.map((s) => s.metric[name] ?? '') })),
      { name: isOnly ? 'Value' : `Value #${target.refId}`, type: FieldType.number,
        values: series.map((s) => number(s.value[1])) },
    ],
  });
}

const steps = (thresholds) =>
  thresholds && { ...thresholds, steps: thresholds.steps.map((s) => ({ ...s, value: s.value ?? -Infinity })) };

// What the panel says of its fields, and of those with this name.
function configured(panel, frames) {
  let index = 0;
  for (const field of frames.flatMap((frame) => frame.fields)) {
    const own = field.config?.displayName ?? field.name;
    const defaults = structuredClone(panel.fieldConfig.defaults);
    field.config = { ...defaults, thresholds: steps(defaults.thresholds), displayName: own, custom: { ...defaults.custom } };
    for (const { matcher, properties } of panel.fieldConfig.overrides) {
      if (matcher.options !== own) continue;
      for (const { id, value } of properties) {
        if (id === 'thresholds') field.config.thresholds = steps(value);
        else if (id.startsWith('custom.')) field.config.custom[id.slice(7)] = value;
        else if (id !== 'links') field.config[id] = value;
      }
    }
    if (field.type === FieldType.string) field.config = { displayName: own, custom: field.config.custom };
    field.state = { displayName: own, seriesIndex: field.type === FieldType.number ? index++ : undefined };
    field.display = getDisplayProcessor({ field, theme, timeZone: 'utc' });
  }
  return frames;
}

function Stat({ panel, width, height }) {
  const fields = configured(panel, panel.targets.flatMap((target) =>
    answers[panel.id][target.refId].map(({ metric, value }) => toDataFrame({ fields: [
      { name: 'Value', type: FieldType.number, values: [number(value[1])],
        config: { displayName: named(target.legendFormat, metric) } }] })))).flatMap((frame) => frame.fields);
  const { options } = panel;
  const values = fields.map((f) => ({ ...f.display(f.values[0]), title: f.config.displayName }));
  if (!values.length) {
    const [empty] = configured(panel, [toDataFrame({ fields: [{ name: 'Value', type: FieldType.number, values: [null] }] })]);
    values.push({ ...empty.fields[0].display(null), title: '' });
  }
  return <VizRepeater width={width} height={height} source={values} getValues={() => values} orientation="auto"
    itemSpacing={4} autoGrid renderCounter={0}
    renderValue={({ value, width, height }) => <BigValue {...{ value, width, height, theme, count: values.length }}
      colorMode={options.colorMode} graphMode="none" textMode={options.textMode} text={options.text} justifyMode="auto" />} />;
}

function Lines({ panel, width, height }) {
  const frames = configured(panel, panel.targets.flatMap((t) => overTime(t, answers[panel.id][t.refId])));
  if (!frames.length) return <Nothing panel={panel} />;
  return <TimeSeries frames={frames} width={width} height={height} timeRange={range} timeZone="utc"
    legend={panel.options.legend} options={panel.options} />;
}

const Nothing = ({ panel }) => <div style={{ textAlign: 'center', paddingTop: 40, color: theme.colors.text.secondary }}>
  {panel.fieldConfig.defaults.noValue}</div>;

function Rows({ panel, width, height }) {
  const [data, setData] = React.useState(null);
  React.useEffect(() => {
    const frames = panel.targets.map((t) => asTable(t, answers[panel.id][t.refId], panel.targets.length === 1));
    lastValueFrom(transformDataFrame(panel.transformations, frames)).then(([frame]) => setData(configured(panel, [frame])[0]));
  }, []);
  if (!data) return null;
  if (!data.length) return <Nothing panel={panel} />;
  return <Table data={data} width={width} height={height} initialSortBy={panel.options.sortBy} columnMinWidth={panel.fieldConfig.defaults.custom.minWidth}
    timeRange={range} getActions={() => []} />;
}

const FORMS = { stat: Stat, timeseries: Lines, table: Rows };

function Panel({ panel }) {
  const { x, y, w, h } = panel.gridPos;
  const column = (WIDTH + GAP) / 24;
  const box = { position: 'absolute', left: x * column, top: y * (HIGH + GAP), width: w * column - GAP, height: h * (HIGH + GAP) - GAP };
  if (panel.type === 'row')
    return <div style={{ ...box, fontSize: 16, fontWeight: 500, paddingTop: 4 }}>{panel.title}</div>;
  const Form = FORMS[panel.type];
  return <div style={box}>
    <PanelChrome width={box.width} height={box.height} title={panel.title} description={panel.description}>
      {(width, height) => <Form panel={panel} width={width} height={height} />}
    </PanelChrome>
  </div>;
}

const bottom = Math.max(...board.panels.map(({ gridPos: { y, h } }) => y + h)) * (HIGH + GAP);
createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <div style={{ position: 'relative', width: WIDTH, height: bottom + 48, padding: 0 }}>
      <h1 style={{ fontSize: 20, margin: '0 0 12px' }}>{board.title}</h1>
      <div style={{ position: 'relative' }}>{board.panels.map((panel) => <Panel key={panel.id} panel={panel} />)}</div>
    </div>
  </ThemeContext.Provider>);
