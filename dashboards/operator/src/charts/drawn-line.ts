import type { ChartPoint } from './buckets.ts';
import type { LineLook } from './looks.ts';

/** A line as the canvas draws it. */
export interface DrawnLine {
  id: string;
  kind: 'number' | 'boolean';
  /** True for truth values one by one; where there are too many, the line shows the share of those that were true. */
  isStep: boolean;
  /** Shown at its axis; lines of the same unit share one. */
  unit: string;
  look: LineLook;
  /** The same series at an earlier time: dashed and paler. */
  isComparison: boolean;
  points: readonly ChartPoint[];
  /** After how long a silence the line breaks. */
  breakMs: number;
  /** True when lows and highs are shaded. */
  hasBand: boolean;
}

/** A line of a chart, which tells its value at every instant. */
export interface ChartLine extends DrawnLine {
  /** How much later than the middle of its bucket a bar stands, because those of other lines stand beside it; 0 for what is no bar. */
  asideMs: number;
  /** How far from an instant a point (a bar: the middle of its bucket) is still the value there. */
  reachMs: number;
}

/** What a chart shows: its extent in time, epoch milliseconds. */
export interface ShownRange {
  startMs: number;
  endMs: number;
}

/** One line in the legend. */
export interface LegendEntry {
  id: string;
  label: string;
  look: LineLook;
  isShown: boolean;
  isState: boolean;
  isComparison: boolean;
  value: string;
  unit: string;
  /** Of the newest value: how old it is; empty for values of the past. */
  age: string;
  isStale: boolean;
  hasOwnScale: boolean;
}
