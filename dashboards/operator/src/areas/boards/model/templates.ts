import type { DeviceSelector, Widget, WidgetPosition } from '../../../../../../src/contracts/dashboards.ts';
import type { Device } from '../../../../../../src/contracts/devices.ts';
import type { PointValue } from '../../../../../../src/contracts/telemetry.ts';
import type { Content } from './draft.ts';

/** What a new dashboard can begin as. */
export const TEMPLATES = ['blank', 'plant', 'device', 'fleet'] as const;
export type Template = (typeof TEMPLATES)[number];

/** The titles of the widgets, in the language of the person who makes it: from then on they are theirs. */
export interface TemplateTitles {
  state: string;
  alerts: string;
  values: string;
  map: string;
  course: (key: string) => string;
}

/** For whom a template is made. */
export interface TemplateSubject {
  /** The one device of `device`. */
  device: Device | undefined;
  /** The devices of `fleet`; all for `plant`. */
  selector: DeviceSelector;
  /** The keys there are, with a value of each, by name. */
  keys: readonly { key: string; value: PointValue }[];
}

type Part = Omit<Widget, 'title' | 'series' | 'options'> & Partial<Pick<Widget, 'title' | 'series' | 'options'>> & { at: WidgetPosition };

/** So many keys of a device become widgets of their own. */
const MOST_TILES = 4;
const MOST_KEYS = 20;
const DAY_SECONDS = 86_400;

/** Widgets and places of a new dashboard. */
export function fromTemplate(template: Template, titles: TemplateTitles, subject: TemplateSubject): Pick<Content, 'widgets' | 'layout'> {
  const parts = partsOf(template, titles, subject);
  return {
    widgets: parts.map(({ at: _at, ...part }) => ({ title: '', series: [], options: {}, ...part })),
    layout: Object.fromEntries(parts.map(({ id, at }) => [id, at])),
  };
}

function partsOf(template: Template, titles: TemplateTitles, subject: TemplateSubject): Part[] {
  switch (template) {
    case 'blank':
      return [];
    case 'plant':
      return plantParts(titles, subject);
    case 'device':
      return subject.device === undefined ? [] : deviceParts(titles, subject.device, subject.keys);
    case 'fleet':
      return fleetParts(titles, subject);
  }
}

function plantParts(titles: TemplateTitles, { selector, keys }: TemplateSubject): Part[] {
  return [
    { id: 'state', type: 'status', title: titles.state, selector, at: { x: 0, y: 0, w: 8, h: 4 } },
    { id: 'alerts', type: 'alerts', title: titles.alerts, at: { x: 8, y: 0, w: 4, h: 9 } },
    { id: 'map', type: 'map', title: titles.map, selector, at: { x: 0, y: 4, w: 8, h: 5 } },
    ...(keys.length === 0 ? [] : [table(titles, selector, keys, { x: 0, y: 9, w: 12, h: 5 })]),
  ];
}

function deviceParts(titles: TemplateTitles, device: Device, keys: TemplateSubject['keys']): Part[] {
  const id = device.device_id;
  const numeric = keys.filter(({ value }) => typeof value === 'number').map(({ key }) => key);
  const first = keys.slice(0, MOST_TILES);
  const tiles = first.map(({ key }, place): Part => {
    const type = numeric.includes(key) ? 'gauge' : 'value';
    return { id: `key-${String(place + 1)}`, type, series: [{ device_id: id, key }], at: { x: place * 3, y: 0, w: 3, h: 3 } };
  });
  const top = tiles.length === 0 ? 0 : 3;
  const shown = numeric.slice(0, 1);
  return [
    ...tiles,
    ...shown.map((key): Part => ({
      id: 'course',
      type: 'chart',
      title: titles.course(key),
      series: [{ device_id: id, key }],
      options: { kind: 'line', period_seconds: DAY_SECONDS },
      at: { x: 0, y: top, w: 8, h: 5 },
    })),
    // Of the one device alone: the list is bound to it by name.
    {
      id: 'alerts',
      type: 'alerts',
      title: titles.alerts,
      series: first.map(({ key }) => ({ device_id: id, key })),
      at: { x: 8, y: top, w: 4, h: 5 },
    },
    {
      id: 'values',
      type: 'table',
      title: titles.values,
      series: keys.slice(0, MOST_KEYS).map(({ key }) => ({ device_id: id, key })),
      at: { x: 0, y: top + 5, w: 12, h: 4 },
    },
  ];
}

function fleetParts(titles: TemplateTitles, { selector, keys }: TemplateSubject): Part[] {
  const key = keys.find(({ value }) => typeof value === 'number')?.key;
  return [
    { id: 'state', type: 'status', title: titles.state, selector, at: { x: 0, y: 0, w: 8, h: 3 } },
    { id: 'alerts', type: 'alerts', title: titles.alerts, selector, at: { x: 8, y: 0, w: 4, h: 8 } },
    ...(key === undefined
      ? []
      : [
          {
            id: 'course',
            type: 'chart' as const,
            title: titles.course(key),
            selector,
            keys: [key],
            options: { kind: 'line', period_seconds: DAY_SECONDS },
            at: { x: 0, y: 3, w: 8, h: 5 },
          },
        ]),
    ...(keys.length === 0 ? [] : [table(titles, selector, keys, { x: 0, y: 8, w: 12, h: 5 })]),
  ];
}

function table(titles: TemplateTitles, selector: DeviceSelector, keys: TemplateSubject['keys'], at: WidgetPosition): Part {
  return { id: 'values', type: 'table', title: titles.values, selector, keys: keys.slice(0, MOST_KEYS).map(({ key }) => key), at };
}
