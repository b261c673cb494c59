import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Device } from '../../../../../src/contracts/devices.ts';
import { changesOf, formOf, offlineSecondsOf } from './device-form.ts';

const DEVICE: Device = {
  device_id: 'pump-01',
  name: 'Pump 1',
  type: 'pump',
  location: 'Hall A',
  area: '',
  metadata: { serial: 7 },
  allowed_commands: ['start', 'stop'],
  offline_seconds: 300,
  status: 'online',
  status_at: null,
  last_seen_at: null,
  origin: 'user',
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
};

describe('the record of a device in a form', () => {
  it('changes nothing as it is', () => {
    assert.deepEqual(changesOf(formOf(DEVICE), DEVICE), {});
  });

  it('sends what was changed, and nothing else', () => {
    const form = { ...formOf(DEVICE), name: 'Feed pump', offline: '', allowed: ' start\n\nreset ', metadata: '' };
    assert.deepEqual(changesOf(form, DEVICE), {
      name: 'Feed pump',
      offline_seconds: null,
      allowed_commands: ['start', 'reset'],
      metadata: {},
    });
  });

  it('sends nothing while something is wrong', () => {
    assert.equal(changesOf({ ...formOf(DEVICE), metadata: '{' }, DEVICE), undefined);
    assert.equal(changesOf({ ...formOf(DEVICE), offline: '4' }, DEVICE), undefined);
  });

  it('knows what an offline watch may be', () => {
    assert.deepEqual(['', '5', '2592000', '4', '2592001', '1.5', 'x', '-9'].map(offlineSecondsOf), [
      null,
      5,
      2_592_000,
      ...Array<undefined>(5).fill(undefined),
    ]);
  });
});
