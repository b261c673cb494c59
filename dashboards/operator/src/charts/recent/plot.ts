import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { PlotColumns } from './plot-data.ts';

/** A value that is marked in a plot, and what is written at it. */
export interface PlotLimit {
  value: number;
  label: string;
}

/** What a plot needs to know besides its columns. */
export interface PlotSettings {
  width: number;
  height: number;
  /** True values as steps between two words instead of a line over numbers. */
  stepped: boolean;
  colors: { line: string; fill: string; grid: string; text: string; limit: string; halo: string };
  /** Values to mark with a dashed line, such as the limit of an open alert. */
  limits: readonly PlotLimit[];
  formatValue: (value: number) => string;
  formatTime: (timeMs: number, stepMs: number) => string;
  /** Told which reading lies under the pointer; undefined when it leaves. */
  onHover: (reading: { timeMs: number; value: number } | undefined) => void;
}

const FONT = '12px Roboto, system-ui, sans-serif';
const STEPPED_RANGE: uPlot.Range.MinMax = [-0.15, 1.15];
/** Room above and below the line, as a share of what it spans. */
const HEADROOM = 0.12;
/** Fewer readings than this are marked one by one. */
const MAX_POINTS_SHOWN = 40;

/** A live plot in `target`. Times are epoch milliseconds. */
export function createPlot(target: HTMLElement, columns: PlotColumns, settings: PlotSettings): uPlot {
  const { colors } = settings;
  return new uPlot(
    {
      width: settings.width,
      height: settings.height,
      ms: 1,
      legend: { show: false },
      padding: [12, 16, 0, 0],
      cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { size: 8 } },
      scales: {
        x: { time: true },
        y: { range: (_plot, min, max) => (settings.stepped ? STEPPED_RANGE : valueRange(min, max, settings.limits)) },
      },
      axes: axesFor(settings),
      series: [
        {},
        {
          stroke: colors.line,
          width: 1.5,
          points: { show: (self: uPlot) => self.data[0].length < MAX_POINTS_SHOWN, size: 5, fill: colors.line },
          ...(settings.stepped ? steps() : { fill: (self: uPlot) => gradient(self, colors.fill) }),
        },
      ],
      hooks: {
        setCursor: [(self) => settings.onHover(readingUnder(self))],
        draw: [(self) => settings.limits.forEach((limit) => drawLimit(self, settings, limit))],
      },
    },
    [columns.times, columns.values],
    target,
  );
}

function axesFor(settings: PlotSettings): uPlot.Axis[] {
  const { colors } = settings;
  return [
    {
      stroke: colors.text,
      font: FONT,
      grid: { show: false },
      ticks: { show: false },
      space: 90,
      size: 30,
      values: (...[, times, , , stepMs]) => times.map((time) => settings.formatTime(time, stepMs)),
    },
    {
      stroke: colors.text,
      font: FONT,
      grid: { stroke: colors.grid, width: 1 },
      ticks: { show: false },
      // Before the first layout there are no labels yet, whatever the types say.
      size: (_plot, labels: string[] | null) => 18 + 7 * Math.max(3, ...(labels ?? []).map((label) => label.length)),
      ...(settings.stepped ? { splits: [0, 1] } : {}),
      values: (_plot, values) => values.map((value) => settings.formatValue(value)),
    },
  ];
}

function steps(): Pick<uPlot.Series, 'paths'> {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths === undefined ? {} : { paths };
}

function valueRange(min: number, max: number, limits: readonly PlotLimit[]): uPlot.Range.MinMax {
  if (!Number.isFinite(min) || !Number.isFinite(max)) return [0, 1];
  const span = max - min || Math.abs(max) || 1;
  // A limit that lies far away must not press the line flat.
  const near = limits.map(({ value }) => value).filter((value) => value > min - 2 * span && value < max + 2 * span);
  const low = Math.min(min, ...near);
  const high = Math.max(max, ...near);
  const room = (high - low || span) * HEADROOM;
  return [low - room, high + room];
}

function gradient(self: uPlot, color: string): CanvasGradient {
  const { top, height } = self.bbox;
  const fill = self.ctx.createLinearGradient(0, top, 0, top + height);
  fill.addColorStop(0, color);
  fill.addColorStop(1, 'transparent');
  return fill;
}

function readingUnder(self: uPlot): { timeMs: number; value: number } | undefined {
  const index = self.cursor.idx;
  if (index === null || index === undefined) return undefined;
  const timeMs = self.data[0][index];
  const value = self.data[1]?.[index];
  return timeMs === undefined || value === undefined || value === null ? undefined : { timeMs, value };
}

function drawLimit(self: uPlot, settings: PlotSettings, { value, label }: PlotLimit): void {
  if (settings.stepped) return;
  const { min, max } = self.scales['y'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number' || value < min || value > max) return;
  const { ctx, bbox } = self;
  const y = self.valToPos(value, 'y', true);
  ctx.save();
  ctx.strokeStyle = settings.colors.limit;
  ctx.fillStyle = settings.colors.limit;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.font = FONT.replace('12px', `${String(12 * devicePixelRatio)}px`);
  ctx.textAlign = 'left';
  const [left, baseline] = [bbox.left + 6 * devicePixelRatio, y - 5 * devicePixelRatio];
  // A halo keeps the words readable where the line runs through them.
  ctx.setLineDash([]);
  ctx.strokeStyle = settings.colors.halo;
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.lineJoin = 'round';
  ctx.strokeText(label, left, baseline);
  ctx.fillText(label, left, baseline);
  ctx.restore();
}
