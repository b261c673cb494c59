import uPlot from 'uplot';
import type { AlertSpan } from '../../history/spans.ts';
import type { Colours } from './colours.ts';
import type { Picture } from './picture.ts';

/** Height of a lane of alerts below the plot, and the space around it, in CSS pixels. */
export const LANE = { height: 12, gap: 6 } as const;
/** An alert is never narrower than this, CSS pixels: one that nobody sees was not drawn. */
const SHORTEST_ALERT_PX = 2;
const FONT_PX = 11;

/** What the lanes are called in the margin. */
export interface LaneNames {
  /** Of the one lane when nothing is compared, otherwise of the two. */
  alone: string;
  edited: string;
  deployed: string;
}

/** How much room the lanes need below the plot, CSS pixels. */
export function lanesHeight({ deployedSpans }: Picture): number {
  return (deployedSpans === undefined ? 1 : 2) * (LANE.height + LANE.gap) + LANE.gap;
}

/** What lies under the curves: band between limit and clear value, alerts, and the time in which an alert was in the making. */
export function paintUnder(plot: uPlot, picture: Picture, colours: Colours): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const { limit } = picture;
  if (limit?.kind === 'level' && limit.limit.clear !== undefined) {
    const [top, bottom] = [limit.limit.value, limit.limit.clear].map((value) => plot.valToPos(value, 'y', true));
    ctx.fillStyle = colours.clearBand;
    if (top !== undefined && bottom !== undefined) ctx.fillRect(bbox.left, top, bbox.width, bottom - top);
  }
  for (const { sinceMs, raisedMs, clearedMs } of picture.spans) {
    fillSpan(plot, place(plot, sinceMs, raisedMs), colours.holding);
    fillSpan(plot, alertPlace(plot, raisedMs, clearedMs), colours.alertFill);
  }
  ctx.restore();
}

/** What lies over the curves: the limit, and the lanes of alerts below the plot. */
export function paintOver(plot: uPlot, picture: Picture, look: { colours: Colours; names: LaneNames }): void {
  const { colours, names } = look;
  const { limit, deployedLimit, deployedSpans } = picture;
  plot.ctx.save();
  if (deployedLimit !== undefined) paintLevel(plot, deployedLimit, { colour: colours.deployed, dash: [2, 4] });
  if (limit?.kind === 'level') paintLevel(plot, limit.limit.value, { colour: colours.limit, dash: [7, 4] });
  paintLane(plot, 0, {
    spans: picture.spans,
    colour: colours.alert,
    name: deployedSpans === undefined ? names.alone : names.edited,
    colours,
  });
  if (deployedSpans !== undefined) {
    paintLane(plot, 1, { spans: deployedSpans, colour: colours.deployed, name: names.deployed, colours });
  }
  plot.ctx.restore();
}

function fillSpan(plot: uPlot, [left, width]: Place, colour: string): void {
  const { ctx, bbox } = plot;
  ctx.fillStyle = colour;
  ctx.fillRect(left, bbox.top, width, bbox.height);
}

function paintLevel(plot: uPlot, value: number, { colour, dash }: { colour: string; dash: number[] }): void {
  const { ctx, bbox } = plot;
  const { min, max } = plot.scales['y'] ?? {};
  if (typeof min !== 'number' || typeof max !== 'number' || value < min || value > max) return;
  const y = Math.round(plot.valToPos(value, 'y', true));
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * uPlot.pxRatio;
  ctx.setLineDash(dash.map((length) => length * uPlot.pxRatio));
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.setLineDash([]);
}

interface Lane {
  spans: readonly AlertSpan[];
  colour: string;
  name: string;
  colours: Colours;
}

function paintLane(plot: uPlot, index: number, { spans, colour, name, colours }: Lane): void {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const top = bbox.top + bbox.height + (LANE.gap + index * (LANE.height + LANE.gap)) * ratio;
  const height = LANE.height * ratio;
  ctx.fillStyle = colours.lane;
  rounded(ctx, [bbox.left, top, bbox.width, height], 3 * ratio);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, top, bbox.width, height);
  ctx.clip();
  for (const { sinceMs, raisedMs, clearedMs } of spans) {
    const [holdingLeft, holdingWidth] = place(plot, sinceMs, raisedMs);
    ctx.fillStyle = colours.holding;
    ctx.fillRect(holdingLeft, top, holdingWidth, height);
    const [left, width] = alertPlace(plot, raisedMs, clearedMs);
    ctx.fillStyle = colour;
    rounded(ctx, [left, top, width, height], Math.min(3 * ratio, width / 2));
  }
  ctx.restore();
  ctx.fillStyle = colours.muted;
  ctx.font = `${String(FONT_PX * ratio)}px ${getComputedStyle(plot.root).fontFamily}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  ctx.fillText(name, bbox.left - 8 * ratio, top + height / 2);
}

function rounded(ctx: CanvasRenderingContext2D, [left, top, width, height]: [number, number, number, number], radius: number): void {
  ctx.beginPath();
  ctx.roundRect(left, top, width, height, radius);
  ctx.fill();
}

type Place = [left: number, width: number];

function place(plot: uPlot, fromMs: number, toMs: number): Place {
  const [left, right] = [plot.valToPos(fromMs, 'x', true), plot.valToPos(toMs, 'x', true)];
  return [left, right - left];
}

/** An alert is never narrower than can be seen. */
function alertPlace(plot: uPlot, raisedMs: number, clearedMs: number): Place {
  const [left, width] = place(plot, raisedMs, clearedMs);
  return [left, Math.max(width, SHORTEST_ALERT_PX * uPlot.pxRatio)];
}
