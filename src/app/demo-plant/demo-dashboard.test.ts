import assert from 'node:assert/strict';
import { dashboardContentSchema, WIDGET_TYPES } from '../../contracts/dashboards.ts';
import { DEMO_DASHBOARD } from './demo-dashboard.ts';
import { historyOfDay } from './machine-models.ts';
import { DEMO_MACHINES } from './machines.ts';

function keysOf(deviceId: string): string[] {
  for (const { readings } of historyOfDay(deviceId, 0)) return Object.keys(readings);
  return [];
}

describe('the dashboard of the demo plant', () => {
  it('is one that the API would take, and shows every kind of widget', () => {
    assert.deepEqual(dashboardContentSchema.parse(DEMO_DASHBOARD), DEMO_DASHBOARD);
    assert.deepEqual(new Set(DEMO_DASHBOARD.widgets.map(({ type }) => type)), new Set(WIDGET_TYPES));
    assert.deepEqual(
      Object.keys(DEMO_DASHBOARD.layout),
      DEMO_DASHBOARD.widgets.map(({ id }) => id),
    );
  });

  it('shows machines and quantities that there are', () => {
    const [{ location } = { location: '' }] = DEMO_MACHINES;
    const measured = new Map(DEMO_MACHINES.map(({ device_id: id }) => [id, keysOf(id)] as const));
    const all = new Set([...measured.values()].flat());
    for (const { id, selector, keys = [], series } of DEMO_DASHBOARD.widgets) {
      if (selector !== undefined) assert.equal(selector.location, location, id);
      for (const key of keys) assert.ok(all.has(key), `${id}: ${key}`);
      for (const one of series) assert.ok(measured.get(one.device_id)?.includes(one.key), `${id}: ${one.key} of ${one.device_id}`);
    }
  });
});
