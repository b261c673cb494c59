import assert from 'node:assert/strict';
import { dashboardContentSchema } from '../../../../../../src/contracts/dashboards.ts';
import type { Device } from '../../../../../../src/contracts/devices.ts';
import { fromTemplate, TEMPLATES } from './templates.ts';

const TITLES = { state: 'State', alerts: 'Alerts', values: 'Values', map: 'Map', course: (key: string) => `Course of ${key}` };
const PUMP = { device_id: 'p1', name: 'Pump' } as Device;
const KEYS = [
  { key: 'mode', value: 'auto' },
  { key: 'running', value: true },
  ...Array.from({ length: 30 }, (_, n) => ({ key: `k${String(n)}`, value: n })),
];

describe('templates of dashboards', () => {
  for (const template of TEMPLATES) {
    it(`make a ${template} dashboard that the server takes, with and without quantities`, () => {
      for (const keys of [KEYS, []]) {
        for (const device of [PUMP, undefined]) {
          const made = fromTemplate(template, TITLES, { device, selector: { type: 'pump' }, keys });
          const content = { name: 'x', description: '', is_public: false, ...made };
          assert.deepEqual(dashboardContentSchema.parse(content), content);
          assert.deepEqual(
            Object.keys(made.layout),
            made.widgets.map(({ id }) => id),
          );
        }
      }
    });
  }

  it('show numbers of a device as gauges, and other values as they are', () => {
    const { widgets } = fromTemplate('device', TITLES, { device: PUMP, selector: {}, keys: KEYS });
    assert.deepEqual(
      widgets.slice(0, 4).map(({ type }) => type),
      ['value', 'value', 'gauge', 'gauge'],
    );
  });
});
