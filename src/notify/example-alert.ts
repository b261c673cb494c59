import type { Action } from '../contracts/actions.ts';
import type { AlertContent } from './types.ts';

const NO_ID = '00000000-0000-4000-8000-000000000000';

/** What tests by hand tell: an alert that never was, of a device that says so, as it would be queued with `action`. */
export function exampleAlert<Told extends Action>(action: Told, atMs: number): AlertContent & { action: Told } {
  const at = new Date(atMs).toISOString();
  return {
    action,
    alert: {
      id: NO_ID,
      rule_id: NO_ID,
      rule_version: 1,
      rule_name: 'Test rule',
      device_id: 'test-device',
      key: 'temperature',
      severity: 'info',
      status: 'active',
      message: 'This is a test: no device is in trouble.',
      value: 85.2,
      threshold: 80,
      unit: '°C',
      occurrences: 1,
      raised_at: at,
      known_at: at,
      last_value: 85.2,
      last_at: at,
      acknowledged_by: null,
      acknowledged_at: null,
      resolved_by: null,
      resolved_at: null,
    },
    device: { name: 'Test device', type: 'test', location: 'nowhere' },
  };
}
