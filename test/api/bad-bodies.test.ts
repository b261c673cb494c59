import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { call, Client, startApi } from './support.ts';
import type { ApiFixture } from './support.ts';

describe('bodies and addresses that are bad', () => {
  let fixture: ApiFixture;
  let admin: Client;

  before(async () => {
    fixture = await startApi();
    admin = await Client.login(fixture, 'admin');
    await admin.post('/devices', { device_id: 'kept', name: 'Kept' });
  });
  after(() => fixture.stop());
  afterEach(async () => {
    const { items } = (await admin.get('/devices')).body;
    assert.deepEqual(
      items.filter(({ device_id: id }) => id === 'bad'),
      [],
      'nothing of what was refused is stored',
    );
  });

  const nested = (levels: number) => `{"device_id":"bad","metadata":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`;

  for (const [what, body, field, words] of [
    ['nests 17 levels', nested(17), 'metadata.a.a', /deeper than 16 levels/],
    ['nests 50 levels', nested(50), 'metadata.a.a', /deeper than 16 levels/],
    ['nests 100,000 lists', `{"device_id":"bad","metadata":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`, 'metadata.a', /deeper/],
    ['has a field __proto__', '{"device_id":"bad","__proto__":{"admin":true}}', '__proto__', /reserved name/],
    ['has a field constructor', '{"device_id":"bad","constructor":{"prototype":{"x":1}}}', 'constructor', /reserved name/],
    ['has __proto__ inside a field', '{"device_id":"bad","metadata":{"a":[{"__proto__":{"x":1}}]}}', 'metadata.a.0.__proto__', /reserved/],
    ['has prototype inside a field', '{"device_id":"bad","metadata":{"prototype":1}}', 'metadata.prototype', /reserved name/],
    ['has NUL in a text', '{"device_id":"bad","name":"a\\u0000b"}', 'name', /NUL/],
    ['has NUL in a name', '{"device_id":"bad","metadata":{"a\\u0000":1}}', 'metadata', /NUL/],
    ['has half a character', '{"device_id":"bad","metadata":{"a":"\\ud83d"}}', 'metadata.a', /surrogate/],
    ['has a number beyond a double', '{"device_id":"bad","metadata":{"a":1e999}}', 'metadata.a', /double/],
    ['has a negative number beyond a double', '{"device_id":"bad","metadata":{"a":-1e999}}', 'metadata.a', /double/],
    [
      'has a list that is too long',
      JSON.stringify({ device_id: 'bad', metadata: { a: Array(10_001).fill(1) } }),
      'metadata.a',
      /10001 entries/,
    ],
    [
      'has too many values in all',
      JSON.stringify({ device_id: 'bad', metadata: { a: Array.from({ length: 11 }, () => Array<number>(9_999).fill(1)) } }),
      'body',
      /more than 100000 values/,
    ],
    [
      'has too many names',
      JSON.stringify({ device_id: 'bad', metadata: Object.fromEntries(Array.from({ length: 100_001 }, (_, i) => [i.toString(36), 1])) }),
      'body',
      /more than 100000 values/,
    ],
    ['has a field that is not known', '{"device_id":"bad","admin":true}', 'admin', /not known here/],
    ['has a field of the wrong type', '{"device_id":"bad","name":{"$gt":""}}', 'name', /is an object; send a string/],
  ] as const) {
    it(`are refused by field when one ${what}`, async () => {
      const answer = await admin.send('POST', '/devices', body);
      assert.equal(answer.status, 400, answer.text.slice(0, 300));
      assert.equal(answer.body.code, 'INVALID_REQUEST');
      const [first] = answer.body.errors;
      assert.ok(first?.field.startsWith(field) === true, first?.field);
      assert.match(first.message, words);
      assert.ok(answer.text.length < 20_000);
    });
  }

  it('are refused when there is no JSON in them', async () => {
    for (const body of ['', '{', '{"a":}', "{'a':1}", 'null', '[]', '"text"', '1', 'NaN', '{"a":1}{"b":2}']) {
      const answer = await admin.send('POST', '/devices', body, { 'content-type': 'application/json' });
      assert.equal(answer.status, 400, `${body}: ${answer.text}`);
    }
  });

  it('are read up to 1 MB, unpacked too', async () => {
    const large = JSON.stringify({ device_id: 'bad', name: 'x'.repeat(1024 * 1024) });
    assert.equal((await admin.send('POST', '/devices', large)).status, 413);
    const packed = gzipSync(JSON.stringify({ device_id: 'bad', name: 'x'.repeat(50_000_000) }));
    assert.ok(packed.length < 100_000);
    const bomb = await fetch(`${fixture.url}/api/v1/devices`, {
      method: 'POST',
      headers: { ...admin.headers, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Blob([new Uint8Array(packed)]),
    });
    assert.equal(bomb.status, 413);
    await bomb.text();
  });

  it('do not change the program itself', () => {
    const plain: Record<string, unknown> = {};
    assert.equal(plain['admin'], undefined);
    assert.equal(plain['x'], undefined);
  });

  it('keep SQL and templates as the text they are', async () => {
    for (const [i, text] of [
      `'); drop table devices; --`,
      '{{7*7}}',
      '${process.exit()}',
      '<script>alert(1)</script>',
      '../../etc/passwd',
    ].entries()) {
      const answer = await admin.post('/devices', { device_id: `text-${String(i)}`, name: text, metadata: { text } });
      assert.equal(answer.status, 201);
      const { name, metadata } = (await admin.get(`/devices/text-${String(i)}`)).body;
      assert.deepEqual([name, metadata], [text, { text }]);
    }
  });

  it('say which parameter was given several times, or is not known', async () => {
    for (const [path, field, words] of [
      ['/devices?limit=1&limit=2', 'limit', /given several times; send it once/],
      ['/devices?limit[]=1', 'limit[]', /not known here/],
      ['/devices?__proto__=1', '__proto__', /reserved name/],
      ['/auth/me?debug=true', 'debug', /not known here/],
      ['/telemetry/latest?device=x', 'device', /not known here/],
      ['/devices?search=%00', 'search', /NUL/],
    ] as const) {
      const answer = await admin.get(path);
      assert.equal(answer.status, 400, path);
      assert.equal(answer.body.errors[0]?.field, field);
      assert.match(answer.body.errors[0].message, words);
    }
    assert.equal((await admin.get('/devices/%E0%A4%A')).status, 400);
    assert.equal((await admin.get('/devices/kept')).status, 200);
  });

  it('are never asked for from other origins: no answer lets them, and their preflights are refused', async () => {
    const origin = { origin: 'https://elsewhere.example' };
    const preflight = await call(fixture.url, 'OPTIONS', '/api/v1/devices', {
      headers: { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
    assert.equal(preflight.status, 405);
    const answers = [
      preflight,
      await admin.send('GET', '/devices', undefined, origin),
      await call(fixture.url, 'GET', '/health', { headers: origin }),
      await call(fixture.url, 'OPTIONS', '/health', { headers: origin }),
      await call(fixture.url, 'GET', '/api/v1/openapi.json', { headers: origin }),
      await call(fixture.url, 'POST', '/api/v1/auth/login', { headers: origin, body: { username: 'a', password: 'b' } }),
    ];
    for (const { headers } of answers) {
      assert.deepEqual(
        [...headers.keys()].filter((name) => name.startsWith('access-control-')),
        [],
      );
    }
  });
});
