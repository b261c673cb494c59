import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SystemStatus } from '../../../../../src/contracts/system-status.ts';
import { gigabytes, verdictOf } from './platform-parts.ts';
import type { PartName, PartState } from './platform-parts.ts';

function status(states: Partial<Record<PartName, PartState>>): SystemStatus {
  const part = (name: PartName) => ({ state: states[name] ?? ('ok' as const), since: null, detail: null });
  return {
    ...{ status: 'healthy', timestamp: '', messages_per_second: null, rules_active: null },
    database: part('database'),
    broker: { ...part('broker'), clients: null },
    flows: part('flows'),
    notifications: { ...part('notifications'), waiting: null, failed: null },
    email: { ...part('email'), last_error: null },
    disk: { ...part('disk'), free_bytes: null },
  };
}

describe('the parts of the platform', () => {
  it('are well together when each is, or is not set up', () => {
    assert.deepEqual(verdictOf(status({ email: 'off' })), { state: 'ok', parts: [] });
  });

  it('name the worst first and only that', () => {
    assert.deepEqual(verdictOf(status({ email: 'attention', notifications: 'attention' })), {
      state: 'attention',
      parts: ['notifications', 'email'],
    });
    assert.deepEqual(verdictOf(status({ email: 'attention', disk: 'failed' })), { state: 'failed', parts: ['disk'] });
  });

  it('say how much disk is free as people do', () => {
    assert.equal(gigabytes(9_440_000_000, 'en'), '9.4');
    assert.equal(gigabytes(9_440_000_000, 'es'), '9,4');
    assert.equal(gigabytes(1_512_345_678_901, 'en'), '1,512');
  });
});
