import assert from 'node:assert/strict';
import { decodePayload } from './decode.ts';
import type { PointSink } from './decode.ts';

const NOW_MS = Date.parse('2026-06-01T12:00:00Z');
const BOUNDS = { oldestUs: (NOW_MS - 366 * 86_400_000) * 1_000, newestUs: (NOW_MS + 600_000) * 1_000 };

interface Decoded {
  points: unknown[];
  refused: [number, string | null, string][];
}

function decode(payload: unknown, options: { key?: string; ignoredKey?: string } = {}): Decoded {
  const decoded: Decoded = { points: [], refused: [] };
  const sink: PointSink = {
    point: (key, value, { index, timeUs, unit, quality }) => decoded.points.push([index, key, value, timeUs, unit, quality]),
    refuse: (index, field, { reason, message }) => {
      assert.ok(message.length > 20, `the refusal ${reason} explains itself`);
      decoded.refused.push([index, field, reason]);
    },
    numbered: () => undefined,
  };
  decodePayload(payload, { bounds: BOUNDS, key: options.key, ignoredKey: options.ignoredKey, firstIndex: 0 }, sink);
  return decoded;
}

const T_US = Date.parse('2026-06-01T11:59:00Z') * 1_000;

describe('decodePayload', () => {
  it('reads a plain object: every key but timestamp and metadata is a quantity', () => {
    const { points, refused } = decode({
      temperature: 28.5,
      running: true,
      state: 'ok',
      timestamp: T_US / 1_000,
      metadata: { quality: 80 },
    });
    assert.deepEqual(points, [
      [0, 'temperature', 28.5, T_US, undefined, 80],
      [0, 'running', true, T_US, undefined, 80],
      [0, 'state', 'ok', T_US, undefined, 80],
    ]);
    assert.deepEqual(refused, []);
  });

  it('reads the telemetry form with units, and the data form', () => {
    const telemetry = { timestamp: '2026-06-01T11:59:00Z', telemetry: { temperature: { value: 25.5, unit: 'degC', quality: 50 } } };
    assert.deepEqual(decode(telemetry).points, [[0, 'temperature', 25.5, T_US, '°C', 50]]);
    assert.deepEqual(decode({ data: { temperature: 28.5 } }).points, [[0, 'temperature', 28.5, undefined, undefined, 100]]);
  });

  it('takes "telemetry" and "data" as quantities where they are no objects', () => {
    assert.deepEqual(decode({ data: 5, telemetry: 'on' }).points, [
      [0, 'data', 5, undefined, undefined, 100],
      [0, 'telemetry', 'on', undefined, undefined, 100],
    ]);
  });

  it('reads lists of each form and tells the index of each element', () => {
    const { points, refused } = decode([{ a: 1 }, { data: { b: 2 } }, 7, { a: Number.NaN }]);
    assert.deepEqual(points, [
      [0, 'a', 1, undefined, undefined, 100],
      [1, 'b', 2, undefined, undefined, 100],
    ]);
    assert.deepEqual(refused, [
      [2, null, 'malformed_json'],
      [3, 'a', 'value_out_of_range'],
    ]);
  });

  it('reads the scalar form of a key topic', () => {
    assert.deepEqual(decode('28.5', { key: 'temperature' }).points, [[0, 'temperature', 28.5, undefined, undefined, 100]]);
    const body = Buffer.from('{"value": 3, "unit": "bar", "timestamp": "2026-06-01T13:59:00.000123+02:00"}');
    assert.deepEqual(decode(body, { key: 'p' }).points, [[0, 'p', 3, T_US + 123, 'bar', 100]]);
    assert.deepEqual(decode({ unit: 'bar' }, { key: 'p' }).refused, [[0, 'p', 'nested_value']]);
  });

  it('ignores the key that addresses the message', () => {
    assert.deepEqual(decode({ device_id: 'pump-01', a: 1 }, { ignoredKey: 'device_id' }).points, [[0, 'a', 1, undefined, undefined, 100]]);
  });

  it('keeps the good points of a message beside the bad ones', () => {
    const { points, refused } = decode(
      '{"good": 1, "nested": {"a": 1}, "list": [1], "none": null, "huge": 1e999, "\\u0000": 1, "nul": "a\\u0000b"}',
    );
    assert.deepEqual(points, [[0, 'good', 1, undefined, undefined, 100]]);
    assert.deepEqual(refused, [
      [0, 'nested', 'nested_value'],
      [0, 'list', 'nested_value'],
      [0, 'none', 'invalid_value'],
      [0, 'huge', 'value_out_of_range'],
      [0, '\u0000', 'invalid_key'],
      [0, 'nul', 'invalid_value'],
    ]);
  });

  const whole: [string, unknown, string][] = [
    ['text that is not JSON', 'temperature=28', 'malformed_json'],
    ['bytes that are not JSON', Buffer.from([0, 1, 2, 255]), 'malformed_json'],
    ['a bare number without a key topic', '28.5', 'malformed_json'],
    ['an empty object', {}, 'empty_message'],
    ['only a timestamp', { timestamp: T_US / 1_000 }, 'empty_message'],
    ['an empty list', [], 'empty_message'],
    ['deep nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'too_deep'],
    ['10,000 keys', Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`k${String(i)}`, i])), 'too_many_keys'],
    [
      '6,000 points',
      Array.from({ length: 6 }, () => Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${String(i)}`, i]))),
      'too_many_points',
    ],
  ];
  for (const [what, payload, reason] of whole) {
    it(`refuses ${what} as a whole: ${reason}`, () => {
      const { points, refused } = decode(payload);
      assert.deepEqual(points, []);
      assert.deepEqual(refused, [[0, null, reason]]);
    });
  }

  const times: [string, unknown, string][] = [
    ['1970', 0, 'timestamp_too_old'],
    ['epoch seconds', NOW_MS / 1_000, 'timestamp_too_old'],
    ['2100', '2100-01-01T00:00:00Z', 'timestamp_in_future'],
    ['a time without a zone', '2026-06-01T11:59:00', 'invalid_timestamp'],
    ['nonsense', 'yesterday', 'invalid_timestamp'],
    ['a 13th month', '2026-13-01T00:00:00Z', 'invalid_timestamp'],
    ['a number beyond a double', Number.POSITIVE_INFINITY, 'invalid_timestamp'],
    ['an object', {}, 'invalid_timestamp'],
  ];
  for (const [what, timestamp, reason] of times) {
    it(`refuses the timestamp of ${what}: ${reason}`, () => {
      assert.deepEqual(decode({ timestamp, a: 1 }), { points: [], refused: [[0, 'timestamp', reason]] });
    });
  }

  it('keeps microseconds of ISO texts and of fractional milliseconds', () => {
    assert.equal((decode({ timestamp: '2026-06-01T11:59:00.123456Z', a: 1 }).points[0] as unknown[])[3], T_US + 123_456);
    assert.equal((decode({ timestamp: T_US / 1_000 + 0.25, a: 1 }).points[0] as unknown[])[3], T_US + 250);
  });

  it('refuses units, qualities, keys and texts that break their limits', () => {
    const field = (data: unknown) => decode({ data }).refused[0]?.[2];
    assert.equal(field({ a: { value: 1, unit: 'x'.repeat(33) } }), 'invalid_unit');
    assert.equal(field({ a: { value: 1, quality: 101 } }), 'invalid_quality');
    assert.equal(field({ ['k'.repeat(101)]: 1 }), 'invalid_key');
    assert.equal(field({ a: 'é'.repeat(513) }), 'text_too_long');
    assert.equal(field({ a: 'half a pair: \ud800' }), 'invalid_value');
    assert.equal(decode({ data: { a: 'é'.repeat(512) } }).points.length, 1);
  });

  it('refuses what only a node of a flow can send', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const bad of [10n, () => 1, circle, Symbol('s')]) {
      assert.deepEqual(decode([{ a: 1 }, bad]).points.length, 1);
      assert.deepEqual(decode({ timestamp: bad, a: 1 }).refused[0]?.[2], 'invalid_timestamp');
      assert.deepEqual(decode({ data: { a: { value: 1, unit: bad } } }).refused[0]?.[2], 'invalid_unit');
    }
  });

  it('handles keys that objects have by themselves as ordinary keys', () => {
    const { points } = decode('{"__proto__": 1, "constructor": 2, "toString": 3}');
    assert.deepEqual(
      points.map((point) => (point as unknown[])[1]),
      ['__proto__', 'constructor', 'toString'],
    );
  });

  it('hands over the number of every element, before anything in it is refused', () => {
    const numbersOf = (payload: unknown) => {
      const numbers: unknown[] = [];
      const sink: PointSink = { point: () => undefined, refuse: () => undefined, numbered: (given) => numbers.push(given) };
      decodePayload(payload, { bounds: BOUNDS, key: undefined, ignoredKey: undefined, firstIndex: 0 }, sink);
      return numbers;
    };
    assert.deepEqual(numbersOf({ data: { t: 1 }, metadata: { sequence: 7 } }), [7]);
    assert.deepEqual(numbersOf({ t: 1, metadata: { seq: 8, quality: 90 } }), [8]);
    assert.deepEqual(numbersOf([{ t: 1, metadata: { sequence: 1 } }, { t: 2 }, { t: 3, metadata: { sequence: 2 } }]), [1, 2]);
    assert.deepEqual(numbersOf({ timestamp: 'never', data: { t: 1 }, metadata: { sequence: 9 } }), [9]);
    assert.deepEqual(numbersOf({ data: { t: 1 }, metadata: { sequence: 'nine', quality: 1_000 } }), ['nine']);
    assert.deepEqual(numbersOf({ data: { t: 1 }, metadata: { sequence: null } }), []);
  });
});
