import assert from 'node:assert/strict';
import { dashboardContentSchema, WIDGET_TYPES } from '../../contracts/dashboards.ts';
import { DEMO_ANALYSIS_DASHBOARD } from './demo-analysis-dashboard.ts';
import { DEMO_DASHBOARD } from './demo-dashboard.ts';
import { historyOfDay } from './machine-models.ts';
import { DEMO_MACHINES } from './machines.ts';

function keysOf(deviceId: string): string[] {
  for (const { readings } of historyOfDay(deviceId, 0)) return Object.keys(readings);
  return [];
}

const BOTH = [DEMO_DASHBOARD, DEMO_ANALYSIS_DASHBOARD];

describe('the dashboards of the demo plant', () => {
  it('are such that the API would take them, and show every kind of widget', () => {
    assert.deepEqual(new Set(BOTH.flatMap(({ widgets }) => widgets.map(({ type }) => type))), new Set(WIDGET_TYPES));
    for (const dashboard of BOTH) {
      assert.deepEqual(dashboardContentSchema.parse(dashboard), dashboard);
      assert.deepEqual(
        Object.keys(dashboard.layout),
        dashboard.widgets.map(({ id }) => id),
      );
    }
  });

  it('show machines and quantities that there are', () => {
    const [{ location } = { location: '' }] = DEMO_MACHINES;
    const measured = new Map(DEMO_MACHINES.map(({ device_id: id }) => [id, keysOf(id)] as const));
    const all = new Set([...measured.values()].flat());
    for (const { id, selector, keys = [], series } of BOTH.flatMap(({ widgets }) => widgets)) {
      if (selector !== undefined) assert.equal(selector.location, location, id);
      for (const key of keys) assert.ok(all.has(key), `${id}: ${key}`);
      for (const one of series) assert.ok(measured.get(one.device_id)?.includes(one.key), `${id}: ${one.key} of ${one.device_id}`);
    }
  });
});
