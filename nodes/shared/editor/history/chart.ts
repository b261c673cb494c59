import uPlot from 'uplot';
import type { Period } from '../../history/period.ts';
import { tickTime } from '../../history/times.ts';
import { decimal } from '../../history/words.ts';
import { coloursOf, onThemeChange } from './colours.ts';
import type { Colours } from './colours.ts';
import { lanesHeight, paintOver, paintUnder } from './paint.ts';
import type { LaneNames } from './paint.ts';
import type { Picture } from './picture.ts';
import { columnsOf, valueRange } from './plot-columns.ts';
import type { Column } from './plot-columns.ts';

/** What the chart tells. */
export interface ChartEvents {
  /** The instant under the pointer and where that is, CSS pixels in the chart; undefined when it leaves. */
  pointed(at: { timeMs: number; left: number; width: number } | undefined): void;
  /** Which part of the period is shown; undefined for the whole. */
  zoomed(part: Period | undefined): void;
}

/** Height of the plot without lanes, CSS pixels; with curves and without. */
const PLOT_HEIGHT = { curves: 250, none: 14 } as const;
const TIME_AXIS_PX = 26;
/** The margin on the left holds at least the name of a lane. */
const MARGIN_CHARACTERS = 7;
const MARGIN_PX = 62;
/** A zoom to an alert shows so many times its length, and at least this long. */
const ZOOM_FACTOR = 6;
const SHORTEST_ZOOM_MS = 20 * 60_000;

/** The chart of one result: curves, limit and alerts over time; dragging zooms, a double click shows the whole period again. */
export class HistoryChart {
  private readonly place: HTMLElement;
  private readonly names: LaneNames;
  private readonly events: ChartEvents;
  private picture: Picture | undefined;
  /** The part that is shown, in more detail than the whole period. */
  private detail: { part: Period; picture: Picture } | undefined;
  private plot: uPlot | undefined;
  private readonly stopFollowing: () => void;

  constructor(place: HTMLElement, names: LaneNames, events: ChartEvents) {
    this.place = place;
    this.names = names;
    this.events = events;
    const size = new ResizeObserver(() => {
      // The dialog is closed: the plot listens to the window, which would keep it alive.
      if (!place.isConnected) this.destroy();
      else if (place.clientWidth > 0) this.plot?.setSize({ width: place.clientWidth, height: this.height() });
    });
    size.observe(place);
    const stopTheme = onThemeChange(() => {
      this.draw();
    });
    this.stopFollowing = () => {
      size.disconnect();
      stopTheme();
    };
  }

  /** Shows a result in place of the one before. */
  show(picture: Picture): void {
    this.picture = picture;
    this.detail = undefined;
    this.draw();
    this.events.zoomed(undefined);
  }

  /** Shows a part of the period in more detail: `picture` is that of the whole with other curves. */
  showDetail(part: Period, picture: Picture): void {
    this.detail = { part, picture };
    this.draw();
  }

  /** Shows an alert and what was around it. */
  zoomTo(fromMs: number, toMs: number): void {
    if (this.picture === undefined) return;
    const { startMs, endMs } = this.picture;
    const lengthMs = Math.max((toMs - fromMs) * ZOOM_FACTOR, SHORTEST_ZOOM_MS);
    const middleMs = (fromMs + toMs) / 2;
    this.plot?.setScale('x', { min: Math.max(startMs, middleMs - lengthMs / 2), max: Math.min(endMs, middleMs + lengthMs / 2) });
  }

  /** Shows the whole period again. */
  reset(): void {
    if (this.picture !== undefined) this.plot?.setScale('x', { min: this.picture.startMs, max: this.picture.endMs });
  }

  private destroy(): void {
    this.stopFollowing();
    this.plot?.destroy();
    this.plot = undefined;
  }

  private height(): number {
    if (this.picture === undefined) return 0;
    const plot = this.picture.curves.length > 0 ? PLOT_HEIGHT.curves : PLOT_HEIGHT.none;
    return plot + TIME_AXIS_PX + lanesHeight(this.picture);
  }

  private draw(): void {
    const { place, names, detail } = this;
    if (this.picture === undefined) return;
    const range = valueRange(this.picture);
    const picture = detail?.picture ?? this.picture;
    this.plot?.destroy();
    const colours = coloursOf(place);
    const { data, columns } = columnsOf(picture);
    this.plot = new uPlot(
      {
        width: place.clientWidth,
        height: this.height(),
        ms: 1,
        legend: { show: false },
        padding: [10, 10, 0, picture.curves.length > 0 ? 0 : MARGIN_PX],
        cursor: { y: false, drag: { x: true, y: false, setScale: true }, points: { size: 7 } },
        scales: { x: { time: true }, y: { range } },
        axes: axesOf(picture, colours),
        series: [{}, ...columns.map((column) => seriesOf(column, colours))],
        bands: bandsOf(columns, colours),
        hooks: {
          drawAxes: [(plot) => paintUnder(plot, picture, colours)],
          draw: [(plot) => paintOver(plot, picture, { colours, names })],
          setCursor: [(plot) => this.tellPointer(plot)],
          setScale: [(plot, scale) => (scale === 'x' ? this.tellZoom(plot) : undefined)],
        },
      },
      data,
      place,
    );
    if (detail !== undefined) this.plot.setScale('x', { min: detail.part.startMs, max: detail.part.endMs });
  }

  private tellPointer(plot: uPlot): void {
    const { left = -1 } = plot.cursor;
    const width = plot.over.clientWidth;
    const at =
      left < 0 ? undefined : { timeMs: plot.posToVal(left, 'x'), left: left + plot.over.offsetLeft, width: this.place.clientWidth };
    this.events.pointed(width === 0 ? undefined : at);
  }

  private tellZoom(plot: uPlot): void {
    const { min, max } = plot.scales['x'] ?? {};
    const { picture, detail } = this;
    // While a plot is built its scales pass through the whole period.
    if (plot !== this.plot || picture === undefined || typeof min !== 'number' || typeof max !== 'number') return;
    if (detail?.part.startMs === min && detail.part.endMs === max) return;
    if (min > picture.startMs || max < picture.endMs) {
      this.events.zoomed({ startMs: min, endMs: max });
      return;
    }
    this.detail = undefined;
    this.events.zoomed(undefined);
    if (detail !== undefined) this.draw();
  }
}

function axesOf(picture: Picture, colours: Colours): uPlot.Axis[] {
  const font = '11px "Helvetica Neue", Arial, Helvetica, sans-serif';
  const bare = { grid: { show: false }, ticks: { show: false } };
  return [
    {
      // The lanes of alerts are painted between the plot and the labels.
      gap: lanesHeight(picture) + 4,
      stroke: colours.muted,
      font,
      space: 62,
      size: TIME_AXIS_PX + lanesHeight(picture),
      values: (...[, times, , , stepMs]) => times.map((timeMs) => tickTime(timeMs, stepMs)),
      ...bare,
    },
    {
      stroke: colours.muted,
      font,
      grid: { stroke: colours.grid, width: 1 },
      ticks: { show: false },
      // Before the first layout there are no labels yet, whatever the types say.
      size: (_plot, labels: string[] | null) => 16 + 6.5 * Math.max(MARGIN_CHARACTERS, ...(labels ?? []).map((label) => label.length)),
      values: (_plot, values) => values.map((value) => decimal(Number(value.toPrecision(6)))),
      show: picture.curves.length > 0,
    },
  ];
}

function seriesOf({ role, edge }: Column, colours: Colours): uPlot.Series {
  const points = { show: false };
  switch (role) {
    case 'main':
      return { stroke: colours.main, width: edge === 'line' ? 1.5 : 1, points };
    case 'other':
      return { stroke: colours.other, width: edge === 'line' ? 1.5 : 1, points };
    case 'behind':
    case 'told':
      return { stroke: colours.behind, width: 1, points };
    case 'former':
      return { stroke: colours.deployed, width: 1, dash: [4, 3], points };
    case 'limit':
      return { stroke: colours.limit, width: 1.5, dash: [7, 4], points };
    case 'clear':
      return { width: 0, points };
  }
}

/** A ribbon between the edges of each thinned curve, and the band between limit and clear curve. */
function bandsOf(columns: readonly Column[], colours: Colours): uPlot.Band[] {
  return columns.flatMap(({ role, edge }, index): uPlot.Band[] => {
    const series: [number, number] = [index + 1, index + 2];
    if (edge === 'high')
      return [{ series, fill: role === 'behind' ? colours.behind : role === 'other' ? colours.otherFill : colours.mainFill }];
    return role === 'limit' && columns[index + 1]?.role === 'clear' ? [{ series, fill: colours.clearBand }] : [];
  });
}
