/** A quantity on a chart. */
export interface ChartSeries {
  deviceId: string;
  key: string;
  /** What it is called; by default the names of device and quantity. */
  label?: string | undefined;
}

/** What a chart covers: the time up to now, which moves on, or what was between two instants (epoch milliseconds). */
export type ChartPeriod = { lastMs: number } | { startMs: number; endMs: number };

export type ChartKind = 'line' | 'area' | 'bar';

/** How readings of one bucket of time become one point; `auto` draws mean, minimum and maximum where there are too many readings for the width. */
export type ChartAggregation = 'auto' | 'avg' | 'min' | 'max' | 'sum' | 'count';

/** A value that is marked across the chart. */
export interface ChartLimit {
  value: number;
  label: string;
}

/** A stretch of time that is marked, such as an alert; without an end up to now. */
export interface ChartSpan {
  startMs: number;
  endMs?: number | undefined;
  label: string;
  tone: 'critical' | 'warning' | 'info';
}

/** What `SeriesChart.vue` takes. */
export interface ChartProps {
  series: readonly ChartSeries[];
  period: ChartPeriod;
  kind?: ChartKind | undefined;
  aggregation?: ChartAggregation | undefined;
  /** Draws the same series once more, as they were so long before (milliseconds): last week beside this one. */
  compareBeforeMs?: number | undefined;
  limits?: readonly ChartLimit[] | undefined;
  spans?: readonly ChartSpan[] | undefined;
  /** Without the list of lines under it, for small places. The chart fills the height it is given, and is `--chart-height` (300px) high otherwise. */
  isCompact?: boolean | undefined;
}
