import type { Widget, WidgetPosition } from '../../../../../../src/contracts/dashboards.ts';

/** Columns of the grid, as the API has them. */
export const COLUMNS = 12;
/** The last row that a widget may begin in, as the API has it. */
export const LAST_ROW = 999;
/** How many rows high a widget may be, as the API has it. */
export const MOST_ROWS_OF_WIDGET = 100;

/** Positions by widget id. */
export type Layout = Readonly<Record<string, WidgetPosition>>;

/** The size a new widget has, and one that stands nowhere yet. */
export const DEFAULT_SIZES: Readonly<Record<Widget['type'], { w: number; h: number }>> = {
  value: { w: 3, h: 2 },
  gauge: { w: 3, h: 3 },
  chart: { w: 6, h: 4 },
  status: { w: 4, h: 3 },
  alerts: { w: 4, h: 5 },
  table: { w: 6, h: 4 },
  map: { w: 6, h: 5 },
  text: { w: 4, h: 2 },
  statistics: { w: 4, h: 3 },
  trend: { w: 4, h: 4 },
  timeseries: { w: 6, h: 4 },
  correlation: { w: 5, h: 4 },
  forecast: { w: 6, h: 4 },
};

/** The size of a widget that stands nowhere yet; also of a type that this page does not know, as a newer platform may have. */
export function sizeOf(type: string): { w: number; h: number } {
  return Object.entries(DEFAULT_SIZES).find(([known]) => known === type)?.[1] ?? { w: 3, h: 2 };
}

/** True when two places share a cell. */
export function overlap(a: WidgetPosition, b: WidgetPosition): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** The nearest place inside the grid. */
export function inside({ x, y, w, h }: WidgetPosition): WidgetPosition {
  const width = clamp(w, 1, COLUMNS);
  return { w: width, h: clamp(h, 1, MOST_ROWS_OF_WIDGET), x: clamp(x, 0, COLUMNS - width), y: clamp(y, 0, LAST_ROW) };
}

/** How many rows are in use. */
export function rowsOf(layout: Layout): number {
  return Object.values(layout).reduce((most, { y, h }) => Math.max(most, y + h), 0);
}

/** A place for every widget, and for nothing else: one that has none, or one over another, is placed below. */
export function completed(widgets: readonly Pick<Widget, 'id' | 'type'>[], layout: Layout): Layout {
  const placed: Record<string, WidgetPosition> = {};
  const homeless: Pick<Widget, 'id' | 'type'>[] = [];
  for (const widget of widgets) {
    const place = layout[widget.id];
    if (place === undefined || Object.values(placed).some((other) => overlap(other, place))) homeless.push(widget);
    else placed[widget.id] = inside(place);
  }
  for (const { id, type } of homeless) placed[id] = firstFree(placed, sizeOf(type));
  return placed;
}

/** The first place, row by row, where a widget of this size stands beside the others. */
export function firstFree(layout: Layout, size: { w: number; h: number }): WidgetPosition {
  const others = Object.values(layout);
  for (let y = 0; ; y += 1) {
    for (let x = 0; x + size.w <= COLUMNS; x += 1) {
      const place = { x, y, ...size };
      if (!others.some((other) => overlap(other, place))) return place;
    }
  }
}

/** The layout with one widget moved or resized; what it lies over then goes down, and so on. */
export function moved(layout: Layout, id: string, to: WidgetPosition): Layout {
  const settled: Record<string, WidgetPosition> = { [id]: inside(to) };
  for (const [other, place] of Object.entries(layout).sort(([, a], [, b]) => a.y - b.y || a.x - b.x)) {
    if (other === id) continue;
    let free = place;
    for (;;) {
      const hit = Object.values(settled).find((one) => overlap(one, free));
      if (hit === undefined) break;
      free = { ...free, y: hit.y + hit.h };
    }
    settled[other] = free;
  }
  return settled;
}

/** Everything moved up as far as it goes, so that no row is empty without need. */
export function tidied(layout: Layout): Layout {
  const settled: Record<string, WidgetPosition> = {};
  for (const [id, place] of Object.entries(layout).sort(([, a], [, b]) => a.y - b.y || a.x - b.x)) {
    let { y } = place;
    while (y > 0 && !Object.values(settled).some((other) => overlap(other, { ...place, y: y - 1 }))) y -= 1;
    settled[id] = { ...place, y };
  }
  return settled;
}

/** Widgets in the order in which people read them: row by row, from the left. */
export function inReadingOrder<Item extends Pick<Widget, 'id'>>(widgets: readonly Item[], layout: Layout): Item[] {
  return [...widgets].sort((left, right) => {
    const [a, b] = [layout[left.id], layout[right.id]];
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    return a.y - b.y || a.x - b.x;
  });
}

/** Which of the widgets of a stack (in reading order) stand two to a row: small ones that follow each other. */
export function halves(widgets: readonly { id: string; isSmall: boolean }[]): ReadonlySet<string> {
  const paired = new Set<string>();
  for (let place = 0; place + 1 < widgets.length; place += 1) {
    const [one, next] = [widgets[place], widgets[place + 1]];
    if (one?.isSmall !== true || next?.isSmall !== true) continue;
    paired.add(one.id).add(next.id);
    place += 1;
  }
  return paired;
}

/** True when both say the same. */
export function sameLayout(a: Layout, b: Layout): boolean {
  const ids = Object.keys(a);
  return ids.length === Object.keys(b).length && ids.every((id) => samePlace(a[id], b[id]));
}

function samePlace(a: WidgetPosition | undefined, b: WidgetPosition | undefined): boolean {
  return a !== undefined && b !== undefined && a.x === b.x && a.y === b.y && a.w === b.w && a.h === b.h;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, Math.round(Number.isFinite(value) ? value : low)));
}
