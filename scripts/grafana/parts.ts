import { DATA_SOURCES } from './model.ts';
import type { Override, PanelSpec, Query } from './model.ts';

/** The same colors as in the web app, for every panel that shows severities or states. */
export const COLORS = {
  critical: 'red',
  warning: 'orange',
  info: 'blue',
  online: 'green',
  offline: 'red',
  error: 'dark-red',
  unknown: 'gray',
} as const;

/** A table query. Leading spaces of its lines are taken away. */
export function table(text: string): Query {
  return { kind: 'sql', format: 'table', text: flush(text) };
}

/** A query of series over time: columns `time`, `metric` (a text, optional) and numbers; ordered by time. */
export function series(text: string): Query {
  return { kind: 'sql', format: 'time_series', text: flush(text) };
}

/** A Prometheus query over the period. */
export function over(text: string, legend: string): Query {
  return { kind: 'promql', text, legend, shape: 'range' };
}

/** A Prometheus query of now. */
export function now(text: string, legend: string): Query {
  return { kind: 'promql', text, legend, shape: 'instant' };
}

function flush(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const indent = Math.min(...lines.map((line) => line.search(/\S/)));
  return lines.map((line) => line.slice(indent)).join('\n');
}

/** What a stat is made of. */
export interface StatSpec {
  title: string;
  description: string;
  query: Query;
  unit?: string;
  decimals?: number;
  /** Where the color changes; the first has no `value`. One color for all unless given. */
  steps?: readonly { color: string; value: number | null }[];
}

/** One figure on colored ground. */
export function stat({ title, description, query, unit = 'short', decimals, steps }: StatSpec): PanelSpec {
  return {
    type: 'stat',
    title,
    description,
    queries: [query],
    defaults: {
      unit,
      ...(decimals === undefined ? {} : { decimals }),
      noValue: '-',
      color: { mode: 'thresholds' },
      thresholds: { mode: 'absolute', steps: steps ?? [{ color: 'blue', value: null }] },
    },
    options: { reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false }, colorMode: 'background', graphMode: 'none', justifyMode: 'center', textMode: 'auto', orientation: 'auto' }, // prettier-ignore
  };
}

/** Green without any, another color from the first on. */
export function noneIsGood(color: string): { color: string; value: number | null }[] {
  return [
    { color: 'green', value: null },
    { color, value: 1 },
  ];
}

/** What a chart over time is made of. */
export interface ChartSpec {
  title: string;
  description: string;
  queries: readonly Query[];
  unit?: string;
  style?: 'lines' | 'bars' | 'area';
  stacking?: 'none' | 'normal';
  legend?: 'list' | 'table';
  overrides?: readonly Override[];
  settings?: Readonly<Record<string, unknown>>;
}

const STYLES = {
  lines: {
    drawStyle: 'line',
    lineInterpolation: 'linear',
    lineWidth: 1,
    fillOpacity: 8,
    showPoints: 'auto',
    pointSize: 4,
    spanNulls: false,
  },
  bars: { drawStyle: 'bars', lineWidth: 0, fillOpacity: 80, barAlignment: 0 },
  area: { drawStyle: 'line', lineInterpolation: 'linear', lineWidth: 1, fillOpacity: 30, showPoints: 'never' },
};

/** Series over time. */
export function chart(spec: ChartSpec): PanelSpec {
  const { title, description, queries, unit = 'short', style = 'lines', stacking = 'none', legend = 'list', overrides, settings } = spec;
  return {
    type: 'timeseries',
    title,
    description,
    queries,
    defaults: {
      unit,
      color: { mode: 'palette-classic' },
      custom: { ...STYLES[style], stacking: { mode: stacking, group: 'A' }, axisSoftMin: 0 },
    },
    ...(overrides === undefined ? {} : { overrides }),
    options: {
      legend: {
        displayMode: legend,
        placement: 'bottom',
        showLegend: true,
        calcs: legend === 'table' ? ['min', 'mean', 'max', 'lastNotNull'] : [],
      },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
    ...(settings === undefined ? {} : { settings }),
  };
}

/** A pie of the rows of a table query: a text and a number. */
export function pie(spec: { title: string; description: string; query: Query; overrides: readonly Override[] }): PanelSpec {
  return {
    type: 'piechart',
    title: spec.title,
    description: spec.description,
    queries: [spec.query],
    defaults: { unit: 'short', decimals: 0, color: { mode: 'palette-classic' } },
    overrides: spec.overrides,
    options: {
      pieType: 'donut',
      displayLabels: ['value'],
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: true },
      legend: { displayMode: 'table', placement: 'right', showLegend: true, values: ['value', 'percent'] },
      tooltip: { mode: 'single', sort: 'none' },
    },
  };
}

/** Rows as they come, with the first column as order. */
export function grid(spec: { title: string; description: string; query: Query; overrides: readonly Override[] }): PanelSpec {
  return {
    type: 'table',
    title: spec.title,
    description: spec.description,
    queries: [spec.query],
    defaults: { custom: { align: 'auto', filterable: true, cellOptions: { type: 'auto' } }, noValue: '-' },
    overrides: spec.overrides,
    options: { showHeader: true, cellHeight: 'sm' },
  };
}

/** A bar for each row of a table query: a text and a number. */
export function ranking(spec: { title: string; description: string; query: Query; color: string }): PanelSpec {
  return {
    type: 'bargauge',
    title: spec.title,
    description: spec.description,
    queries: [spec.query],
    defaults: { unit: 'short', decimals: 0, min: 0, color: { mode: 'fixed', fixedColor: spec.color } },
    options: {
      displayMode: 'gradient',
      orientation: 'horizontal',
      showUnfilled: true,
      valueMode: 'text',
      namePlacement: 'auto',
      sizing: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: true },
    },
  };
}

/** Texts of a column on the colors of what they mean. */
export function colored(words: readonly (keyof typeof COLORS)[]): Record<string, unknown> {
  const options = Object.fromEntries(words.map((word, index) => [word, { color: COLORS[word], text: word, index }]));
  return {
    'custom.cellOptions': { type: 'color-background', mode: 'basic' },
    mappings: [{ type: 'value', options }],
    'custom.width': 110,
  };
}

/** Fixed colors for fields that are named like what they mean. */
export function colorOf(words: readonly (keyof typeof COLORS)[]): Override[] {
  return words.map((word) => ({ field: word, properties: { color: { mode: 'fixed', fixedColor: COLORS[word] } } }));
}

/** A link of a cell to a page of the web app. */
export function linkTo(title: string, path: string): Record<string, unknown> {
  return { links: [{ title, url: `\${platform}${path}`, targetBlank: true }] };
}

const QUERY_VARIABLE = { type: 'query', datasource: DATA_SOURCES.postgres, refresh: 1, sort: 0, regex: '', options: [], current: {} };

/** The address of the web app, as the reader was made with it; not shown. */
export const PLATFORM = variable(
  { name: 'platform', label: 'Platform', query: 'select platform_url from grafana_platform' },
  { hide: 2, skipUrlSync: true },
);

/** A variable whose choices are the rows of a query, with more of Grafana's settings. */
export function variable(
  { name, label, query }: { name: string; label: string; query: string },
  settings: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    ...QUERY_VARIABLE,
    name,
    label,
    query,
    definition: query,
    hide: 0,
    multi: false,
    includeAll: false,
    skipUrlSync: false,
    ...settings,
  };
}

/** The web app at the top of a dashboard. */
export const OPEN_PLATFORM = {
  type: 'link',
  title: 'Open the platform',
  url: '${platform}',
  targetBlank: true,
  icon: 'dashboard',
  tooltip: 'The web app',
};
