import type uPlot from 'uplot';
import type { ChartLimit, ChartSpan } from './chart.ts';
import type { DrawnLine } from './drawn-line.ts';
import { markPath } from './looks.ts';

interface SpanSettings {
  spans: () => readonly ChartSpan[];
  nowMs: () => number;
  colors: { tones: Record<ChartSpan['tone'], string>; halo: string; text: string; limit: string };
}

const FONT_PX = 12;
const LINE_PX = 15;
/** How far apart the marks on a line are. */
const MARK_DISTANCE_PX = 130;
const MARK_SIZE_PX = 9;
/** A span of an instant is still to be seen. */
const NARROWEST_PX = 3;

/** Shades spans of time behind everything else. */
export function drawSpans(self: uPlot, settings: SpanSettings): void {
  const { ctx, bbox } = self;
  ctx.save();
  for (const { span, left, width } of placedSpans(self, settings)) {
    const color = settings.colors.tones[span.tone];
    ctx.globalAlpha = 0.13;
    ctx.fillStyle = color;
    ctx.fillRect(left, bbox.top, width, bbox.height);
    ctx.globalAlpha = 0.9;
    ctx.fillRect(left, bbox.top, width, 3 * devicePixelRatio);
    ctx.fillRect(left, bbox.top, devicePixelRatio, bbox.height);
  }
  ctx.restore();
}

/** Writes what each span is at its top; labels that would lie on one another go to lines of their own, as far as there is room. */
export function drawSpanLabels(self: uPlot, settings: SpanSettings): void {
  const { ctx, bbox } = self;
  const ends: number[] = [];
  ctx.save();
  for (const { span, left } of placedSpans(self, settings)) {
    const from = Math.max(left, bbox.left) + 5 * devicePixelRatio;
    const free = ends.findIndex((end) => end < from);
    const line = free < 0 ? ends.length : free;
    const y = bbox.top + (3 + FONT_PX + line * LINE_PX) * devicePixelRatio;
    if (y > bbox.top + bbox.height / 2) continue;
    const label = shortened(ctx, span.label, bbox.left + bbox.width - from);
    if (label === '') continue;
    write(ctx, label, { x: from, y, color: settings.colors.tones[span.tone], halo: settings.colors.halo });
    ends[line] = from + ctx.measureText(label).width + 8 * devicePixelRatio;
  }
  ctx.restore();
}

/** A dashed line across the plot, and what is written at it. */
export function drawLimit(self: uPlot, colors: SpanSettings['colors'], { value, label }: ChartLimit): void {
  const { min, max } = self.scales['y0'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number' || value < min || value > max) return;
  const { ctx, bbox } = self;
  const y = self.valToPos(value, 'y0', true);
  ctx.save();
  ctx.strokeStyle = colors.limit;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  write(ctx, label, { x: bbox.left + 6 * devicePixelRatio, y: y - 5 * devicePixelRatio, color: colors.limit, halo: colors.halo });
  ctx.restore();
}

/** Sets the mark of each line on it every now and then, so that lines are told apart without their colours. */
export function drawMarks(self: uPlot, lines: readonly DrawnLine[], scales: readonly string[]): void {
  const { ctx } = self;
  const times = self.data[0];
  const distance = MARK_DISTANCE_PX * devicePixelRatio;
  ctx.save();
  lines.forEach(({ look, isComparison }, place) => {
    if (isComparison) return;
    const path = new Path2D(markPath(look.mark, MARK_SIZE_PX * devicePixelRatio));
    const values = self.data[place * 3 + 1] ?? [];
    // Each line begins elsewhere, so that marks do not lie on one another.
    let next = self.bbox.left + (distance * ((place * 0.37) % 1)) / 2 + 12 * devicePixelRatio;
    ctx.fillStyle = look.color;
    for (let index = 0; index < times.length; index += 1) {
      const [time, value] = [times[index], values[index]];
      if (time === undefined || value === null || value === undefined) continue;
      const x = self.valToPos(time, 'x', true);
      if (x < next || x > self.bbox.left + self.bbox.width) continue;
      next = x + distance;
      ctx.setTransform(1, 0, 0, 1, x, self.valToPos(value, scales[place] ?? 'y0', true));
      ctx.fill(path);
    }
  });
  ctx.restore();
}

function placedSpans(self: uPlot, settings: SpanSettings): { span: ChartSpan; left: number; width: number }[] {
  const { min, max } = self.scales['x'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number') return [];
  const { left: from, width: whole } = self.bbox;
  return settings.spans().flatMap((span) => {
    const endMs = span.endMs ?? settings.nowMs();
    if (endMs < min || span.startMs > max) return [];
    const left = Math.max(from, self.valToPos(span.startMs, 'x', true));
    const right = Math.min(from + whole, self.valToPos(endMs, 'x', true));
    return [{ span, left, width: Math.max(NARROWEST_PX * devicePixelRatio, right - left) }];
  });
}

/** Writes with a halo, which keeps words readable where lines run through them. */
function write(
  ctx: CanvasRenderingContext2D,
  text: string,
  { x, y, color, halo }: { x: number; y: number; color: string; halo: string },
): void {
  ctx.font = `${String(FONT_PX * devicePixelRatio)}px Roboto, system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.setLineDash([]);
  ctx.strokeStyle = halo;
  ctx.lineWidth = 4 * devicePixelRatio;
  ctx.lineJoin = 'round';
  ctx.strokeText(text, x, y);
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
}

function shortened(ctx: CanvasRenderingContext2D, text: string, widthPx: number): string {
  ctx.font = `${String(FONT_PX * devicePixelRatio)}px Roboto, system-ui, sans-serif`;
  if (ctx.measureText(text).width <= widthPx) return text;
  let length = Math.min(text.length, 60);
  while (length > 2 && ctx.measureText(`${text.slice(0, length)}…`).width > widthPx) length -= 1;
  return length <= 2 ? '' : `${text.slice(0, length)}…`;
}
