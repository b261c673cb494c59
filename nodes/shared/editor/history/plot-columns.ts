import uPlot from 'uplot';
import type { BacktestSeries } from '../../../../src/contracts/backtest.ts';
import { extremes, isLine, withBreaks } from '../../history/curves.ts';
import type { CurveRole } from '../../history/limits.ts';
import type { Picture } from './picture.ts';

/** What a column of the plot is. */
export interface Column {
  role: CurveRole | 'limit' | 'clear';
  /** With `low` and `high` two columns are the edges of one ribbon. */
  edge: 'line' | 'low' | 'high';
}

/** The columns of a plot: instants first, then one for each of `columns`. */
export interface PlotColumns {
  data: uPlot.AlignedData;
  columns: Column[];
}

/** Room above and below the curves, as a share of what they span. */
const HEADROOM = 0.08;
/** A limit farther away than so many spans of the curves is not worth pressing them flat. */
const FAR_SPANS = 3;

/** The curves of a picture side by side, with the whole period as the range of time. What is told but not drawn is left out. */
export function columnsOf(picture: Picture): PlotColumns {
  const tables: uPlot.AlignedData[] = [[[picture.startMs, picture.endMs]] as unknown as uPlot.AlignedData];
  const columns: Column[] = [];
  const drawn = picture.curves.filter(({ role }) => role !== 'told');
  // What lies behind is drawn first.
  const order: CurveRole[] = ['behind', 'former', 'other', 'main'];
  for (const { role, series } of drawn.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role))) {
    const { atMs, min, max } = withBreaks(series);
    if (isLine(series)) {
      tables.push([atMs, min]);
      columns.push({ role, edge: 'line' });
    } else {
      tables.push([atMs, max, min]);
      columns.push({ role, edge: 'high' }, { role, edge: 'low' });
    }
  }
  const { limit } = picture;
  if (limit?.kind === 'above') {
    tables.push(shifted(limit.series, limit.limit.value));
    columns.push({ role: 'limit', edge: 'line' });
    if (limit.limit.clear !== undefined) {
      tables.push(shifted(limit.series, limit.limit.clear));
      columns.push({ role: 'clear', edge: 'line' });
    }
  }
  return { data: uPlot.join(tables), columns };
}

/** The range of values that shows the curves, and the limit where that is near enough. */
export function valueRange(picture: Picture): [number, number] {
  const found = extremes(picture.curves.filter(({ role }) => role !== 'told').map(({ series }) => series));
  const levels = levelsOf(picture);
  const { low, high } = found ?? { low: Math.min(0, ...levels), high: Math.max(1, ...levels) };
  const span = high - low || Math.abs(high) || 1;
  const near = levels.filter((level) => level > low - FAR_SPANS * span && level < high + FAR_SPANS * span);
  const [bottom, top] = [Math.min(low, ...near), Math.max(high, ...near)];
  const room = (top - bottom || span) * HEADROOM;
  return [bottom - room, top + room];
}

function levelsOf({ limit, deployedLimit }: Picture): number[] {
  if (limit === undefined) return [];
  if (limit.kind === 'level') return [limit.limit.value, limit.limit.clear, deployedLimit].filter((level) => level !== undefined);
  const over = extremes([limit.series]);
  return over === undefined ? [] : [over.low + limit.limit.value, over.high + limit.limit.value];
}

function shifted(series: BacktestSeries, by: number): uPlot.AlignedData {
  const { atMs, min, max } = withBreaks(series);
  return [atMs, min.map((low, index) => (low === null ? null : (low + (max[index] ?? low)) / 2 + by))];
}
