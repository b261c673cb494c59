import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Device } from '../../../../../src/contracts/devices.ts';
import { alertsByDevice, rowsShown, valuesOf } from './device-rows.ts';
import type { DeviceFilter, DeviceRow } from './device-rows.ts';

const NO_FILTER: DeviceFilter = { search: '', status: '', type: '', location: '', area: '', sort: 'name', isDescending: false };

function row(id: string, fields: Partial<Device> = {}, rest: Partial<DeviceRow> = {}): DeviceRow {
  const device: Device = {
    device_id: id,
    name: id,
    type: '',
    location: '',
    area: '',
    metadata: {},
    allowed_commands: [],
    offline_seconds: null,
    status: 'online',
    status_at: null,
    last_seen_at: null,
    origin: 'user',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    ...fields,
  };
  return { device, lastSeenMs: 0, alerts: 0, severity: undefined, ...rest };
}

function ids(rows: readonly DeviceRow[], filter: Partial<DeviceFilter>): string[] {
  return rowsShown(rows, { ...NO_FILTER, ...filter }, 'en').map(({ device }) => device.device_id);
}

describe('the list of devices', () => {
  it('is in the order people count in', () => {
    assert.deepEqual(ids([row('pump-10'), row('pump-2'), row('Pump-1')], {}), ['Pump-1', 'pump-2', 'pump-10']);
  });

  it('finds every word, wherever it stands', () => {
    const rows = [row('a', { name: 'Feed pump', location: 'Hall A' }), row('b', { name: 'Feed pump', location: 'Hall B' })];
    assert.deepEqual(ids(rows, { search: '  HALL feed b ' }), ['b']);
    assert.deepEqual(ids(rows, { search: '<img' }), []);
  });

  it('takes each filter exactly', () => {
    const rows = [row('a', { type: 'pump', status: 'offline' }), row('b', { type: 'pump2', area: 'north' })];
    assert.deepEqual(ids(rows, { type: 'pump' }), ['a']);
    assert.deepEqual(ids(rows, { status: 'online' }), ['b']);
    assert.deepEqual(ids(rows, { area: 'north', type: 'pump' }), []);
  });

  it('sorts by what matters first', () => {
    const rows = [
      row('fine', {}, { lastSeenMs: 100 }),
      row('away', { status: 'offline' }, { lastSeenMs: 50, alerts: 3, severity: 'warning' }),
      row('broken', { status: 'error', offline_seconds: 60 }, { lastSeenMs: 10, alerts: 1, severity: 'critical' }),
    ];
    assert.deepEqual(ids(rows, { sort: 'status' }), ['broken', 'away', 'fine']);
    assert.deepEqual(ids(rows, { sort: 'seen' }), ['fine', 'away', 'broken']);
    assert.deepEqual(ids(rows, { sort: 'alerts', isDescending: true }), ['broken', 'away', 'fine']);
    assert.deepEqual(ids(rows, { sort: 'watch' })[0], 'broken');
  });

  it('keeps equal rows in one order, whichever way it is sorted', () => {
    const rows = [row('b'), row('a'), row('c')];
    assert.deepEqual(ids(rows, { sort: 'type' }), ['a', 'b', 'c']);
    assert.deepEqual(ids(rows, { sort: 'type', isDescending: true }), ['a', 'b', 'c']);
    assert.deepEqual(ids(rows, { sort: 'watch', isDescending: true }), ['a', 'b', 'c']);
  });

  it('offers each value once', () => {
    const devices = [row('a', { location: 'Hall 10' }), row('b', { location: 'Hall 2' }), row('c', { location: 'Hall 2' }), row('d')];
    assert.deepEqual(
      valuesOf(
        devices.map(({ device }) => device),
        'location',
        'en',
      ),
      ['Hall 2', 'Hall 10'],
    );
  });

  it('counts open alerts and tells the worst', () => {
    const alert = (device_id: string, severity: 'info' | 'warning' | 'critical') => ({ device_id, severity });
    const counted = alertsByDevice([alert('a', 'info'), alert('a', 'critical'), alert('a', 'warning'), alert('b', 'info')]);
    assert.deepEqual(
      [...counted],
      [
        ['a', { count: 3, severity: 'critical' }],
        ['b', { count: 1, severity: 'info' }],
      ],
    );
  });
});
