import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { barRange, scalesOf, valueRange } from './axes.ts';
import type { ChartKind, ChartLimit, ChartSpan } from './chart.ts';
import { alignedColumns } from './chart-data.ts';
import { drawLimit, drawMarks, drawSpanLabels, drawSpans } from './decorations.ts';
import type { DrawnLine, ShownRange } from './drawn-line.ts';

/** What a plot needs to know besides its data. */
export interface PlotSettings {
  width: number;
  height: number;
  kind: ChartKind;
  /** Length of the buckets that bars stand for, in milliseconds; asked at every drawing. */
  barMs: () => number;
  lines: readonly DrawnLine[];
  colors: PlotColors;
  /** Asked at every drawing. */
  limits: () => readonly ChartLimit[];
  spans: () => readonly ChartSpan[];
  nowMs: () => number;
  formatValue: (value: number) => string;
  formatTruth: (value: number) => string;
  formatTime: (timeMs: number, stepMs: number) => string;
  /** Told which instant lies under the pointer; undefined when it leaves. */
  onHover: (timeMs: number | undefined) => void;
  /** Told what was marked with the pointer. */
  onZoom: (range: ShownRange) => void;
  /** Told where the plot lies within its frame, in CSS pixels. */
  onLayout: (inset: { left: number; width: number }) => void;
}

/** The colours of a plot besides those of its lines. */
export interface PlotColors {
  grid: string;
  text: string;
  limit: string;
  halo: string;
  tones: Record<ChartSpan['tone'], string>;
}

/** The font of everything written in a plot. */
export const PLOT_FONT = '12px Roboto, system-ui, sans-serif';
/** About the width of a letter of a label. */
const LABEL_PX = 6;
const TRUTH_RANGE: uPlot.Range.MinMax = [-0.15, 1.15];
/** Fewer points than this are marked one by one. */
const MOST_POINTS_SHOWN = 40;
/** An axis is at the left unless this says otherwise. */
// The library has names for these in its types only.
/* eslint-disable @typescript-eslint/no-unsafe-enum-assignment -- there is nothing else to write */
const AT_THE_RIGHT: Pick<uPlot.Axis, 'side'> = { side: 1 };
const ON_THE_SCALE: Pick<uPlot.Series.BarsPathBuilderFacet, 'unit'> = { unit: 1 };
/* eslint-enable @typescript-eslint/no-unsafe-enum-assignment */
/** How much of a bucket its bars take together; the rest is the gap to the next. */
const BARS_SHARE = 0.78;
/** A shorter way of the pointer is a slip, not a choice. */
const SHORTEST_DRAG_PX = 8;

/** A plot in `target`. */
export function createPlot(target: HTMLElement, settings: PlotSettings): uPlot {
  const { names, units } = scalesOf(settings.lines);
  return new uPlot(
    {
      width: settings.width,
      height: settings.height,
      ms: 1,
      legend: { show: false },
      padding: [12, 16, 0, units.length === 0 && !names.includes('truth') ? 16 : 0],
      cursor: { y: false, drag: { x: true, y: false, setScale: false, dist: SHORTEST_DRAG_PX }, points: { show: false } },
      scales: scales(settings, units),
      axes: axes(settings, { names, units }),
      bands: settings.lines.flatMap((line, place) =>
        line.hasBand ? [{ series: [place * 3 + 3, place * 3 + 2] as uPlot.Band.Bounds, fill: `${line.look.color}2E` }] : [],
      ),
      series: [{}, ...settings.lines.flatMap((line, place) => seriesOf(settings, line, { place, scale: names[place] ?? 'y0' }))],
      hooks: {
        setCursor: [(self) => settings.onHover(timeUnder(self))],
        setSelect: [(self) => zoomed(self, settings)],
        drawClear: [(self) => drawSpans(self, settings)],
        draw: [(self) => decorate(self, settings, names)],
      },
    },
    dataOf(settings.lines),
    target,
  );
}

/** The columns of a plot: times, then of each line its values, lows and highs. */
export function dataOf(lines: readonly DrawnLine[]): uPlot.AlignedData {
  const columns = alignedColumns(lines);
  const nothing = columns.times.map(() => undefined);
  return [
    columns.times,
    ...columns.lines.flatMap(({ values, lows, highs }, place) =>
      lines[place]?.hasBand === true ? [values, lows, highs] : [values, nothing, nothing],
    ),
  ];
}

function scales(settings: PlotSettings, units: readonly string[]): uPlot.Scales {
  const range = settings.kind === 'bar' ? barRange : valueRange;
  const ofUnits = units.map((_unit, place): [string, uPlot.Scale] => [
    `y${String(place)}`,
    {
      // Limits are those of the first unit.
      range: (_plot: uPlot, min: number | null, max: number | null): uPlot.Range.MinMax =>
        range(min, max, place === 0 ? settings.limits().map(({ value }) => value) : []),
    },
  ]);
  // The extent in time is set from outside.
  const x: uPlot.Scale = { time: true, auto: false };
  const truth: uPlot.Scale = { range: () => TRUTH_RANGE };
  return Object.fromEntries([['x', x], ['truth', truth], ...ofUnits]);
}

function axes(settings: PlotSettings, { names, units }: { names: readonly string[]; units: readonly string[] }): uPlot.Axis[] {
  const common = { stroke: settings.colors.text, font: PLOT_FONT, ticks: { show: false } };
  const x: uPlot.Axis = {
    ...common,
    grid: { show: false },
    space: 90,
    size: 30,
    values: (plot, times, ...[, , stepMs]) => times.map((time) => ifItFits(plot, time, settings.formatTime(time, stepMs))),
  };
  // Before the first layout there are no labels yet, whatever the types say.
  const size = (_plot: uPlot, labels: string[] | null): number => 18 + 7 * Math.max(3, ...(labels ?? []).map((label) => label.length));
  const values = units.slice(0, 2).map((unit, place): uPlot.Axis => ({
    ...common,
    scale: `y${String(place)}`,
    ...(place === 0 ? {} : AT_THE_RIGHT),
    size,
    grid: place === 0 ? { stroke: settings.colors.grid, width: 1 } : { show: false },
    values: (_plot, splits) => splits.map((value) => settings.formatValue(value)),
    ...(unit === '' ? {} : { label: unit, labelFont: PLOT_FONT, labelSize: 18, labelGap: 2 }),
  }));
  const truth: uPlot.Axis = {
    ...common,
    scale: 'truth',
    ...(values.length === 0 ? {} : AT_THE_RIGHT),
    size,
    grid: values.length === 0 ? { stroke: settings.colors.grid, width: 1 } : { show: false },
    splits: [0, 1],
    values: (_plot, splits) => splits.map((value) => settings.formatTruth(value)),
  };
  return [x, ...values, ...(names.includes('truth') && values.length < 2 ? [truth] : [])];
}

/** The label of an instant, or nothing when the edge of the plot would cut it. */
function ifItFits(plot: uPlot, timeMs: number, label: string): string {
  const middle = plot.bbox.left / devicePixelRatio + plot.valToPos(timeMs, 'x');
  const half = (label.length * LABEL_PX) / 2;
  return middle >= half && middle + half <= plot.width ? label : '';
}

function seriesOf(settings: PlotSettings, line: DrawnLine, { place, scale }: { place: number; scale: string }): uPlot.Series[] {
  const { look, isComparison } = line;
  const hidden: uPlot.Series = { scale, width: 0, stroke: 'transparent', points: { show: false } };
  const stroke = isComparison ? `${look.color}B3` : look.color;
  const values: uPlot.Series = {
    scale,
    stroke,
    width: isComparison ? 1.25 : 1.75,
    dash: isComparison ? [5, 5] : look.dash,
    points:
      settings.kind === 'bar'
        ? { show: false }
        : { show: true, filter: (self: uPlot) => pointsToMark(self.data[place * 3 + 1] ?? []), size: 5, fill: stroke, stroke },
    ...pathsOf(settings, line),
  };
  return [values, hidden, hidden];
}

/** Few points are marked one by one; of many only those that no line reaches. */
function pointsToMark(values: ArrayLike<number | null | undefined>): number[] {
  const points: number[] = [];
  const alone: number[] = [];
  let [isAfterBreak, last] = [true, -1];
  for (let place = 0; place < values.length; place += 1) {
    const value = values[place];
    if (value === undefined) continue;
    if (value === null) {
      if (last >= 0 && isAfterBreak) alone.push(last);
      [isAfterBreak, last] = [true, -1];
      continue;
    }
    if (last >= 0) isAfterBreak = false;
    last = place;
    points.push(place);
  }
  if (last >= 0 && isAfterBreak) alone.push(last);
  return points.length < MOST_POINTS_SHOWN ? points : alone;
}

function pathsOf(settings: PlotSettings, line: DrawnLine): Partial<uPlot.Series> {
  const { color } = line.look;
  if (line.isStep) {
    const paths = uPlot.paths.stepped?.({ align: 1 });
    return paths === undefined ? {} : { paths };
  }
  if (settings.kind === 'bar') {
    const paths = uPlot.paths.bars?.({ disp: barPlaces(settings) });
    return { fill: line.isComparison ? `${color}40` : `${color}B3`, width: 1, ...(paths === undefined ? {} : { paths }) };
  }
  const isOnly = settings.lines.length === 1 && !line.hasBand;
  if (settings.kind === 'area' && !line.isComparison) return { fill: (self: uPlot) => gradient(self, color, '59') };
  return isOnly ? { fill: (self: uPlot) => gradient(self, color, '33') } : {};
}

/** As wide as their bucket allows; the library would go by how far apart they are, and make one that is alone as wide as the plot. */
function barPlaces({ barMs, lines }: PlotSettings): uPlot.Series.BarsPathBuilderDisplay {
  const widthMs = (): number => (barMs() * BARS_SHARE) / Math.max(1, lines.length);
  return {
    x0: { ...ON_THE_SCALE, values: ({ data: [times] }) => Array.from(times, (timeMs) => timeMs - widthMs() / 2) },
    size: { ...ON_THE_SCALE, values: () => [widthMs()] },
  };
}

function gradient(self: uPlot, color: string, alpha: string): CanvasGradient | string {
  const { top, height } = self.bbox;
  // Before the first layout there is no height yet.
  if (!Number.isFinite(top) || !Number.isFinite(height)) return 'transparent';
  const fill = self.ctx.createLinearGradient(0, top, 0, top + height);
  fill.addColorStop(0, `${color}${alpha}`);
  fill.addColorStop(1, `${color}0A`);
  return fill;
}

function timeUnder(self: uPlot): number | undefined {
  const { left } = self.cursor;
  return left === undefined || left < 0 ? undefined : self.posToVal(left, 'x');
}

function zoomed(self: uPlot, settings: PlotSettings): void {
  const { left, width } = self.select;
  if (width < SHORTEST_DRAG_PX) return;
  const range = { startMs: self.posToVal(left, 'x'), endMs: self.posToVal(left + width, 'x') };
  self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  settings.onZoom(range);
}

function decorate(self: uPlot, settings: PlotSettings, names: readonly string[]): void {
  drawSpanLabels(self, settings);
  for (const limit of settings.limits()) drawLimit(self, settings.colors, limit);
  if (settings.lines.length > 1 && settings.kind !== 'bar') drawMarks(self, settings.lines, names);
  const { left, width } = self.bbox;
  settings.onLayout({ left: left / devicePixelRatio, width: width / devicePixelRatio });
}
