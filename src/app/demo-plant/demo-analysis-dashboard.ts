import type { DashboardContent, Widget, WidgetPosition } from '../../contracts/dashboards.ts';

/** The one id of the demo plant's dashboard with analyses. */
export const DEMO_ANALYSIS_DASHBOARD_ID = 'de300000-0000-4000-8000-000000000002';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;
const FLOW = [{ device_id: 'pump-demo', key: 'flow' }];

const TEXT = `# What the readings tell
Figures of stored readings, computed anew every minute or two.
- The pump gets hotter and shakes more the more it pumps: look at the correlation.
- [All analyses of the pump](/devices/pump-demo?tab=analysis)`;

const PARTS: readonly (Pick<Widget, 'id' | 'type'> & Partial<Widget> & { at: WidgetPosition })[] = [
  {
    ...{ id: 'forecast', type: 'forecast', title: 'Flow of the pump, next half hour', series: FLOW },
    options: { period_seconds: HOUR_SECONDS, step: '1m', horizon: 30, limit: 400 },
    at: { x: 0, y: 0, w: 7, h: 5 },
  },
  {
    ...{ id: 'trend', type: 'trend', title: 'Flow of the pump, last hour', series: FLOW },
    options: { period_seconds: HOUR_SECONDS },
    at: { x: 7, y: 0, w: 5, h: 5 },
  },
  {
    ...{ id: 'correlation', type: 'correlation', title: 'How the quantities of the pump go together' },
    series: ['flow', 'temperature', 'vibration'].map((key) => ({ device_id: 'pump-demo', key })),
    options: { period_seconds: DAY_SECONDS },
    at: { x: 0, y: 5, w: 4, h: 4 },
  },
  {
    ...{ id: 'statistics', type: 'statistics', title: 'Temperature of the boiler, last 24 hours' },
    series: [{ device_id: 'boiler-demo', key: 'temperature' }],
    options: { period_seconds: DAY_SECONDS },
    at: { x: 4, y: 5, w: 4, h: 4 },
  },
  { id: 'about', type: 'text', title: '', options: { text: TEXT }, at: { x: 8, y: 5, w: 4, h: 4 } },
  {
    ...{ id: 'timeseries', type: 'timeseries', title: 'Flow of the pump with its moving average', series: FLOW },
    options: { period_seconds: HOUR_SECONDS, average: '10m' },
    at: { x: 0, y: 9, w: 12, h: 4 },
  },
];

/** What people find beside the first dashboard of a new installation. */
export const DEMO_ANALYSIS_DASHBOARD: DashboardContent = {
  name: 'Demo plant: analysis',
  description: 'What can be learnt from stored readings: figures, trend, moving average, correlation and forecast.',
  is_public: true,
  widgets: PARTS.map(({ id, type, title = '', series = [], options = {} }) => ({ id, type, title, series, options })),
  layout: Object.fromEntries(PARTS.map(({ id, at }) => [id, at])),
};
