import assert from 'node:assert/strict';
import { parseStatus } from './status-payload.ts';

describe('parseStatus', () => {
  it('knows the three words, bare, as JSON and in an object', () => {
    for (const status of ['online', 'offline', 'error']) {
      for (const text of [status, ` ${status}\n`, JSON.stringify(status), JSON.stringify({ status, more: 1 })]) {
        assert.equal(parseStatus(Buffer.from(text)), status, text);
      }
    }
  });

  it('knows nothing else', () => {
    for (const text of ['', 'Online', 'unknown', '"unknown"', 'null', '[]', '{"state":"online"}', '{"status":{}}', '{', '\u0000']) {
      assert.equal(parseStatus(Buffer.from(text)), undefined, text);
    }
    assert.equal(parseStatus(Buffer.alloc(1_000_000, '[')), undefined);
  });
});
