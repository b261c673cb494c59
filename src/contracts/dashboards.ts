import { z } from 'zod';
import { optionFaults } from './widget-options.ts';

/** What a widget can be. */
export const WIDGET_TYPES = [
  ...(['value', 'chart', 'gauge', 'status', 'alerts', 'table', 'map', 'text'] as const),
  ...(['statistics', 'trend', 'timeseries', 'correlation', 'forecast'] as const),
] as const;
export type WidgetType = (typeof WIDGET_TYPES)[number];

/** How large a dashboard may be. */
export const DASHBOARD_LIMITS = {
  /** Columns of the grid. */
  columns: 12,
  /** Rows of the grid. */
  rows: 1_000,
  /** Widgets of one dashboard. */
  widgets: 60,
  /** Series of one widget. */
  series: 20,
  /** Keys of one widget that are shown of every device of its selector. */
  keys: 20,
  /** Fields of metadata that a selector compares. */
  metadata: 10,
  /** Characters of the options of one widget, as JSON. */
  optionsLength: 4_096,
  /** How deep options may nest. */
  optionsDepth: 6,
} as const;

const ID_RULE = 'A widget id has 1-64 letters, digits, _ and -, and starts with a letter or digit.';
const NAME_RULE = 'A name has at least one character that is not a space.';

const optionsSchema = z.record(z.string().min(1).max(100), z.unknown()).superRefine((options, context) => {
  const { optionsDepth, optionsLength } = DASHBOARD_LIMITS;
  if (depthOf(options) > optionsDepth) {
    context.addIssue({ code: 'custom', message: `Options nest at most ${String(optionsDepth)} levels deep; make them flatter.` });
  } else if (JSON.stringify(options).length > optionsLength) {
    context.addIssue({ code: 'custom', message: `Options have at most ${String(optionsLength)} characters as JSON; send fewer.` });
  }
});

const word = z.string().min(1).max(200);
const keySchema = z.string().min(1).max(100);

/** Which devices a widget shows, whichever they are at the time: those that fit all of what is said; nothing said: every device. */
export const selectorSchema = z
  .strictObject({
    type: word.optional(),
    location: word.optional(),
    area: word.optional(),
    search: word.optional().meta({ description: 'Found in id, name, type, location or area' }),
    metadata: z
      .record(z.string().min(1).max(100), z.union([z.string().max(200), z.number(), z.boolean()]))
      .refine((fields) => Object.keys(fields).length <= DASHBOARD_LIMITS.metadata, {
        message: `A selector compares at most ${String(DASHBOARD_LIMITS.metadata)} fields of metadata; send fewer.`,
      })
      .optional()
      .meta({ description: 'Fields of the metadata that must have exactly these values' }),
  })
  .meta({ id: 'DeviceSelector' });
export type DeviceSelector = z.infer<typeof selectorSchema>;

/** One box of a dashboard. */
export const widgetSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, ID_RULE),
    type: z.enum(WIDGET_TYPES),
    title: z.string().max(200).default(''),
    series: z
      .array(z.strictObject({ device_id: z.string().min(1).max(128), key: keySchema }))
      .max(DASHBOARD_LIMITS.series)
      .default([])
      .meta({ description: 'The quantities it shows; they need not exist yet' }),
    selector: selectorSchema.optional().meta({ description: 'Instead of `series`: these devices, whichever they are at the time' }),
    keys: z
      .array(keySchema)
      .max(DASHBOARD_LIMITS.keys)
      .optional()
      .meta({ description: 'With a selector: what is shown of each of its devices' }),
    options: optionsSchema.default({}).meta({
      description: 'Whatever the widget needs beside; at most 4,096 characters, 6 levels deep. Options that are known are checked',
    }),
  })
  .superRefine((widget, context) => {
    for (const { path, message } of [...bindingFaults(widget), ...optionFaults(widget.type, widget.options)]) {
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .meta({ id: 'Widget' });
export type Widget = z.infer<typeof widgetSchema>;

/** Where a widget stands: column and row of its upper left corner from 0, width and height in cells. */
export const positionSchema = z
  .strictObject({
    x: z
      .int()
      .min(0)
      .max(DASHBOARD_LIMITS.columns - 1),
    y: z
      .int()
      .min(0)
      .max(DASHBOARD_LIMITS.rows - 1),
    w: z.int().min(1).max(DASHBOARD_LIMITS.columns),
    h: z.int().min(1).max(100),
  })
  .meta({ id: 'WidgetPosition' });
export type WidgetPosition = z.infer<typeof positionSchema>;

const fields = {
  name: z.string().min(1).max(200).regex(/\S/, NAME_RULE),
  description: z.string().max(2_000),
  layout: z
    .record(z.string(), positionSchema)
    .meta({ description: 'Positions by widget id; a widget without one is placed below the others' }),
  widgets: z.array(widgetSchema).max(DASHBOARD_LIMITS.widgets),
  is_public: z.boolean().meta({ description: 'true: everybody of the tenant sees it; false: its owner and administrators alone' }),
};

/** What a dashboard says, whole: ids are unique, and the layout places known widgets, inside the grid, beside each other. */
export const dashboardContentSchema = z
  .strictObject({
    name: fields.name,
    description: fields.description.default(''),
    layout: fields.layout.default({}),
    widgets: fields.widgets.default([]),
    is_public: fields.is_public.default(false),
  })
  .superRefine(({ widgets, layout }, context) => {
    for (const { path, message } of [...repeatedIds(widgets), ...misplaced(widgets, layout)]) {
      context.addIssue({ code: 'custom', path, message });
    }
  })
  .meta({ id: 'DashboardInput' });
export type DashboardContent = z.infer<typeof dashboardContentSchema>;

const readVersion = z
  .int()
  .min(1)
  .max(2_147_483_647)
  .meta({ description: 'The version that you have read; 409 when there is a newer one' });

/** PUT replaces what a dashboard says: what is not sent gets its default. */
export const replaceDashboardSchema = dashboardContentSchema.safeExtend({ version: readVersion }).meta({ id: 'ReplaceDashboard' });
/** PATCH changes the fields sent, each as a whole. */
export const patchDashboardSchema = z
  .strictObject({ ...z.object(fields).partial().shape, version: readVersion })
  .meta({ id: 'PatchDashboard' });
export type PatchDashboard = z.infer<typeof patchDashboardSchema>;

const kept = {
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  is_public: z.boolean(),
  owner: z.string().nullable().meta({ description: 'The name of the person whose it is; null: the administrators' }),
  owner_id: z.uuid().nullable(),
  version: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
  updated_by: z.string(),
};

/** Which dashboards are listed: one's own, or those that everybody sees. */
export const DASHBOARD_SHOWS = ['mine', 'public'] as const;
export type DashboardShow = (typeof DASHBOARD_SHOWS)[number];

/** A dashboard in a list. */
export const dashboardSummarySchema = z.object({ ...kept, widget_count: z.int() }).meta({ id: 'DashboardSummary' });
export type DashboardSummary = z.infer<typeof dashboardSummarySchema>;

/** A dashboard whole. */
export const dashboardSchema = z
  .object({ ...kept, layout: z.record(z.string(), positionSchema), widgets: z.array(widgetSchema) })
  .meta({ id: 'Dashboard' });
export type Dashboard = z.infer<typeof dashboardSchema>;

interface Fault {
  path: (string | number)[];
  message: string;
}

/** A widget shows the series that are named, or devices by a selector: both at once would leave open which of them counts. */
function bindingFaults({ series, selector, keys = [] }: Pick<Widget, 'series' | 'selector' | 'keys'>): Fault[] {
  const faults: Fault[] = [];
  if (selector !== undefined && series.length > 0) {
    faults.push({ path: ['selector'], message: 'The widget names its series already; send either "series" or "selector".' });
  }
  if (selector === undefined && keys.length > 0) {
    faults.push({ path: ['keys'], message: 'Keys belong to a selector, which is missing; send "selector" or name the "series" instead.' });
  }
  return faults;
}

function repeatedIds(widgets: readonly Widget[]): Fault[] {
  const first = new Map<string, number>();
  return widgets.flatMap(({ id }, place) => {
    const earlier = first.get(id);
    if (earlier === undefined) {
      first.set(id, place);
      return [];
    }
    return [{ path: ['widgets', place, 'id'], message: `Entry ${String(earlier)} of the list has this id already; choose another.` }];
  });
}

function misplaced(widgets: readonly Widget[], layout: Readonly<Record<string, WidgetPosition>>): Fault[] {
  const known = new Set(widgets.map(({ id }) => id));
  const placed: (WidgetPosition & { id: string })[] = [];
  return Object.entries(layout).flatMap(([id, position]): Fault[] => {
    if (!known.has(id)) return [{ path: ['layout', id], message: 'No widget has this id; remove the position or add the widget.' }];
    const { columns } = DASHBOARD_LIMITS;
    if (position.x < columns && position.x + position.w > columns) {
      const most = columns - position.x;
      return [
        {
          path: ['layout', id, 'w'],
          message: `From column ${String(position.x)} on there are ${String(most)} of ${String(columns)} columns; make it narrower.`,
        },
      ];
    }
    const other = placed.find((earlier) => overlaps(earlier, position));
    placed.push({ ...position, id });
    return other === undefined ? [] : [{ path: ['layout', id], message: `It lies over the widget "${other.id}"; move one of them.` }];
  });
}

function overlaps(a: WidgetPosition, b: WidgetPosition): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

/** How many levels of objects and lists; no spread over the entries, of which there may be very many. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce((deepest: number, inner: unknown) => Math.max(deepest, depthOf(inner)), 0);
}
