import {
  mdiBellOutline,
  mdiChartBellCurve,
  mdiChartLine,
  mdiChartLineVariant,
  mdiChartTimelineVariant,
  mdiGauge,
  mdiGrid,
  mdiMapOutline,
  mdiNumeric,
  mdiTable,
  mdiTextBoxOutline,
  mdiTrendingUp,
  mdiViewGridOutline,
} from '@mdi/js';
import type { Widget } from '../../../../../../src/contracts/dashboards.ts';
import { newWidgetId } from '../model/draft.ts';

/** The kinds of widgets in the order of the palette. */
export const WIDGET_KINDS: readonly { type: Widget['type']; icon: string }[] = [
  { type: 'value', icon: mdiNumeric },
  { type: 'gauge', icon: mdiGauge },
  { type: 'chart', icon: mdiChartLine },
  { type: 'status', icon: mdiViewGridOutline },
  { type: 'alerts', icon: mdiBellOutline },
  { type: 'table', icon: mdiTable },
  { type: 'map', icon: mdiMapOutline },
  { type: 'text', icon: mdiTextBoxOutline },
  { type: 'statistics', icon: mdiChartBellCurve },
  { type: 'trend', icon: mdiTrendingUp },
  { type: 'timeseries', icon: mdiChartTimelineVariant },
  { type: 'correlation', icon: mdiGrid },
  { type: 'forecast', icon: mdiChartLineVariant },
];

/** What shows quantities; the others show devices, alerts or words. */
export const SHOWS_QUANTITIES: ReadonlySet<Widget['type']> = new Set([
  ...(['value', 'gauge', 'chart', 'table'] as const),
  ...(['statistics', 'trend', 'timeseries', 'correlation', 'forecast'] as const),
]);

/** A new widget. Those of devices begin with all of them; those of quantities wait for a choice. */
export function newWidget(type: Widget['type'], widgets: readonly Widget[]): Widget {
  const empty = { id: newWidgetId(type, widgets), type, title: '', series: [], options: {} };
  return type === 'status' || type === 'map' ? { ...empty, selector: {} } : empty;
}
