import assert from 'node:assert/strict';
import { judge, retryAfterMs } from './answer.ts';
import type { HttpAnswer, HttpOutcome } from './guarded-http.ts';

const NOW = Date.parse('2026-01-31T06:30:00Z');
const HOUR_MS = 3_600_000;

const answered = (status: number, rest: Partial<HttpAnswer> = {}): HttpOutcome => ({
  kind: 'answered',
  answer: { status, headers: {}, body: '', cut: false, ...rest },
  addresses: ['1.1.1.1'],
  connectedTo: '1.1.1.1',
});

describe('what comes of an answer', () => {
  const cases: [number, 'delivered' | 'retry' | 'failed'][] = [
    [200, 'delivered'],
    [201, 'delivered'],
    [202, 'delivered'],
    [204, 'delivered'],
    [301, 'failed'],
    [302, 'failed'],
    [304, 'failed'],
    [307, 'failed'],
    [308, 'failed'],
    [400, 'failed'],
    [401, 'failed'],
    [403, 'failed'],
    [404, 'failed'],
    [408, 'retry'],
    [409, 'failed'],
    [410, 'failed'],
    [413, 'failed'],
    [422, 'failed'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
    [599, 'retry'],
  ];
  for (const [status, expected] of cases) {
    it(`${String(status)} is ${expected}`, () => {
      const { outcome, gone } = judge(answered(status), NOW);
      assert.equal(outcome.delivered ? 'delivered' : outcome.retryable ? 'retry' : 'failed', expected);
      assert.equal(gone, status === 410);
      assert.match(outcome.reason, new RegExp(`^HTTP ${String(status)}`));
    });
  }

  it('a redirect says where to, and that it is not followed', () => {
    const { reason } = judge(answered(302, { headers: { location: 'http://10.0.0.1/?token=abcdefgh' } }), NOW).outcome;
    assert.equal(reason, 'HTTP 302: it redirects to http://10.0.0.1/?token=***, and redirects are not followed; enter the address itself.');
  });

  it('time-outs and what failed on the way are tried again, refusals of the guard are not', () => {
    for (const kind of ['timeout', 'failed', 'aborted'] as const) {
      assert.deepEqual(judge({ kind, reason: 'r', addresses: [] }, NOW).outcome, { delivered: false, retryable: true, reason: 'r' });
    }
    assert.deepEqual(judge({ kind: 'refused', reason: 'r', addresses: [] }, NOW).outcome, {
      delivered: false,
      retryable: false,
      reason: 'r',
    });
  });

  it('a reason is one line of at most 500 characters, without what was sent along', () => {
    const body = 'bad token s3cr3t-value\r\n\u0000 \u2028 nothing';
    const { reason } = judge(answered(500, { body }), NOW, { Authorization: 's3cr3t-value' }).outcome;
    assert.equal(reason, 'HTTP 500: bad token *** nothing');
    assert.ok(judge(answered(500, { body: 'ä'.repeat(70_000) }), NOW).outcome.reason.length <= 500);
    const long = judge({ kind: 'failed', reason: 'x'.repeat(600), addresses: [] }, NOW).outcome.reason;
    assert.equal(long.length, 500);
  });

  it('Retry-After is honoured where it is tried again, and nowhere else', () => {
    const headers = { 'retry-after': '120' };
    for (const status of [429, 503]) {
      const { outcome } = judge(answered(status, { headers }), NOW);
      assert.equal(outcome.delivered ? undefined : outcome.retryAfterMs, 120_000);
    }
    assert.ok(!('retryAfterMs' in judge(answered(400, { headers }), NOW).outcome));
  });

  const waits: [string | undefined, number | undefined][] = [
    [undefined, undefined],
    ['0', 0],
    [' 30 ', 30_000],
    ['Sat, 31 Jan 2026 06:31:00 GMT', 60_000],
    ['Sat, 31 Jan 2026 06:29:00 GMT', 0],
    ['Sat, 31 Jan 2099 06:31:00 GMT', 24 * HOUR_MS],
    ['999999999', 24 * HOUR_MS],
    ['soon', undefined],
    ['', undefined],
  ];
  for (const [value, expected] of waits) {
    it(`Retry-After ${JSON.stringify(value)} means ${String(expected)} ms`, () => assert.equal(retryAfterMs(value, NOW), expected));
  }
});
