/** Which of the two data sources a panel asks. The ids are those of `provisioning/datasources/insa.yml`. */
export const DATA_SOURCES = {
  postgres: { type: 'grafana-postgresql-datasource', uid: 'insa-postgres' },
  prometheus: { type: 'prometheus', uid: 'insa-prometheus' },
} as const;

/** One query of a panel. */
export type Query =
  | { kind: 'sql'; format: 'table' | 'time_series'; text: string }
  | { kind: 'promql'; text: string; legend: string; shape: 'range' | 'instant' };

/** Settings that differ for one field, named as the panel shows it. */
export interface Override {
  field: string;
  properties: Readonly<Record<string, unknown>>;
}

/** A panel without its place. */
export interface PanelSpec {
  type: 'stat' | 'timeseries' | 'piechart' | 'table' | 'bargauge' | 'barchart' | 'text';
  title: string;
  /** For the (i) beside the title: what is counted, and how. */
  description: string;
  queries: readonly Query[];
  /** Of every field: unit, thresholds, mappings, colors. */
  defaults: Readonly<Record<string, unknown>>;
  overrides?: readonly Override[];
  options: Readonly<Record<string, unknown>>;
  /** More of Grafana's own settings: `repeat`, `interval`, `maxDataPoints`. */
  settings?: Readonly<Record<string, unknown>>;
}

/** Panels side by side: each with its width, of 24 columns together, and all with one height. */
export interface Row {
  height: number;
  panels: readonly (readonly [width: number, panel: PanelSpec])[];
}

/** A whole dashboard. */
export interface DashboardSpec {
  uid: string;
  title: string;
  description: string;
  /** The period it opens with, such as `now-6h`. */
  from: string;
  variables: readonly Readonly<Record<string, unknown>>[];
  annotations?: readonly Readonly<Record<string, unknown>>[];
  links?: readonly Readonly<Record<string, unknown>>[];
  rows: readonly Row[];
}

/** Of Grafana 12 and 13. */
const SCHEMA_VERSION = 42;
const COLUMNS = 24;

/** The dashboard as Grafana reads it. Panels get their numbers and places in the order of their rows. */
export function dashboardJson(spec: DashboardSpec): Record<string, unknown> {
  return {
    uid: spec.uid,
    title: spec.title,
    description: spec.description,
    tags: ['insa'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: spec.from, to: 'now' },
    timepicker: { refresh_intervals: ['10s', '30s', '1m', '5m', '15m', '1h'] },
    timezone: 'browser',
    templating: { list: spec.variables },
    annotations: { list: spec.annotations ?? [] },
    links: [
      {
        type: 'dashboards',
        title: 'INSA dashboards',
        tags: ['insa'],
        asDropdown: true,
        includeVars: false,
        keepTime: true,
        icon: 'external link',
      },
      ...(spec.links ?? []),
    ],
    panels: placed(spec.rows),
  };
}

function placed(rows: readonly Row[]): Record<string, unknown>[] {
  const panels: Record<string, unknown>[] = [];
  let y = 0;
  for (const { height, panels: specs } of rows) {
    let x = 0;
    for (const [width, spec] of specs) {
      panels.push({ id: panels.length + 1, gridPos: { x, y, w: width, h: height }, ...panelJson(spec) });
      x += width;
    }
    if (x !== COLUMNS) throw new Error(`The row at ${String(y)} is ${String(x)} columns wide and must be ${String(COLUMNS)}.`);
    y += height;
  }
  return panels;
}

function panelJson({ type, title, description, queries, defaults, overrides, options, settings }: PanelSpec): Record<string, unknown> {
  return {
    type,
    title,
    description,
    datasource: DATA_SOURCES[queries[0]?.kind === 'promql' ? 'prometheus' : 'postgres'],
    targets: queries.map((query, index) => targetJson(query, String.fromCodePoint(65 + index))),
    fieldConfig: { defaults, overrides: (overrides ?? []).map(overrideJson) },
    options,
    ...settings,
  };
}

function targetJson(query: Query, refId: string): Record<string, unknown> {
  switch (query.kind) {
    case 'sql':
      return { refId, datasource: DATA_SOURCES.postgres, editorMode: 'code', rawQuery: true, format: query.format, rawSql: query.text };
    case 'promql': {
      const { text: expr, legend: legendFormat, shape } = query;
      return {
        refId,
        datasource: DATA_SOURCES.prometheus,
        editorMode: 'code',
        expr,
        legendFormat,
        range: shape === 'range',
        instant: shape === 'instant',
      };
    }
  }
}

function overrideJson({ field, properties }: Override): Record<string, unknown> {
  return {
    matcher: { id: 'byName', options: field },
    properties: Object.entries(properties).map(([id, value]) => ({ id, value })),
  };
}
