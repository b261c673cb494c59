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
